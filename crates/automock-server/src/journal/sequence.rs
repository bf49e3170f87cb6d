//! Whether requests came one after another.

use super::verification::{SHOWN_BY_DEFAULT, SHOWN_NAME, difference, read_id, read_shown};
use super::{Recorded, Verdict};
use crate::book::Selection;
use crate::definition::{Place, Refusal};
use crate::matching::RequestMatcher;
use crate::node::Node;

/// One step of a sequence.
#[derive(Clone, Debug)]
pub struct Step {
    selection: Selection,
    source: Node,
}

/// Requests that should have come in this order, with any others between them.
#[derive(Clone, Debug)]
pub struct SequenceVerification {
    steps: Vec<Step>,
    shown: u64,
}

impl SequenceVerification {
    /// Reads what a client sent.
    ///
    /// # Errors
    /// Everything in it that is refused.
    pub fn read(node: &Node) -> Result<Self, Vec<Refusal>> {
        let root = Place::root();
        let members = node
            .as_object()
            .ok_or_else(|| vec![root.refuse("not an object")])?;
        let (mut requests, mut ids, mut shown) = (Vec::new(), Vec::new(), SHOWN_BY_DEFAULT);
        for (name, value) in members {
            let place = root.member(name);
            match name.as_str() {
                "httpRequests" => requests = read_steps(value, &place, read_request)?,
                "expectationIds" => ids = read_steps(value, &place, read_id)?,
                SHOWN_NAME => shown = read_shown(value, &place)?,
                _ => return Err(vec![place.refuse("unknown")]),
            }
        }
        let steps = if ids.is_empty() { requests } else { ids };
        Ok(Self { steps, shown })
    }

    /// Judges by what the journal has kept.
    #[must_use]
    pub fn judge(&self, records: &[Recorded], dropped: u64) -> Verdict {
        let mut rest = records.iter();
        let holds = self
            .steps
            .iter()
            .all(|step| rest.any(|recorded| step.selection.selects_record(&recorded.record)));
        if holds {
            return Verdict::Holds { doubt: None };
        }
        let expected = self.steps.iter().map(|step| step.source.clone()).collect();
        let difference = difference(&Node::Array(expected), records, self.shown);
        let doubt = match dropped {
            0 => String::new(),
            dropped => format!(
                "; {dropped} older requests are no longer in the journal, and may have been part of it"
            ),
        };
        Verdict::Fails(format!("Request sequence not found, {difference}{doubt}"))
    }
}

type ReadSelection = fn(&Node, &Place) -> Result<Selection, Vec<Refusal>>;

fn read_steps(value: &Node, place: &Place, read: ReadSelection) -> Result<Vec<Step>, Vec<Refusal>> {
    let items = value
        .as_array()
        .ok_or_else(|| vec![place.refuse("not an array")])?;
    let steps = items.iter().zip(0..).map(|(item, index)| {
        let selection = read(item, &place.item(index))?;
        Ok(Step {
            selection,
            source: item.clone(),
        })
    });
    steps.collect()
}

fn read_request(value: &Node, place: &Place) -> Result<Selection, Vec<Refusal>> {
    RequestMatcher::read(value, place).map(Selection::Matching)
}
