//! What the body of a request is expected to be.

mod assign;
mod content;
mod json;
mod json_path;
mod matcher;
mod read;
mod xml;

pub(crate) use matcher::BodyMatcher;
