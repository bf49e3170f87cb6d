//! The operations of a document.

use super::at::At;
use super::body::{BodyVariant, bodies};
use super::context::Context;
use super::parameters::{Members, Parameters, any_text, parameters};
use super::paths::{PathPattern, path_pattern};
use super::servers::prefixes;
use crate::node::Node;

const METHODS: [&str; 9] = [
    "get", "put", "post", "delete", "options", "head", "patch", "trace", "query",
];

/// What else stands beside the methods of a path.
const BESIDE_METHODS: [&str; 5] = ["summary", "description", "servers", "parameters", "$ref"];

/// An operation of a document.
#[derive(Clone, Copy, Debug)]
pub(super) struct Operation<'d> {
    pub(super) path: &'d str,
    pub(super) method: &'d str,
    pub(super) node: &'d Node,
    /// The path's object, which has parameters and servers for all its operations.
    item: &'d Node,
    reference: Option<&'d str>,
}

/// One way in which an operation can be called.
#[derive(Clone, Debug)]
pub(super) struct Variant {
    /// What a request must be, as in an expectation.
    pub(super) request: Node,
    /// The same without looking at parameters and bodies.
    pub(super) bare: Node,
    /// What tells it from the first way.
    pub(super) mark: String,
    /// Those with smaller ones are to be asked first.
    pub(super) rank: Vec<u8>,
}

/// All operations in their order.
pub(super) fn operations<'d>(context: &Context<'d>) -> Vec<Operation<'d>> {
    let root = At::root();
    let at = root.member("paths");
    let mut operations = Vec::new();
    let paths = context.root().get("paths").and_then(Node::as_object);
    for (path, item) in paths.unwrap_or_default() {
        if path.starts_with("x-") {
            continue;
        }
        let at = at.member(path);
        let Some(found) = context.follow(item, &at) else {
            continue;
        };
        let at = found.at(&at);
        for (method, node) in found.node.as_object().unwrap_or_default() {
            if METHODS.contains(&method.as_str()) {
                operations.push(Operation {
                    path,
                    method,
                    node,
                    item: found.node,
                    reference: found.reference,
                });
            } else if !BESIDE_METHODS.contains(&method.as_str()) && !method.starts_with("x-") {
                context.tell(&at.member(method), "is no method of HTTP");
            }
        }
    }
    operations
}

impl<'d> Operation<'d> {
    /// Its method and path.
    pub(super) fn name(&self) -> String {
        format!("{} {}", self.method.to_ascii_uppercase(), self.path)
    }

    /// What it is called by: its id, or else its method and path.
    pub(super) fn id(&self) -> String {
        let id = self.node.get("operationId").and_then(Node::as_str);
        let id = id.filter(|id| !id.trim().is_empty());
        id.map_or_else(|| self.name(), str::to_owned)
    }

    /// Does something with the place where it stands.
    pub(super) fn at<R>(&self, act: impl FnOnce(&At<'_>) -> R) -> R {
        let root = At::root();
        let paths = root.member("paths");
        let path = paths.member(self.path);
        let path = self.reference.map_or(path, At::reference);
        act(&path.member(self.method))
    }

    /// All ways in which it can be called: under each prefix, with each kind of body.
    pub(super) fn variants(&self, context: &Context<'d>) -> Vec<Variant> {
        self.at(|at| {
            self.tell_unmapped(context, at);
            let root = At::root();
            let paths = root.member("paths");
            let item = paths.member(self.path);
            let item = self.reference.map_or(item, At::reference);
            let parameters = parameters(
                context,
                &[
                    (self.node.get("parameters"), at.member("parameters")),
                    (self.item.get("parameters"), item.member("parameters")),
                ],
            );
            let bodies = bodies(
                context,
                self.node.get("requestBody"),
                &at.member("requestBody"),
            );
            let mut variants = Vec::new();
            for (number, prefix) in self.prefixes(context, at, &item).iter().enumerate() {
                let path = path_pattern(prefix, self.path);
                for name in path.loose.iter().filter(|_| number == 0) {
                    let reason =
                        format!("the value of {{{name}}} in a part of a segment is not checked");
                    context.tell(at, reason);
                }
                for (kind, body) in bodies.iter().enumerate() {
                    variants.push(self.variant(
                        &path,
                        &parameters,
                        body,
                        mark(prefix, number, kind),
                    ));
                }
            }
            variants
        })
    }

    fn tell_unmapped(&self, context: &Context<'_>, at: &At<'_>) {
        if self.node.get("callbacks").is_some() {
            context.tell(&at.member("callbacks"), "callbacks are not made");
        }
        let security = self.node.get("security").and_then(Node::as_array);
        if security.is_some_and(|it| !it.is_empty()) {
            context.tell(&at.member("security"), NO_SECURITY);
        }
        if self.path.contains(['?', '#']) {
            context.tell(
                at,
                "a path has neither a query nor a fragment, so no request is like that",
            );
        }
    }

    fn prefixes(&self, context: &Context<'_>, at: &At<'_>, item: &At<'_>) -> Vec<String> {
        let root = At::root();
        let places = [
            (self.node.get("servers"), *at),
            (self.item.get("servers"), *item),
            (context.root().get("servers"), root),
        ];
        let servers = places
            .into_iter()
            .find_map(|(servers, at)| servers.map(|servers| (servers, at)));
        match servers {
            Some((servers, at)) => prefixes(context, servers, &at.member("servers")),
            None => vec![String::new()],
        }
    }

    fn variant(
        &self,
        path: &PathPattern,
        parameters: &Parameters,
        body: &BodyVariant,
        mark: String,
    ) -> Variant {
        let values = |name: &String| {
            let known = parameters.path.iter().find(|(known, _)| known == name);
            let values = known.map(|(_, values)| values.clone());
            let values = values.unwrap_or_else(|| Node::Array(vec![any_text()]));
            (name.clone(), values)
        };
        let mut bare = vec![
            (
                "method".to_owned(),
                Node::from(self.method.to_ascii_uppercase()),
            ),
            ("path".to_owned(), Node::from(path.text.as_str())),
        ];
        let mut request = bare.clone();
        let any = |name: &String| (name.clone(), Node::Array(vec![any_text()]));
        add(
            &mut bare,
            "pathParameters",
            path.variables.iter().map(any).collect(),
        );
        add(
            &mut request,
            "pathParameters",
            path.variables.iter().map(values).collect(),
        );
        add(
            &mut request,
            "queryStringParameters",
            parameters.query.clone(),
        );
        let mut headers = parameters.headers.clone();
        headers.extend(body.content_type.clone());
        add(&mut request, "headers", headers);
        add(&mut request, "cookies", parameters.cookies.clone());
        request.extend(body.body.clone().map(|body| ("body".to_owned(), body)));
        Variant {
            request: Node::Object(request),
            bare: Node::Object(bare),
            mark,
            rank: path.rank.clone(),
        }
    }
}

/// Why security has no effect.
pub(super) const NO_SECURITY: &str = "requests are matched whether they authenticate or not";

fn add(request: &mut Members, name: &str, members: Members) {
    if !members.is_empty() {
        request.push((name.to_owned(), Node::Object(members)));
    }
}

/// What tells a way to call an operation from the first one.
fn mark(prefix: &str, number: usize, kind: usize) -> String {
    let mut mark = String::new();
    if number > 0 {
        mark.push_str(" under ");
        mark.push_str(if prefix.is_empty() { "/" } else { prefix });
    }
    if kind > 0 {
        mark.push_str(" with body ");
        mark.push_str(&(kind + 1).to_string());
    }
    mark
}
