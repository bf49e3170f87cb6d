//! Calls of a world: what was called, and calls that fail on purpose.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{Emulator, TestkitError};

/// Calls of one operation that fail, counted from when the fault is set. Each attempt of an SDK
/// counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fault {
    service: String,
    action: String,
    mode: &'static str,
    nth: u32,
    times: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    access_key: Option<String>,
}

/// A request that a world has got.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Call {
    /// What the IAM actions of its service begin with, such as `elasticloadbalancing`.
    pub service: String,
    /// The operation, such as `DeleteLoadBalancer`.
    pub action: String,
    /// The access key that signed it; empty if none did.
    pub access_key: String,
    /// The status of the answer; nothing while it is being worked on, or if its answer was lost.
    pub status: Option<u16>,
}

#[derive(Deserialize)]
struct Pending {
    pending: usize,
    #[serde(default)]
    struck: usize,
}

impl Fault {
    /// An error instead of the call: nothing is done. `status` is a number with its phrase, such
    /// as `400 Bad Request`, and `code` the service's code, such as `ThrottlingException`.
    #[must_use]
    pub fn error(service: &str, action: &str, status: &str, code: &str) -> Self {
        Self {
            status: Some(status.to_owned()),
            code: Some(code.to_owned()),
            ..Self::new(service, action, "before")
        }
    }

    /// The call is done and its answer lost: the connection ends.
    #[must_use]
    pub fn lost_answer(service: &str, action: &str) -> Self {
        Self::new(service, action, "after")
    }

    /// The call is done, and its answer cut off: half of the body that its head announces.
    #[must_use]
    pub fn cut_answer(service: &str, action: &str) -> Self {
        Self::new(service, action, "cut")
    }

    /// The connection ends before anything is done.
    #[must_use]
    pub fn lost_call(service: &str, action: &str) -> Self {
        Self::new(service, action, "drop")
    }

    /// `*` and `?` are wildcards in both.
    fn new(service: &str, action: &str, mode: &'static str) -> Self {
        Self {
            service: service.to_owned(),
            action: action.to_owned(),
            mode,
            nth: 1,
            times: 1,
            status: None,
            code: None,
            access_key: None,
        }
    }

    /// Spares the calls before the n-th, counted from 1.
    #[must_use]
    pub fn from_call(self, nth: u32) -> Self {
        Self { nth, ..self }
    }

    /// Lets this many calls fail instead of one.
    #[must_use]
    pub fn times(self, times: u32) -> Self {
        Self { times, ..self }
    }

    /// Counts only what is signed with the access key.
    #[must_use]
    pub fn of(self, access_key: &str) -> Self {
        Self {
            access_key: Some(access_key.to_owned()),
            ..self
        }
    }
}

impl Emulator {
    /// Lets chosen calls fail.
    ///
    /// # Errors
    /// When the fault makes no sense, or the control endpoint does not answer.
    pub fn fault(&self, fault: &Fault) -> Result<(), TestkitError> {
        self.control.post::<Pending>("faults", fault).map(drop)
    }

    /// Takes back every fault.
    ///
    /// # Errors
    /// When the control endpoint does not answer.
    pub fn clear_faults(&self) -> Result<(), TestkitError> {
        self.control.post::<Value>("faults", &json!({})).map(drop)
    }

    /// How many faults have not struck as often as they should: a test that expects its faults
    /// to have mattered asserts that none is left.
    ///
    /// # Errors
    /// When the control endpoint does not answer.
    pub fn pending_faults(&self) -> Result<usize, TestkitError> {
        Ok(self.control.get::<Pending>("faults")?.pending)
    }

    /// How many calls have failed by the faults that are set now.
    ///
    /// # Errors
    /// When the control endpoint does not answer.
    pub fn struck_faults(&self) -> Result<usize, TestkitError> {
        Ok(self.control.get::<Pending>("faults")?.struck)
    }

    /// Every request of this world so far, in order; those of its past before a fork included.
    ///
    /// # Errors
    /// When the control endpoint does not answer.
    pub fn calls(&self) -> Result<Vec<Call>, TestkitError> {
        self.calls_since(0)
    }

    /// The requests of this world without the first ones.
    ///
    /// # Errors
    /// When the control endpoint does not answer.
    pub fn calls_since(&self, first: usize) -> Result<Vec<Call>, TestkitError> {
        self.control.get(&format!("calls?since={first}"))
    }
}

impl fmt::Display for Call {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}", self.service, self.action)
    }
}
