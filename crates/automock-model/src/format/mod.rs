//! The file format `automock.toml`: descriptions, reading and writing.

mod access;
mod cidr;
mod domain;
mod engine;
mod iam;
mod network;
mod observability;
pub(crate) mod project;
pub(crate) mod reader;
mod scaling;
pub(crate) mod spec;
mod tags;
mod tasks;
pub(crate) mod template;
mod ttl;
mod writer;

#[cfg(feature = "arbitrary")]
pub(crate) use observability::RETENTION_DAYS;
#[cfg(feature = "arbitrary")]
pub(crate) use tasks::fargate_memory;
pub(crate) use ttl::default_warning;
