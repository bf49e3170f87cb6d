//! Which operations are wanted, and with which responses.

use crate::definition::{Place, Refusal, refuse_type};
use crate::node::Node;

/// Which operations are wanted, and with which responses: `operationsAndResponses`.
#[derive(Clone, Debug, Default)]
pub struct Choice {
    /// Operations with the responses they answer with, such as `200`, `4XX` or `default`; all
    /// operations with their first responses if there are none.
    pub responses: Vec<(String, String)>,
}

impl Choice {
    /// Reads `{"operation": "status"}`.
    pub(super) fn read(node: &Node, place: &Place) -> Result<Self, Vec<Refusal>> {
        let Some(members) = node.as_object() else {
            return Err(vec![refuse_type(node, place, "an object")]);
        };
        let responses = members.iter().map(|(operation, status)| match status {
            Node::String(status) => Ok((operation.clone(), status.clone())),
            Node::Number(status) => Ok((operation.clone(), status.to_string())),
            other => {
                let place = place.member(operation);
                Err(vec![refuse_type(other, &place, "a status such as \"200\"")])
            }
        });
        crate::definition::collect(responses).map(|responses| Self { responses })
    }

    /// Whether an operation is wanted.
    pub(super) fn wants(&self, id: &str, name: &str) -> bool {
        self.responses.is_empty() || self.response(id, name).is_some()
    }

    /// The response that an operation is to answer with, by its id or by its method and path.
    pub(super) fn response(&self, id: &str, name: &str) -> Option<&str> {
        let mut responses = self.responses.iter();
        let found = responses.find(|(operation, _)| operation == id || operation == name);
        found.map(|(_, status)| status.as_str())
    }
}
