//! Why nothing expected a request.

use jiff::Timestamp;
use serde::Serialize;

use super::bound::cut;
use crate::book::Snapshot;
use crate::engine::closest;
use crate::matching::Difference;
use crate::request::Request;

/// Why nothing expected a request, as the expectations are now.
#[derive(Debug, Serialize)]
pub(super) struct Why {
    verdict: Verdict,
    /// The id of the expectation that comes closest.
    closest: Option<String>,
    /// In what the request differs from it.
    differences: Vec<Shown>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Verdict {
    /// There is no expectation.
    Empty,
    /// The closest one differs.
    Differs,
    /// It would answer, but its times or its time are over.
    Over,
    /// It would answer now: it came after the request.
    Answers,
}

#[derive(Debug, Serialize)]
struct Shown {
    property: &'static str,
    expected: String,
    found: String,
}

/// How much is said.
#[derive(Clone, Copy, Debug)]
pub(super) struct Extent {
    differences: usize,
    bytes: usize,
}

impl Extent {
    /// For a line in a list.
    pub(super) const LINE: Self = Self {
        differences: 1,
        bytes: 160,
    };

    /// For one request alone.
    pub(super) const DETAILS: Self = Self {
        differences: usize::MAX,
        bytes: 4 << 10,
    };
}

impl Why {
    /// Compares a request with the expectations.
    pub(super) fn of(snapshot: &Snapshot, request: &Request, extent: Extent) -> Self {
        let Some(entry) = closest(snapshot, request) else {
            return Self {
                verdict: Verdict::Empty,
                closest: None,
                differences: Vec::new(),
            };
        };
        let differences = entry.expectation().matcher.differences(request);
        let differences = differences.take(extent.differences);
        let differences: Vec<Shown> = differences
            .map(|difference| Shown::new(&difference, extent))
            .collect();
        let verdict = match differences.is_empty() {
            false => Verdict::Differs,
            true if entry.is_alive(Timestamp::now()) => Verdict::Answers,
            true => Verdict::Over,
        };
        Self {
            verdict,
            closest: Some(cut(entry.id(), extent.bytes)),
            differences,
        }
    }
}

impl Shown {
    fn new(difference: &Difference, extent: Extent) -> Self {
        Self {
            property: difference.property,
            expected: cut(&difference.expected, extent.bytes),
            found: cut(&difference.found, extent.bytes),
        }
    }
}
