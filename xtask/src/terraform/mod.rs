//! Runs terraform on the modules.

mod modules;
mod program;
mod providers;

pub(crate) use modules::ModuleCopy;
pub(crate) use program::Terraform;
