//! What a case says.

use std::collections::BTreeMap;
use std::path::Path;

use automock_server::node::Node;
use serde::Deserialize;

/// The examples of a page.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Page {
    /// Where it is, below the documentation's address.
    #[serde(rename = "page")]
    pub address: String,
    /// What it is about.
    pub title: String,
    pub cases: Vec<Case>,
}

/// An example.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Case {
    /// Its subject.
    pub name: String,
    /// The call that takes `body`.
    #[serde(default = "expectation")]
    pub put: String,
    /// What is sent first, if anything. `UPSTREAM` in it is the address of the other server, and the
    /// text `PORT_OF_UPSTREAM` the number of its port.
    pub body: Option<Node>,
    /// Expectations of another server, to which requests may be forwarded.
    pub upstream: Option<Node>,
    /// Why the call is refused.
    pub refused: Option<String>,
    /// The call is accepted, yet a request that it is for is not answered as documented, for this
    /// reason.
    pub fails: Option<String>,
    /// How it differs in a detail from what the documentation shows, for the table.
    pub note: Option<String>,
    /// What each of `hits` gets: by default 200 with the body `found`.
    pub answer: Option<Answer>,
    /// Requests that match.
    #[serde(default)]
    pub hits: Vec<Ask>,
    /// Requests that do not match, and get 404 without a body.
    #[serde(default)]
    pub misses: Vec<Ask>,
    /// Requests one after the other, each with its answer.
    #[serde(default)]
    pub calls: Vec<Call>,
}

/// A request with its answer.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Call {
    pub ask: Ask,
    #[serde(default)]
    pub answer: Answer,
}

/// A request: `GET /path`, or more of it.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum Ask {
    Line(String),
    Full(Box<FullAsk>),
}

/// A request.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct FullAsk {
    pub line: String,
    #[serde(default)]
    pub headers: BTreeMap<String, Values>,
    pub body: Option<String>,
    pub json: Option<Node>,
    pub base64: Option<String>,
}

/// One value or several.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum Values {
    One(String),
    Several(Vec<String>),
}

/// What a request gets. What is not said is not looked at.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Answer {
    /// 200 by default.
    pub status: Option<u16>,
    pub reason: Option<String>,
    pub body: Option<String>,
    pub json: Option<Node>,
    pub base64: Option<String>,
    /// An expression for the whole body.
    pub pattern: Option<String>,
    /// All values of these headers, in their order.
    #[serde(default)]
    pub headers: BTreeMap<String, Values>,
    /// Headers that are not there.
    #[serde(default)]
    pub absent: Vec<String>,
    /// Whether the connection is closed afterwards.
    pub closes: Option<bool>,
    /// There is no response: the connection breaks, after the bytes in `base64` if they are said.
    #[serde(default)]
    pub breaks: bool,
    /// It takes so long at least.
    #[serde(default)]
    pub after_milliseconds: u64,
}

fn expectation() -> String {
    "expectation".to_owned()
}

impl Page {
    /// The pages of a folder, in the order of their files.
    pub fn all(folder: &Path) -> Vec<Self> {
        let entries = std::fs::read_dir(folder).unwrap();
        let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        let read = |path: &std::path::PathBuf| {
            let text = std::fs::read_to_string(path).unwrap();
            json5::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
        };
        paths.iter().map(read).collect()
    }
}

impl Ask {
    /// All of it.
    pub fn full(&self) -> FullAsk {
        match self {
            Self::Full(ask) => (**ask).clone(),
            Self::Line(line) => FullAsk {
                line: line.clone(),
                ..FullAsk::default()
            },
        }
    }
}

impl Values {
    /// All of them.
    pub fn list(&self) -> Vec<String> {
        match self {
            Self::One(value) => vec![value.clone()],
            Self::Several(values) => values.clone(),
        }
    }
}

impl Answer {
    /// What a request gets that matches.
    pub fn found() -> Self {
        Self {
            body: Some("found".to_owned()),
            ..Self::default()
        }
    }

    /// What a request gets that nothing expects.
    pub fn none() -> Self {
        Self {
            status: Some(404),
            body: Some(String::new()),
            ..Self::default()
        }
    }
}
