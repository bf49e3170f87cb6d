//! Expectations that are never asked, because another one takes all of their requests before.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use serde_json::Value;

use super::condition::Condition;

/// An expectation, as far as it matters who is asked first.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    /// Its place in the file.
    pub(super) index: usize,
    /// The higher ones are asked first.
    pub(super) priority: i64,
    condition: Condition,
    /// Whether it answers every request that it is for, for ever.
    is_unlimited: bool,
}

/// Fields with which an expectation may let a request pass that it is for.
const LIMITS: [&str; 3] = ["percentage", "scenarioName", "scenarioState"];

/// With so many others an expectation is compared at most, so that a file of any size is checked soon.
const COMPARED: usize = 100;

impl Asked {
    /// Nothing if it is not known which requests it is for.
    pub(super) fn read(index: usize, expectation: &Value) -> Option<Self> {
        let members = expectation.as_object()?;
        if members.contains_key("specUrlOrPayload") {
            return None;
        }
        let has_limit = LIMITS.iter().any(|name| members.contains_key(*name));
        let is_unlimited = |name| {
            members.get(name).is_none_or(|limit| {
                limit["unlimited"] == true
                    && limit.as_object().is_some_and(|limit| limit.len() == 1)
            })
        };
        Some(Self {
            index,
            priority: members.get("priority").and_then(Value::as_i64).unwrap_or(0),
            condition: Condition::read(members.get("httpRequest"))?,
            is_unlimited: !has_limit && is_unlimited("times") && is_unlimited("timeToLive"),
        })
    }

    /// Whether it comes before another in the file and is asked before it by that alone.
    pub(super) fn is_before(&self, other: &Self) -> bool {
        self.priority == other.priority
    }
}

/// Each expectation that is never asked, with the first one that hides it.
pub(super) fn shadows(mut asked: Vec<Asked>) -> Vec<(Asked, Asked)> {
    asked.sort_by_key(|one| (Reverse(one.priority), one.index));
    let mut before = Before::default();
    let mut hidden = Vec::new();
    for one in asked {
        match before.find(&one) {
            Some(by) => hidden.push((one, by.clone())),
            None => before.add(one),
        }
    }
    hidden
}

/// Those that are asked before, by what they have in common with others.
#[derive(Default)]
struct Before {
    by_path: BTreeMap<String, Vec<Asked>>,
    wide: Vec<Asked>,
}

impl Before {
    /// What is hidden hides nothing that is not hidden anyway, so only the others are kept.
    fn add(&mut self, one: Asked) {
        if !one.is_unlimited {
            return;
        }
        let others = match one.condition.only_path() {
            Some(path) => self.by_path.entry(path).or_default(),
            None => &mut self.wide,
        };
        if others.len() < COMPARED {
            others.push(one);
        }
    }

    fn find(&self, one: &Asked) -> Option<&Asked> {
        let path = one.condition.only_path();
        let same = path.and_then(|path| self.by_path.get(&path));
        let others = same.into_iter().flatten().chain(&self.wide);
        let hiding = others.filter(|other| other.condition.contains(&one.condition));
        hiding.min_by_key(|other| (Reverse(other.priority), other.index))
    }
}
