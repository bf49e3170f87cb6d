//! Which expectations or requests are meant.

use super::Entry;
use crate::definition::{Place, Refusal};
use crate::matching::RequestMatcher;
use crate::node::Node;

/// Which expectations or requests are meant.
#[derive(Clone, Debug)]
pub enum Selection {
    /// All of them.
    All,
    /// Those of one expectation.
    Id(String),
    /// Those that a request matcher selects.
    Matching(RequestMatcher),
}

impl Selection {
    /// Reads `{"id": ".."}` or a request matcher.
    ///
    /// # Errors
    /// What is wrong with the matcher.
    pub fn read(node: &Node) -> Result<Self, Vec<Refusal>> {
        match node.as_object() {
            Some([(name, Node::String(id))]) if name == "id" => Ok(Self::Id(id.clone())),
            Some([]) => Ok(Self::All),
            _ => RequestMatcher::read(node, &Place::root()).map(Self::Matching),
        }
    }

    /// Whether it selects an expectation.
    #[must_use]
    pub fn selects(&self, entry: &Entry) -> bool {
        match self {
            Self::All => true,
            Self::Id(id) => **entry.id() == **id,
            Self::Matching(filter) => filter.matches_definition(&entry.expectation().matcher),
        }
    }
}
