//! `cargo xtask rehearse`: a stack's whole life without an account.

mod arguments;
mod live;
mod namespace;
mod quick;
mod second_image;
mod timeline;

pub(crate) use arguments::{RehearseArguments, run};
pub(crate) use quick::Stage;
