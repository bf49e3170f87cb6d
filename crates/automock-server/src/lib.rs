//! A mock HTTP server that is compatible with MockServer.

pub mod node;
pub mod request;
