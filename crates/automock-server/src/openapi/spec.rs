//! `specUrlOrPayload`, as the control API and request matchers have it.

use super::choice::Choice;
use super::import::{Imported, import_at, requests};
use super::inline::location;
use super::yaml::parse_document;
use crate::definition::{Fields, Place, Refusal, collect, refuse_type};
use crate::node::Node;

const PAYLOAD: &str = "specUrlOrPayload";

/// So many documents can be imported at once. Each may become much more than it is.
const MOST_DOCUMENTS: usize = 16;

/// Reads what `PUT openapi` takes: documents with the operations that are wanted of them.
///
/// # Errors
/// Everything that is refused; one bad document refuses all.
pub(crate) fn read_imports(node: &Node) -> Result<Vec<Imported>, Vec<Refusal>> {
    let place = Place::root();
    match node {
        Node::Array(items) if items.is_empty() => Err(vec![place.refuse("holds no document")]),
        Node::Array(items) if items.len() > MOST_DOCUMENTS => {
            let reason =
                format!("holds more than {MOST_DOCUMENTS} documents; send them one by one");
            Err(vec![place.refuse(reason)])
        }
        Node::Array(items) => {
            let items = items.iter().enumerate();
            collect(items.map(|(index, item)| read_one(item, &place.item(index))))
        }
        Node::Object(_) => read_one(node, &place).map(|one| vec![one]),
        _ => Err(vec![refuse_type(node, &place, "an array or an object")]),
    }
}

fn read_one(node: &Node, place: &Place) -> Result<Imported, Vec<Refusal>> {
    let mut fields = Fields::of(node, place)?;
    let no_prefix = "put the prefix into the servers of the document";
    fields.only(
        &[PAYLOAD, "operationsAndResponses"],
        &[("contextPathPrefix", no_prefix)],
    );
    let choice = fields.read("operationsAndResponses", Choice::read);
    let choice = choice.unwrap_or_default();
    let imported = document(&mut fields).and_then(|document| {
        let imported = import_at(&document, &choice, &fields.place(PAYLOAD));
        fields.take(imported)
    });
    fields.finish(imported)
}

/// Reads a request matcher that names operations of a document.
///
/// # Errors
/// Everything in it that is refused.
pub(crate) fn requests_of(node: &Node, place: &Place) -> Result<Vec<Node>, Vec<Refusal>> {
    let mut fields = Fields::of(node, place)?;
    let no_prefix = "put the prefix into the servers of the document";
    fields.only(
        &[PAYLOAD, "operationId"],
        &[("contextPathPrefix", no_prefix)],
    );
    let operation = fields
        .text("operationId")
        .filter(|id| !id.trim().is_empty());
    let found = document(&mut fields).and_then(|document| {
        let found = requests(&document, operation, &fields.place(PAYLOAD));
        fields.take(found)
    });
    if found.as_ref().is_some_and(Vec::is_empty) {
        fields.refuse(PAYLOAD, "the document has no operation");
    }
    fields.finish(found)
}

/// The document itself, given as an object or as a text.
fn document(fields: &mut Fields<'_>) -> Option<Node> {
    match fields.get(PAYLOAD) {
        Some(document @ Node::Object(_)) => Some(document.clone()),
        Some(Node::String(text)) if location(text).is_some() => {
            let reason = format!(
                "{text:?} is not read from here; give the document itself, as an object or as a text"
            );
            fields.refuse(PAYLOAD, reason);
            None
        }
        Some(Node::String(text)) => {
            let parsed = parse_document(text);
            let parsed = parsed.map_err(|error| {
                let reason = format!("is neither JSON nor YAML: {error}");
                vec![fields.place(PAYLOAD).refuse(reason)]
            });
            fields.take(parsed)
        }
        Some(other) => {
            let expected = "an object or a string";
            let refused = refuse_type(other, &fields.place(PAYLOAD), expected);
            fields.take::<Node>(Err(vec![refused]))
        }
        None => {
            fields.refuse_all(format!("needs {PAYLOAD:?}"));
            None
        }
    }
}
