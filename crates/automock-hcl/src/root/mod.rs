//! The Terraform files that wire the modules together.

pub(crate) mod common;
pub(crate) mod foundation;
pub(crate) mod module_call;
pub(crate) mod outputs;
pub(crate) mod scaling;
pub(crate) mod stack;
