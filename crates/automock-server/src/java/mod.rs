//! Expectations and requests as Java, for the fluent API of `MockServer`'s client.
//!
//! The code is laid out as `MockServer` lays it out. Where its own would not compile or would say
//! something else than the expectation, this one is right instead.

mod action;
mod body;
mod code;
mod expectation;
mod pairs;
mod request;
mod response;
mod text;

pub(crate) use expectation::expectations;
pub(crate) use request::requests;
