//! The file format `automock.toml`: descriptions, reading and writing.

mod access;
mod cidr;
mod domain;
mod engine;
mod iam;
mod network;
mod node;
mod observability;
pub(crate) mod project;
pub(crate) mod reader;
mod scaling;
pub(crate) mod spec;
mod tags;
mod tasks;
pub(crate) mod template;
#[cfg(test)]
mod tests;
mod ttl;
mod writer;

#[cfg(any(test, feature = "arbitrary"))]
pub(crate) use network::{DEFAULT_CIDR, DEFAULT_ZONES};
#[cfg(any(test, feature = "arbitrary"))]
pub(crate) use observability::RETENTION_DAYS;
#[cfg(any(test, feature = "arbitrary"))]
pub(crate) use tasks::MAX_TASKS;
pub(crate) use tasks::{FARGATE_CPU, fargate_memory};
pub(crate) use ttl::default_warning;
