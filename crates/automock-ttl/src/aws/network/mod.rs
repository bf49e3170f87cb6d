//! VPC and what stands in it.

mod find;
mod remove;
mod scan;

pub(super) use find::{Found, owned, presence};
pub(super) use remove::remove;
pub(super) use scan::{examine, scan};
