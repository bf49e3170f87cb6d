//! Reads expectations documents.

use super::{Expectation, HttpResponse, Place, Refusal};
use crate::node::Node;

/// Reads an array of expectations or a single one.
///
/// # Errors
/// Everything that is refused; one bad item refuses all.
pub fn read_expectations(document: &Node) -> Result<Vec<Expectation>, Vec<Refusal>> {
    Ok(vec![Expectation::read(document, &Place::root())?])
}

impl Expectation {
    /// Reads one expectation.
    ///
    /// # Errors
    /// Everything in it that is refused.
    pub fn read(node: &Node, place: &Place) -> Result<Self, Vec<Refusal>> {
        Err(vec![place.refuse(node.type_name())])
    }
}

impl HttpResponse {
    /// Reads a response.
    ///
    /// # Errors
    /// Everything in it that is refused.
    pub fn read(node: &Node, place: &Place) -> Result<Self, Vec<Refusal>> {
        Err(vec![place.refuse(node.type_name())])
    }
}
