//! Whether a request came as often as it should.

use std::fmt;

use super::{Recorded, request_to_node};
use crate::book::Selection;
use crate::definition::{Place, Refusal};
use crate::node::Node;
use crate::pretty::{pretty, pretty_answer};

/// More requests than this are only counted in the text of a failure, unless a client says so.
const SHOWN: u64 = 10;

/// How often a request should have come. Nothing means without a bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// At least.
    pub at_least: Option<u64>,
    /// At most.
    pub at_most: Option<u64>,
}

/// The result of a verification.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is as it should be.
    Holds {
        /// How many requests the journal had dropped, if they could change the result.
        doubt: Option<u64>,
    },
    /// It is not, in the words of `MockServer`.
    Fails(String),
}

/// What a client wants to know.
#[derive(Clone, Debug)]
pub struct Verification {
    /// Which requests.
    pub selection: Selection,
    /// What it was read from.
    source: Node,
    /// How often.
    pub bounds: Bounds,
    shown: u64,
}

impl Bounds {
    /// What `MockServer` assumes if nothing is said.
    pub const ONCE: Self = Self {
        at_least: Some(1),
        at_most: Some(1),
    };

    /// Whether a count is within.
    #[must_use]
    pub fn contains(self, count: u64) -> bool {
        self.at_least.is_none_or(|least| count >= least)
            && self.at_most.is_none_or(|most| count <= most)
    }

    fn read(node: &Node, place: &Place) -> Result<Self, Vec<Refusal>> {
        let members = node
            .as_object()
            .ok_or_else(|| vec![place.refuse("not an object")])?;
        let mut bounds = Self {
            at_least: None,
            at_most: None,
        };
        for (name, value) in members {
            let place = place.member(name);
            let bound = || match value.as_i64() {
                Some(-1) => Ok(None),
                Some(times) if times >= 0 => Ok(u64::try_from(times).ok()),
                _ => Err(vec![
                    place.refuse("a whole number, or -1 for no bound, is expected"),
                ]),
            };
            match name.as_str() {
                "atLeast" => bounds.at_least = bound()?,
                "atMost" => bounds.at_most = bound()?,
                _ => return Err(vec![place.refuse("unknown; atLeast and atMost are known")]),
            }
        }
        Ok(bounds)
    }
}

/// The words of `MockServer`.
impl fmt::Display for Bounds {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let times = |count: u64| match count {
            1 => "once".to_owned(),
            count => format!("{count} times"),
        };
        match (self.at_least, self.at_most) {
            (Some(least), Some(most)) if least == most => {
                write!(formatter, "exactly {}", times(most))
            }
            (Some(least), Some(most)) => write!(formatter, "between {least} and {most} times"),
            (None, Some(most)) => write!(formatter, "at most {}", times(most)),
            (Some(least), None) => write!(formatter, "at least {}", times(least)),
            (None, None) => formatter.write_str("any number of times"),
        }
    }
}

impl Verification {
    /// Reads what a client sent.
    ///
    /// # Errors
    /// Everything in it that is refused.
    pub fn read(node: &Node) -> Result<Self, Vec<Refusal>> {
        let root = Place::root();
        let members = node
            .as_object()
            .ok_or_else(|| vec![root.refuse("not an object")])?;
        let mut verification = Self {
            selection: Selection::All,
            source: Node::Object(Vec::new()),
            bounds: Bounds::ONCE,
            shown: SHOWN,
        };
        for (name, value) in members {
            let place = root.member(name);
            match name.as_str() {
                "httpRequest" | "expectationId" => {
                    verification.selection = read_selection(value, &place, name)?;
                    verification.source = value.clone();
                }
                "times" => verification.bounds = Bounds::read(value, &place)?,
                SHOWN_NAME => verification.shown = read_shown(value, &place)?,
                _ => return Err(vec![place.refuse("unknown")]),
            }
        }
        Ok(verification)
    }

    /// Judges by an exact count, whatever the journal has dropped.
    #[must_use]
    pub fn judge_count(&self, count: u64, records: &[Recorded]) -> Verdict {
        if self.bounds.contains(count) {
            return Verdict::Holds { doubt: None };
        }
        Verdict::Fails(self.failure(records))
    }

    /// Judges by what the journal has kept.
    #[must_use]
    pub fn judge_records(&self, records: &[Recorded], dropped: u64) -> Verdict {
        let selected = records
            .iter()
            .filter(|one| self.selection.selects_record(&one.record));
        let count = u64::try_from(selected.count()).unwrap_or(u64::MAX);
        let doubt = self.is_doubtful(count, dropped).then_some(dropped);
        if self.bounds.contains(count) {
            return Verdict::Holds { doubt };
        }
        let doubt = doubt.map(|dropped| format!(
            "; {dropped} older requests are no longer in the journal, so there may have been more: \
             verify by expectationId, which counts exactly"
        ));
        Verdict::Fails(self.failure(records) + &doubt.unwrap_or_default())
    }

    /// Whether some count between what was kept and that with all that was dropped is judged otherwise.
    fn is_doubtful(&self, count: u64, dropped: u64) -> bool {
        let most = count.saturating_add(dropped);
        let Bounds { at_least, at_most } = self.bounds;
        if self.bounds.contains(count) {
            return at_most.is_some_and(|limit| most > limit);
        }
        at_least.is_some_and(|limit| count < limit && limit <= most)
    }

    fn failure(&self, records: &[Recorded]) -> String {
        let bounds = self.bounds;
        format!(
            "Request not found {bounds}, {}",
            difference(&self.source, records, self.shown)
        )
    }
}

pub(super) const SHOWN_NAME: &str = "maximumNumberOfRequestToReturnInVerificationFailure";

pub(super) fn read_shown(value: &Node, place: &Place) -> Result<u64, Vec<Refusal>> {
    let shown = value.as_i64().and_then(|shown| u64::try_from(shown).ok());
    shown.ok_or_else(|| vec![place.refuse("a whole number is expected")])
}

pub(super) const SHOWN_BY_DEFAULT: u64 = SHOWN;

fn read_selection(value: &Node, place: &Place, name: &str) -> Result<Selection, Vec<Refusal>> {
    if name == "httpRequest" {
        return crate::matching::RequestMatcher::read(value, place).map(Selection::Matching);
    }
    read_id(value, place)
}

/// Reads `{"id": ".."}`.
pub(super) fn read_id(value: &Node, place: &Place) -> Result<Selection, Vec<Refusal>> {
    let id = value.get("id").and_then(Node::as_str);
    let id = id.ok_or_else(|| vec![place.refuse("an object with an id is expected")])?;
    Ok(Selection::Id(id.to_owned()))
}

/// What was expected and what came, in the words of `MockServer`.
pub(super) fn difference(expected: &Node, records: &[Recorded], shown: u64) -> String {
    let expected = pretty(expected);
    let count = records.len();
    if u64::try_from(count).is_ok_and(|count| count >= shown) {
        return format!("expected:<{expected}> but was not found, found {count} other requests");
    }
    let nodes = records
        .iter()
        .map(|recorded| request_to_node(&recorded.record.request()));
    let nodes: Vec<Node> = nodes.collect();
    let found = match nodes.as_slice() {
        [only] => pretty(only),
        _ => pretty_answer(&Node::Array(nodes)),
    };
    format!("expected:<{expected}> but was:<{found}>")
}
