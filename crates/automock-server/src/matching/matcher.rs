//! A compiled request matcher.

use std::sync::Arc;

use super::{Difference, Key};
use crate::definition::{Place, Refusal};
use crate::node::Node;
use crate::request::Request;

/// Tells which requests an expectation is for. Copies share what was compiled.
#[derive(Clone, Debug)]
pub struct RequestMatcher(Arc<Parts>);

#[derive(Debug)]
struct Parts {
    source: Node,
}

impl RequestMatcher {
    /// Reads a matcher; one without any property matches every request.
    ///
    /// # Errors
    /// Everything in it that is refused.
    pub fn read(node: &Node, _place: &Place) -> Result<Self, Vec<Refusal>> {
        Ok(Self(Arc::new(Parts { source: node.clone() })))
    }

    /// Whether it is for this request.
    #[must_use]
    pub fn matches(&self, _request: &Request) -> bool {
        true
    }

    /// The first property in which a request differs, if it does.
    #[must_use]
    pub fn difference(&self, _request: &Request) -> Option<Difference> {
        None
    }

    /// How many properties of a request match: the higher, the closer.
    #[must_use]
    pub fn score(&self, _request: &Request) -> u32 {
        0
    }

    /// What the variables in the path stand for in this request.
    #[must_use]
    pub fn path_parameters(&self, _request: &Request) -> Vec<(String, String)> {
        Vec::new()
    }

    /// What an index can know about it.
    #[must_use]
    pub fn key(&self) -> Key {
        Key {}
    }

    /// Whether it, as a filter, selects another matcher.
    #[must_use]
    pub fn matches_definition(&self, _other: &Self) -> bool {
        true
    }

    /// What was read.
    #[must_use]
    pub fn source(&self) -> &Node {
        &self.0.source
    }
}
