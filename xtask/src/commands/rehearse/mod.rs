//! `cargo xtask rehearse`: a stack's whole life without an account.

mod arguments;
mod counts;
mod live;
mod project;
mod quick;
mod refusals;
mod second_image;
mod stage;
mod timeline;
mod trouble;
mod under_load;

pub(crate) use arguments::{RehearseArguments, run};
pub(crate) use quick::Stage;
