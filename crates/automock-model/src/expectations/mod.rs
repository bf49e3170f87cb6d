//! The expectations file: checked, kept as written, and composed for the tasks.
//!
//! MockServer refuses a whole file for one bad expectation, and a task that loads none never gets
//! ready. So the file is checked before it travels: strictly, because what AutoMock accepts must
//! be accepted by every engine.
//!
//! ```
//! use automock_model::{EngineKind, Expectations};
//!
//! let file = r#"[{ "httpRequest": { "path": "/pets" }, "httpResponse": { "body": "cat" } }]"#;
//! let expectations = Expectations::parse(file).unwrap();
//! assert_eq!(expectations.len(), 1);
//!
//! // AutoMock's engine serves the file as it is. MockServer gets one expectation more.
//! assert_eq!(expectations.compose(EngineKind::AutoMock), file);
//! let composed = expectations.compose(EngineKind::MockServer);
//! assert!(composed.contains(expectations.revision().as_str()));
//! ```

mod advice;
mod json;
mod lint;
mod wait;

use serde::Serialize;
use serde_json::json;

use lint::ACTIONS;
pub use wait::LongestAnswer;

use crate::{EngineKind, Problem, Problems, Revision};

/// The path that answers with the served revision. The load balancer's health check asks for it, so
/// a task gets traffic only when it serves its expectations.
pub const READY_PATH: &str = "/__automock/ready";

/// The header of the answer under [`READY_PATH`] that carries the [`Revision`].
pub const REVISION_HEADER: &str = "x-automock-revision";

/// The id of the expectation that answers under [`READY_PATH`].
pub const READY_ID: &str = "automock-ready";

/// The priority of that expectation, the highest there is: no expectation of the user may hide it.
pub const READY_PRIORITY: i32 = i32::MAX;

/// The properties of a request by which an expectation can match.
pub const REQUEST_PROPERTIES: [&str; 10] = [
    "method",
    "path",
    "pathParameters",
    "queryStringParameters",
    "headers",
    "cookies",
    "body",
    "secure",
    "keepAlive",
    "protocol",
];

/// What MockServer writes into the requests that it records. Nothing is matched by it.
pub const RECORDED_PROPERTIES: [&str; 4] = [
    "socketAddress",
    "localAddress",
    "remoteAddress",
    "clientCertificateChain",
];

/// A checked expectations file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Expectations {
    items: Vec<Expectation>,
    #[serde(skip)]
    text: String,
}

/// One expectation as the user wrote it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Expectation {
    /// Its id, if it has one.
    pub id: Option<String>,
    /// Its JSON text, character by character as in the file.
    pub text: String,
}

impl Expectations {
    /// Reads an expectations file: an array of expectations or a single one, in strict JSON.
    ///
    /// # Errors
    /// Everything that is wrong with the file, with paths such as `[3].httpResponse`; or the one
    /// place where it stops being JSON.
    pub fn parse(text: &str) -> Result<Self, Problems> {
        lint::read(text).map(|items| Self {
            items,
            text: text.to_owned(),
        })
    }

    /// Tells what a file has that is allowed and probably not meant, in the file's order:
    /// expectations that are never asked, because another one takes all of their requests before;
    /// texts that Java refuses as regular expressions, so that they match only themselves; and large
    /// bodies. All of it is certain; what is not certain is not told. A file that
    /// [`parse`](Self::parse) refuses may be given as well.
    ///
    /// ```
    /// use automock_model::Expectations;
    ///
    /// let file = r#"[{ "httpResponse": {} }, { "httpRequest": { "path": "/a" }, "httpResponse": {} }]"#;
    /// let advice = Expectations::advice(file);
    /// assert!(advice[0].to_string().starts_with("[1]: is never asked: [0] takes every request"));
    /// ```
    #[must_use]
    pub fn advice(text: &str) -> Vec<Problem> {
        advice::advise(text)
    }

    /// The expectations in the file's order.
    #[must_use]
    pub fn items(&self) -> &[Expectation] {
        &self.items
    }

    /// The number of expectations; at least one.
    #[must_use]
    #[expect(
        clippy::len_without_is_empty,
        reason = "a file without expectations is refused, so it never is empty"
    )]
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// The file as it was read.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The revision of the file: that of its bytes, as [`Revision::of`] defines it.
    #[must_use]
    pub fn revision(&self) -> Revision {
        Revision::of(self.text.as_bytes())
    }

    /// What the tasks load, and so what lies in S3.
    ///
    /// AutoMock's engine answers under [`READY_PATH`] itself and takes the file as it is, so the
    /// revision is that of the object. MockServer gets the user's expectations, untouched, and one
    /// more that answers there with the revision.
    #[must_use]
    pub fn compose(&self, kind: EngineKind) -> String {
        match kind {
            EngineKind::AutoMock => self.text.clone(),
            EngineKind::MockServer => self.with_readiness(),
        }
    }

    fn with_readiness(&self) -> String {
        let ready = ready_expectation(&self.revision()).to_string();
        let items = self.items.iter().map(|item| item.text.as_str());
        let items: Vec<&str> = items.chain([ready.as_str()]).collect();
        format!("[\n{}\n]\n", items.join(",\n"))
    }
}

fn ready_expectation(revision: &Revision) -> serde_json::Value {
    json!({
        "id": READY_ID,
        "priority": READY_PRIORITY,
        "httpRequest": { "method": "GET", "path": READY_PATH },
        "httpResponse": {
            "statusCode": 200,
            "headers": { REVISION_HEADER: [revision] },
            "body": { "revision": revision },
        },
    })
}

#[cfg(test)]
mod tests;
