//! A document becomes expectations.

use std::collections::HashSet;

use super::at::At;
use super::choice::Choice;
use super::context::{Context, Version, cost};
use super::operations::{NO_SECURITY, Operation, Variant, operations};
use super::report::Report;
use super::response::response;
use crate::definition::{Expectation, Place, Refusal, closest};
use crate::node::Node;

/// What became of a document.
#[derive(Clone, Debug)]
pub struct Imported {
    /// The expectations, of which those with fewer variables in their paths go first.
    pub expectations: Vec<Expectation>,
    /// What has no effect.
    pub report: Report,
}

/// Whether a document is an `OpenAPI` document, or one of Swagger before it.
#[must_use]
pub fn is_openapi(document: &Node) -> bool {
    document.get("openapi").is_some() || document.get("swagger").is_some()
}

/// Makes expectations of a document.
///
/// # Errors
/// Why it is no document of a version that is known, or which chosen operation is not there.
pub fn import(document: &Node, choice: &Choice) -> Result<Imported, Vec<Refusal>> {
    import_at(document, choice, &Place::root())
}

pub(super) fn import_at(
    document: &Node,
    choice: &Choice,
    place: &Place,
) -> Result<Imported, Vec<Refusal>> {
    let context = Context::new(document, version(document, place)?);
    let operations = operations(&context);
    check_choice(choice, &operations, place)?;
    tell_unmapped(&context);
    let mut import = Import {
        context: &context,
        ids: HashSet::new(),
        ranked: Vec::new(),
        mapped: 0,
    };
    let wanted = operations
        .iter()
        .filter(|operation| choice.wants(&operation.id(), &operation.name()));
    let mut refusals = Vec::new();
    for operation in wanted {
        let (id, name) = (operation.id(), operation.name());
        let status = choice.response(&id, &name);
        let made = operation.at(|at| response(&context, operation.node, status, at));
        match made {
            Some(response) => import.add(operation, &id, &response),
            None => refusals.push(no_response(operation, status.unwrap_or_default(), place)),
        }
    }
    if !refusals.is_empty() {
        return Err(refusals);
    }
    let mut ranked = import.ranked;
    let mapped = import.mapped;
    ranked.sort_by(|(one, _), (other, _)| one.cmp(other));
    let mut report = context.into_report();
    report.title = title(document);
    report.operations = operations.len();
    report.mapped = mapped;
    Ok(Imported {
        expectations: ranked.into_iter().map(|(_, it)| it).collect(),
        report,
    })
}

/// The requests that the operations of a document are for; those of one operation if it is named.
pub(super) fn requests(
    document: &Node,
    operation: Option<&str>,
    place: &Place,
) -> Result<Vec<Node>, Vec<Refusal>> {
    let context = Context::new(document, version(document, place)?);
    let operations = operations(&context);
    let responses = operation.map(|id| (id.to_owned(), String::new()));
    let choice = Choice {
        responses: responses.into_iter().collect(),
    };
    check_choice(&choice, &operations, place)?;
    let wanted = operations
        .iter()
        .filter(|operation| choice.wants(&operation.id(), &operation.name()));
    let variants = wanted.flat_map(|operation| operation.variants(&context));
    Ok(variants.map(|variant| variant.request).collect())
}

fn version(document: &Node, place: &Place) -> Result<Version, Vec<Refusal>> {
    let word = match document.get("openapi") {
        Some(Node::String(word)) => word.clone(),
        Some(Node::Number(number)) => number.to_string(),
        _ if document.get("swagger").is_some() => {
            let reason = "is a document of Swagger 2; convert it to OpenAPI 3 first";
            return Err(vec![place.member("swagger").refuse(reason)]);
        }
        _ => {
            let reason = "is no OpenAPI document: it has no \"openapi\" with the version";
            return Err(vec![place.refuse(reason)]);
        }
    };
    match word.split('.').collect::<Vec<_>>().as_slice() {
        ["3", "0", ..] => Ok(Version::V30),
        ["3", ..] => Ok(Version::V31),
        _ => {
            let reason = format!("{word:?} is none of the versions 3.0 and 3.1");
            Err(vec![place.member("openapi").refuse(reason)])
        }
    }
}

fn title(document: &Node) -> String {
    let info = |word: &str| {
        let text = document.get("info").and_then(|info| info.get(word));
        text.and_then(Node::as_str).unwrap_or_default().to_owned()
    };
    let title = format!("{} {}", info("title"), info("version"));
    title.trim().to_owned()
}

fn tell_unmapped(context: &Context<'_>) {
    let root = At::root();
    let document = context.root();
    if document.get("webhooks").is_some() {
        context.tell(&root.member("webhooks"), "webhooks are not called");
    }
    let security = document.get("security").and_then(Node::as_array);
    if security.is_some_and(|it| !it.is_empty()) {
        context.tell(&root.member("security"), NO_SECURITY);
    }
}

fn check_choice(
    choice: &Choice,
    operations: &[Operation<'_>],
    place: &Place,
) -> Result<(), Vec<Refusal>> {
    let ids: Vec<_> = operations.iter().map(Operation::id).collect();
    let known: HashSet<String> = operations
        .iter()
        .map(Operation::name)
        .chain(ids.iter().cloned())
        .collect();
    let unknown = choice
        .responses
        .iter()
        .filter(|(id, _)| !known.contains(id));
    let refusals: Vec<_> = unknown
        .map(|(id, _)| {
            let near = closest(id, ids.iter().map(String::as_str));
            let hint = near.map_or_else(String::new, |near| format!(" (did you mean {near:?}?)"));
            place.refuse(format!("the document has no operation {id:?}{hint}"))
        })
        .collect();
    if refusals.is_empty() {
        Ok(())
    } else {
        Err(refusals)
    }
}

fn no_response(operation: &Operation<'_>, status: &str, place: &Place) -> Refusal {
    let responses = operation.node.get("responses").and_then(Node::as_object);
    let names: Vec<_> = responses
        .unwrap_or_default()
        .iter()
        .map(|(name, _)| name.as_str())
        .collect();
    let id = operation.id();
    let names = names.join(", ");
    place.refuse(format!(
        "the operation {id:?} has no response {status:?}, only {names}"
    ))
}

struct Import<'c, 'd> {
    context: &'c Context<'d>,
    ids: HashSet<String>,
    ranked: Vec<(Vec<u8>, Expectation)>,
    mapped: usize,
}

impl<'d> Import<'_, 'd> {
    fn add(&mut self, operation: &Operation<'d>, id: &str, response: &Node) {
        let before = self.ranked.len();
        for variant in operation.variants(self.context) {
            let id = self.unused(&format!("{id}{}", variant.mark), operation);
            let made = operation.at(|at| self.expectation(&variant, &id, response, at));
            self.ranked.extend(made.map(|made| (variant.rank, made)));
        }
        self.mapped += usize::from(self.ranked.len() > before);
    }

    /// Ids tell expectations apart, so a second one gets another.
    fn unused(&mut self, id: &str, operation: &Operation<'_>) -> String {
        if self.ids.insert(id.to_owned()) {
            return id.to_owned();
        }
        let other = format!("{id} ({})", operation.name());
        let reason = format!("the operationId is used twice; the second one is {other:?}");
        operation.at(|at| self.context.tell(&at.member("operationId"), reason));
        self.ids.insert(other.clone());
        other
    }

    fn expectation(
        &self,
        variant: &Variant,
        id: &str,
        response: &Node,
        at: &At<'_>,
    ) -> Option<Expectation> {
        let node = |request: &Node| {
            Node::from([
                ("id", Node::from(id)),
                ("httpRequest", request.clone()),
                ("httpResponse", response.clone()),
            ])
        };
        let read = |request: &Node| {
            let node = node(request);
            if !self.context.spend(cost(&node)) {
                let refusal = Place::root().refuse("the document makes too much of its references");
                return Err(vec![refusal]);
            }
            Expectation::read(node, &Place::root())
        };
        let refused = match read(&variant.request) {
            Ok(expectation) => return Some(expectation),
            Err(refused) => refused,
        };
        let reasons: Vec<_> = refused.iter().map(ToString::to_string).collect();
        let reasons = reasons.join("; ");
        let bare = read(&variant.bare);
        let what = if bare.is_ok() {
            "only method and path are matched"
        } else {
            "there is no expectation"
        };
        self.context.tell(at, format!("{what}, because {reasons}"));
        bare.ok()
    }
}
