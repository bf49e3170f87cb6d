//! The Terraform files that wire the modules together.

pub(crate) mod common;
mod ecs_service;
pub(crate) mod foundation;
pub(crate) mod module_call;
pub(crate) mod outputs;
mod scaling;
pub(crate) mod stack;
