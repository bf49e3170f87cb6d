//! A mock HTTP server that is compatible with MockServer.

pub mod definition;
pub mod index;
pub mod matching;
pub mod node;
pub mod request;
pub mod template;
