//! Goes through a file and collects the advice.

use serde_json::Value;
use serde_json::value::RawValue;

use super::super::json::Members;
use super::super::lint::split;
use super::shadow::{Asked, shadows};
use super::{pattern, texts};
use crate::Problem;
use crate::problem::Places;

/// A body above this many bytes is worth a word: it is sent with every answer.
const LARGE_BODY: usize = 1 << 20;

/// So are bodies above this many bytes together: every task keeps them in memory.
const LARGE_TOTAL: usize = 32 << 20;

/// Gives the advice for a file, in the file's order; none for a file that cannot be read.
pub(in super::super) fn advise(text: &str) -> Vec<Problem> {
    let Ok(items) = split(text) else {
        return Vec::new();
    };
    let mut advisor = Advisor {
        places: Places::new(text),
        found: Vec::new(),
    };
    let mut total = 0;
    for (index, item) in items.iter().enumerate() {
        advisor.patterns(index, item);
        total += advisor.bodies(index, item);
    }
    advisor.total(total);
    advisor.shadowed(&items);
    let mut found = advisor.found;
    found.sort_by_key(|problem| (problem.line.is_none(), problem.line, problem.column));
    found
}

struct Advisor<'a> {
    places: Places<'a>,
    found: Vec<Problem>,
}

impl<'a> Advisor<'a> {
    fn patterns(&mut self, index: usize, item: &'a RawValue) {
        let Some(request) = member(item, "httpRequest") else {
            return;
        };
        for text in texts::of(&format!("[{index}].httpRequest"), request) {
            let Some(reason) = pattern::refusal(&text.text) else {
                continue;
            };
            let problem = Problem::new(
                text.path,
                format!("is no regular expression: {reason}; so it matches only itself"),
            )
            .with_value(text.shown.get());
            let hint = if text.has_braces {
                "name the variable in pathParameters, or write [^/]+ for a part of the path"
            } else {
                "put \\\\ before what is meant as it is, or leave it if only this text is meant"
            };
            self.push(problem.with_suggestion(hint), text.shown);
        }
    }

    /// Looks at the bodies of an expectation and gives their size.
    fn bodies(&mut self, index: usize, item: &'a RawValue) -> usize {
        let mut size = 0;
        if let Some(response) = member(item, "httpResponse") {
            size += self.body(&format!("[{index}].httpResponse"), response);
        }
        let responses = member(item, "httpResponses");
        let responses = responses.and_then(|all| serde_json::from_str(all.get()).ok());
        let responses: Vec<&RawValue> = responses.unwrap_or_default();
        for (place, response) in responses.into_iter().enumerate() {
            size += self.body(&format!("[{index}].httpResponses[{place}]"), response);
        }
        size
    }

    fn body(&mut self, path: &str, response: &'a RawValue) -> usize {
        let Some(body) = member(response, "body") else {
            return 0;
        };
        let size = body.get().len();
        if size > LARGE_BODY {
            let reason = format!("is {} long, and every answer sends it", in_mib(size));
            let hint = format!("keep bodies below {}", in_mib(LARGE_BODY));
            let problem = Problem::new(format!("{path}.body"), reason).with_suggestion(hint);
            self.push(problem, body);
        }
        size
    }

    fn total(&mut self, size: usize) {
        if size > LARGE_TOTAL {
            let (size, limit) = (in_mib(size), in_mib(LARGE_TOTAL));
            let reason =
                format!("the bodies are {size} together, and every task keeps them in memory");
            let hint = format!("keep them below {limit}");
            self.found
                .push(Problem::new("", reason).with_suggestion(hint));
        }
    }

    fn shadowed(&mut self, items: &[&'a RawValue]) {
        let values = items
            .iter()
            .map(|item| serde_json::from_str::<Value>(item.get()));
        let asked: Vec<Asked> = values
            .enumerate()
            .filter_map(|(index, value)| Asked::read(index, &value.ok()?))
            .collect();
        for (hidden, by) in shadows(asked) {
            let why = if by.is_before(&hidden) {
                "comes before it"
            } else {
                "has the higher priority"
            };
            let reason = format!(
                "is never asked: [{}] takes every request that it is for, and {why}",
                by.index
            );
            let hint = format!(
                "give it a higher priority than {}, or expect more of a request in [{}]",
                by.priority, by.index
            );
            let problem = Problem::new(format!("[{}]", hidden.index), reason).with_suggestion(hint);
            if let Some(item) = items.get(hidden.index) {
                self.push(problem, item);
            }
        }
    }

    fn push(&mut self, problem: Problem, value: &'a RawValue) {
        self.found.push(self.places.place(problem, value));
    }
}

/// A member of an object, the first of its name.
pub(in super::super) fn member<'a>(object: &'a RawValue, name: &str) -> Option<&'a RawValue> {
    let Members(members) = serde_json::from_str(object.get()).ok()?;
    let mut members = members.into_iter();
    members
        .find(|(known, _)| known == name)
        .map(|(_, value)| value)
}

/// With one decimal, and never more than there is.
fn in_mib(bytes: usize) -> String {
    let tenths = bytes / ((1 << 20) / 10);
    format!("{}.{} MiB", tenths / 10, tenths % 10)
}
