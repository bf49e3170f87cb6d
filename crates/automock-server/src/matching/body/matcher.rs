//! Matches a body.

use bytes::Bytes;

use super::super::pairs::{Found, Pairs};
use super::super::schema::Schema;
use super::super::text::Text;
use super::super::xpath::XPathMatcher;
use super::content::{Styles, as_json};
use super::json::JsonMatcher;
use super::json_path::JsonPathMatcher;
use super::xml::XmlMatcher;
use crate::request::{Request, parse_parameters};

/// An expected body.
#[derive(Clone, Debug)]
pub(crate) struct BodyMatcher {
    pub(super) kind: Kind,
    pub(super) not: bool,
    /// No body at all is as good.
    pub(super) optional: bool,
}

#[derive(Clone, Debug)]
pub(super) enum Kind {
    /// The whole text, with `!` before it turned round.
    Exact {
        text: Box<str>,
        not: bool,
    },
    /// A part of the text.
    Part {
        text: Box<str>,
        not: bool,
    },
    Regex(Text),
    Json(JsonMatcher),
    Schema(Schema, Styles),
    JsonPath(JsonPathMatcher),
    Xml(XmlMatcher),
    XPath(XPathMatcher),
    Parameters(Pairs),
    Binary(Bytes),
}

impl BodyMatcher {
    /// Whether the body of a request is as expected.
    pub(crate) fn matches(&self, request: &Request) -> bool {
        if self.optional && request.body.is_empty() {
            return true;
        }
        self.not != self.kind.matches(request)
    }

    /// Whether it selects a body that is written like this.
    pub(crate) fn matches_text(&self, text: &str) -> bool {
        let mut request = Request::get("/");
        request.body = Bytes::copy_from_slice(text.as_bytes());
        self.matches(&request)
    }

    /// What was expected and what was found, in words.
    pub(crate) fn difference(&self, request: &Request) -> (String, String) {
        let (expected, found) = self.kind.difference(request);
        if self.not {
            return (
                format!("not {}", self.kind.describe()),
                shorten(&request.text()),
            );
        }
        (expected, found)
    }
}

impl Kind {
    fn matches(&self, request: &Request) -> bool {
        match self {
            Self::Exact { text, not } => {
                *not != (text.trim().is_empty() || request.text() == **text)
            }
            Self::Part { text, not } => *not != request.text().contains(&**text),
            Self::Regex(text) => text.matches(&request.text()),
            Self::Json(matcher) => {
                as_json(request, &Styles::new()).is_some_and(|body| matcher.matches(&body))
            }
            Self::Schema(schema, styles) => {
                as_json(request, styles).is_some_and(|body| schema.is_valid(&body))
            }
            Self::JsonPath(matcher) => {
                as_json(request, &Styles::new()).is_some_and(|body| matcher.matches(&body))
            }
            Self::Xml(matcher) => matcher.matches(&request.text()),
            Self::XPath(matcher) => matcher.matches(&request.text()),
            Self::Parameters(pairs) => pairs.matches(&form(request)),
            Self::Binary(bytes) => request.body == bytes,
        }
    }

    fn difference(&self, request: &Request) -> (String, String) {
        let whole = || (self.describe(), shorten(&request.text()));
        match self {
            Self::Json(matcher) => json_difference(matcher, request).unwrap_or_else(whole),
            Self::Schema(schema, styles) => match as_json(request, styles) {
                Some(body) => schema
                    .error(&body)
                    .map_or_else(whole, |error| (self.describe(), error)),
                None => whole(),
            },
            Self::Xml(matcher) => match matcher.mismatch(&request.text()) {
                Some((at, expected, found)) => (placed(&expected, &at), found),
                None => whole(),
            },
            Self::Parameters(pairs) => pairs.difference(&form(request)),
            Self::Binary(bytes) => (
                format!("{} bytes", bytes.len()),
                format!("{} other bytes", request.body.len()),
            ),
            _ => whole(),
        }
    }

    fn describe(&self) -> String {
        match self {
            Self::Exact { text, not } => turned(*not, &shorten(text)),
            Self::Part { text, not } => turned(*not, &format!("a text with {}", shorten(text))),
            Self::Regex(text) => format!("a text like {text}"),
            Self::Json(_) => "JSON".to_owned(),
            Self::Schema(..) => "JSON as the schema says".to_owned(),
            Self::JsonPath(matcher) => format!("JSON with something at {}", matcher.text()),
            Self::Xml(matcher) => shorten(matcher.text()),
            Self::XPath(matcher) => format!("XML for which {} holds", matcher.text()),
            Self::Parameters(pairs) => pairs.to_string(),
            Self::Binary(bytes) => format!("{} bytes", bytes.len()),
        }
    }
}

fn json_difference(matcher: &JsonMatcher, request: &Request) -> Option<(String, String)> {
    let body = as_json(request, &Styles::new())?;
    let mismatch = matcher.mismatch(&body)?;
    Some((
        placed(&cut(&mismatch.expected), &mismatch.at),
        cut(&mismatch.found),
    ))
}

fn placed(expected: &str, at: &str) -> String {
    if at.is_empty() {
        expected.to_owned()
    } else {
        format!("{expected} at {at}")
    }
}

fn turned(not: bool, words: &str) -> String {
    if not {
        format!("not {words}")
    } else {
        words.to_owned()
    }
}

fn form(request: &Request) -> Vec<Found<'static>> {
    let parameters = parse_parameters(&request.text()).into_iter();
    parameters
        .map(|(name, value)| (name.into(), value.into()))
        .collect()
}

/// As much of a text as people read.
fn shorten(text: &str) -> String {
    if text.is_empty() {
        return "no body".to_owned();
    }
    format!("{:?}", cut(text))
}

fn cut(text: &str) -> String {
    const LONGEST: usize = 200;
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}
