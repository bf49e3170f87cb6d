//! Responses out of templates.

use jiff::Timestamp;

use crate::book::{Entry, Prepared};
use crate::definition::{HttpResponse, Place, Refusal, TemplateAction};
use crate::node::Node;
use crate::request::Request;
use crate::template::Context;

/// Renders the JSON of a response and reads it; says why if there is none.
pub(super) fn render(
    entry: &Entry,
    action: &TemplateAction,
    request: &Request,
    now: Timestamp,
) -> Result<Prepared, String> {
    let path_parameters = entry.expectation().matcher.path_parameters(request);
    let context = Context {
        request,
        path_parameters: &path_parameters,
        now,
        random: fastrand::u64(..),
    };
    let text = action
        .template
        .render(&context)
        .map_err(|error| error.to_string())?;
    let node = Node::parse(&text).map_err(|error| format!("what the template gives: {error}"))?;
    let response = HttpResponse::read(&node, &Place::root()).map_err(|refusals| join(&refusals))?;
    Ok(Prepared::new(response))
}

/// Refusals in one line.
pub(super) fn join(refusals: &[Refusal]) -> String {
    let texts: Vec<String> = refusals.iter().map(ToString::to_string).collect();
    texts.join("; ")
}
