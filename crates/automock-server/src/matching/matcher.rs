//! A compiled request matcher.

use std::borrow::Cow;
use std::sync::{Arc, LazyLock};

use super::body::BodyMatcher;
use super::fold::fold;
use super::key::{Key, PathKey, Prefix};
use super::pairs::{Found, Pairs};
use super::path::PathTemplate;
use super::text::Text;
use crate::definition::{Place, Refusal};
use crate::node::Node;
use crate::request::{Protocol, Request};

/// Tells which requests an expectation is for. Copies share what was compiled.
#[derive(Clone, Debug)]
pub struct RequestMatcher(pub(super) Arc<Parts>);

/// What is expected of each property; nothing is expected of those that are absent.
#[derive(Debug, Default)]
pub(super) struct Parts {
    pub(super) method: Option<Text>,
    pub(super) path: Option<Text>,
    /// The segments of the path, if there are path parameters.
    pub(super) template: Option<PathTemplate>,
    pub(super) path_parameters: Pairs,
    pub(super) query: Pairs,
    pub(super) headers: Pairs,
    pub(super) cookies: Pairs,
    pub(super) secure: Option<bool>,
    pub(super) keep_alive: Option<bool>,
    pub(super) protocol: Option<Protocol>,
    pub(super) body: Option<BodyMatcher>,
    /// If there are any, one of them must match, and nothing else is expected.
    pub(super) alternatives: Vec<RequestMatcher>,
    pub(super) source: Option<Node>,
}

static EMPTY: LazyLock<Node> = LazyLock::new(|| Node::Object(Vec::new()));
static ANYTHING: LazyLock<RequestMatcher> = LazyLock::new(|| RequestMatcher(Arc::default()));

/// The properties of a request, in the order in which they are compared: the cheap ones first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Property {
    Method,
    Path,
    Secure,
    KeepAlive,
    Protocol,
    PathParameters,
    Query,
    Headers,
    Cookies,
    Body,
}

pub(super) const PROPERTIES: [Property; 10] = [
    Property::Method,
    Property::Path,
    Property::Secure,
    Property::KeepAlive,
    Property::Protocol,
    Property::PathParameters,
    Property::Query,
    Property::Headers,
    Property::Cookies,
    Property::Body,
];

impl RequestMatcher {
    /// Reads a matcher; one without any property matches every request.
    ///
    /// # Errors
    /// Everything in it that is refused.
    pub fn read(node: &Node, place: &Place) -> Result<Self, Vec<Refusal>> {
        Parts::read(node, place).map(|parts| Self(Arc::new(parts)))
    }

    /// Matches every request.
    #[must_use]
    pub fn anything() -> Self {
        ANYTHING.clone()
    }

    /// Whether it is for this request.
    #[must_use]
    pub fn matches(&self, request: &Request) -> bool {
        if !self.0.alternatives.is_empty() {
            let mut alternatives = self.0.alternatives.iter();
            return alternatives.any(|alternative| alternative.matches(request));
        }
        PROPERTIES
            .into_iter()
            .all(|property| self.0.agrees(property, request) != Some(false))
    }

    /// How many properties of a request are as expected: the higher, the closer. The path counts
    /// most, then the method.
    #[must_use]
    pub fn score(&self, request: &Request) -> u32 {
        if !self.0.alternatives.is_empty() {
            let scores = self.0.alternatives.iter().map(|it| it.score(request));
            return scores.max().unwrap_or_default();
        }
        let agreeing = PROPERTIES
            .into_iter()
            .filter(|property| self.0.agrees(*property, request) == Some(true));
        agreeing.map(Property::weight).sum()
    }

    /// What the variables in the path stand for in this request.
    #[must_use]
    pub fn path_parameters(&self, request: &Request) -> Vec<(String, String)> {
        if let Some(alternative) = self.0.alternatives.iter().find(|it| it.matches(request)) {
            return alternative.path_parameters(request);
        }
        let found = self.0.variables(&request.path);
        self.0.path_parameters.split_owned(&found)
    }

    /// Whether it cannot be told from anything but the headers whether it is for a request. Cookies are
    /// among them, and what a body is.
    #[must_use]
    pub fn looks_at_headers(&self) -> bool {
        let Parts {
            headers,
            cookies,
            body,
            alternatives,
            ..
        } = &*self.0;
        !headers.is_empty() || !cookies.is_empty() || body.is_some() || !alternatives.is_empty()
    }

    /// What an index can know about it.
    #[must_use]
    pub fn key(&self) -> Key {
        if !self.0.alternatives.is_empty() {
            return self.0.common_key();
        }
        let method = self.0.method.as_ref().and_then(Text::literal);
        Key {
            method: method.map(|method| fold(method).into_owned()),
            path: self.0.path_key(),
        }
    }

    /// Whether its key is all that it expects: one method or any, one path, and nothing else.
    #[must_use]
    pub fn is_only_key(&self) -> bool {
        let Parts {
            method,
            path,
            template,
            path_parameters,
            query,
            headers,
            cookies,
            secure,
            keep_alive,
            protocol,
            body,
            alternatives,
            source: _,
        } = &*self.0;
        let is_literal = |text: &Text| text.literal().is_some();
        let pairs = [path_parameters, query, headers, cookies];
        method.as_ref().is_none_or(is_literal)
            && path.as_ref().is_some_and(is_literal)
            && template.is_none()
            && pairs.iter().all(|pairs| pairs.is_empty())
            && secure.is_none()
            && keep_alive.is_none()
            && protocol.is_none()
            && body.is_none()
            && alternatives.is_empty()
    }

    /// What was read.
    #[must_use]
    pub fn source(&self) -> &Node {
        self.0.source.as_ref().unwrap_or(&EMPTY)
    }
}

impl Property {
    fn weight(self) -> u32 {
        match self {
            Self::Path => 4,
            Self::Method => 2,
            _ => 1,
        }
    }

    /// Its name in an expectation.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Method => "method",
            Self::Path => "path",
            Self::Secure => "secure",
            Self::KeepAlive => "keepAlive",
            Self::Protocol => "protocol",
            Self::PathParameters => "pathParameters",
            Self::Query => "queryStringParameters",
            Self::Headers => "headers",
            Self::Cookies => "cookies",
            Self::Body => "body",
        }
    }
}

impl Parts {
    /// Whether a property is as expected, if anything is expected of it.
    pub(super) fn agrees(&self, property: Property, request: &Request) -> Option<bool> {
        match property {
            Property::Method => self
                .method
                .as_ref()
                .map(|method| method.matches(request.method.as_str())),
            Property::Path => self.path.as_ref().map(|path| {
                let fits = self
                    .template
                    .as_ref()
                    .is_none_or(|template| template.fits(&request.path));
                fits && path.matches(&request.path)
            }),
            Property::Secure => self.secure.map(|secure| secure == request.secure),
            Property::KeepAlive => self.keep_alive.map(|keeps| keeps == request.keep_alive),
            Property::Protocol => self.protocol.map(|protocol| protocol == request.protocol),
            Property::PathParameters => {
                let expects = !self.path_parameters.is_empty() && self.path.is_some();
                expects.then(|| self.path_parameters.matches(&self.variables(&request.path)))
            }
            Property::Query => agree(&self.query, || query(request)),
            Property::Headers => agree(&self.headers, || headers(request)),
            Property::Cookies => agree(&self.cookies, || cookies(request)),
            Property::Body => self.body.as_ref().map(|body| body.matches(request)),
        }
    }

    /// What the variables stand for in a path.
    pub(super) fn variables<'p>(&'p self, path: &'p str) -> Vec<Found<'p>> {
        let template = self.template.as_ref();
        template.map_or_else(Vec::new, |template| template.extract(path))
    }

    fn path_key(&self) -> PathKey {
        let segments = self.template.as_ref().map(PathTemplate::segment_count);
        let pattern = self.path.as_ref().and_then(Text::pattern);
        match pattern {
            Some(pattern) if pattern.is_literal() => {
                PathKey::Exact(fold(pattern.text()).into_owned())
            }
            Some(pattern) => PathKey::Prefix {
                prefix: pattern.prefix(),
                segments,
            },
            None => PathKey::Prefix {
                prefix: Prefix::default(),
                segments,
            },
        }
    }
}

fn agree<'r>(pairs: &Pairs, found: impl FnOnce() -> Vec<Found<'r>>) -> Option<bool> {
    (!pairs.is_empty()).then(|| pairs.matches(&found()))
}

pub(super) fn query(request: &Request) -> Vec<Found<'_>> {
    let pairs = request.query.iter();
    pairs
        .map(|(name, value)| (Cow::Borrowed(&**name), Cow::Borrowed(&**value)))
        .collect()
}

pub(super) fn headers(request: &Request) -> Vec<Found<'_>> {
    let headers = request.headers.iter();
    headers
        .map(|(name, value)| {
            (
                Cow::Borrowed(name.as_str()),
                String::from_utf8_lossy(value.as_bytes()),
            )
        })
        .collect()
}

pub(super) fn cookies(request: &Request) -> Vec<Found<'_>> {
    let cookies = request.cookies();
    cookies
        .map(|(name, value)| (Cow::Borrowed(name), Cow::Borrowed(value)))
        .collect()
}
