//! Which requests an expectation is for.

mod alternatives;
mod body;
mod definition;
mod difference;
mod fold;
mod java;
mod key;
mod matcher;
mod pairs;
mod path;
mod pattern;
mod read;
mod schema;
mod sequence;
mod style;
#[cfg(test)]
mod tests;
mod text;
mod wildcard;
mod xpath;

pub use difference::Difference;
pub use key::{Key, PathKey, Prefix};
pub use matcher::RequestMatcher;

pub(crate) use fold::fold;
pub(crate) use path::segment_count;
