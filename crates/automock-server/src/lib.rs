//! A mock HTTP server that is compatible with MockServer.

pub mod book;
pub mod control;
pub mod definition;
pub mod engine;
pub mod http;
pub mod index;
pub mod journal;
pub mod matching;
pub mod node;
pub mod request;
pub mod source;
pub mod template;
