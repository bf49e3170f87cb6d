//! Checks an expectations file the way MockServer does when it loads it.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

use super::json::{Members, type_name};
use super::{Expectation, READY_ID, READY_PRIORITY, REQUEST_PROPERTIES};
use crate::problem::Places;
use crate::suggest::{all_of, closest, did_you_mean};
use crate::{Problem, Problems};

/// The actions of an expectation. From `httpResponses` on they exist since MockServer 6.0.
pub(super) const ACTIONS: [&str; 17] = [
    "httpResponse",
    "httpResponseTemplate",
    "httpResponseClassCallback",
    "httpResponseObjectCallback",
    "httpForward",
    "httpForwardTemplate",
    "httpForwardClassCallback",
    "httpForwardObjectCallback",
    "httpOverrideForwardedRequest",
    "httpError",
    "httpResponses",
    "httpSseResponse",
    "httpWebSocketResponse",
    "grpcStreamResponse",
    "binaryResponse",
    "dnsResponse",
    "httpForwardValidateAction",
];

/// The other fields of an expectation. From `percentage` on they exist since MockServer 6.0.
const OTHER_FIELDS: [&str; 12] = [
    "id",
    "priority",
    "httpRequest",
    "times",
    "timeToLive",
    "timestamp",
    "percentage",
    "responseMode",
    "scenarioName",
    "scenarioState",
    "newScenarioState",
    "afterActions",
];

/// The fields of an `OpenAPI` expectation, which MockServer expands to one per operation.
const OPENAPI_FIELDS: [&str; 3] = [
    "specUrlOrPayload",
    "operationsAndResponses",
    "contextPathPrefix",
];

/// What a request may have beside its properties.
const OPENAPI_REQUEST_FIELDS: [&str; 2] = ["specUrlOrPayload", "operationId"];

/// Common fields of responses. Newer engines know more, here and in requests, so other names are let
/// through unless they look like a slip for one of these.
const RESPONSE_FIELDS: [&str; 7] = [
    "statusCode",
    "reasonPhrase",
    "headers",
    "cookies",
    "body",
    "delay",
    "connectionOptions",
];

pub(super) fn read(text: &str) -> Result<Vec<Expectation>, Problems> {
    let mut lint = Lint {
        places: Places::new(text),
        problems: Vec::new(),
        ids: BTreeMap::new(),
    };
    let items = split(text)?;
    if items.is_empty() {
        let hint = "write at least one expectation";
        return Err(Problem::new("", "the file has no expectations")
            .with_suggestion(hint)
            .into());
    }
    let expectations = items
        .iter()
        .enumerate()
        .map(|(index, item)| Expectation {
            id: lint.item(index, item),
            text: item.get().to_owned(),
        })
        .collect();
    match Problems::from_vec(lint.problems) {
        Some(problems) => Err(problems),
        None => Ok(expectations),
    }
}

/// The expectations of a file: an array's items, or the single value.
pub(super) fn split(text: &str) -> Result<Vec<&RawValue>, Problems> {
    let json = text.trim_start_matches('\u{feff}');
    let problem = |error: serde_json::Error| syntax_problem(json, &error).into();
    if json.trim_start().starts_with('[') {
        serde_json::from_str(json).map_err(problem)
    } else {
        serde_json::from_str(json)
            .map(|one| vec![one])
            .map_err(problem)
    }
}

fn syntax_problem(text: &str, error: &serde_json::Error) -> Problem {
    if text.trim().is_empty() {
        return Problem::new("", "the file is empty");
    }
    let message = error.to_string();
    let reason = message.split(" at line ").next().unwrap_or(&message);
    let mut problem = Problem::new("", format!("the file is not valid JSON here: {reason}"))
        .with_suggestion("write strict JSON: double quotes, no comments, no trailing commas");
    problem.line = Some(error.line());
    problem.column = Some(error.column().max(1));
    problem
}

fn request_fields() -> Vec<&'static str> {
    [&REQUEST_PROPERTIES[..], &OPENAPI_REQUEST_FIELDS].concat()
}

struct Lint<'a> {
    places: Places<'a>,
    problems: Vec<Problem>,
    /// The ids seen so far and the index where each was seen first.
    ids: BTreeMap<String, usize>,
}

impl<'a> Lint<'a> {
    /// Checks one expectation and returns its id.
    fn item(&mut self, index: usize, item: &'a RawValue) -> Option<String> {
        let path = format!("[{index}]");
        let members = self.members(&path, item)?;
        if members.iter().any(|(name, _)| name == "specUrlOrPayload") {
            self.known_fields(&path, &members, &OPENAPI_FIELDS);
            return None;
        }
        let fields: Vec<&str> = OTHER_FIELDS.into_iter().chain(ACTIONS).collect();
        self.known_fields(&path, &members, &fields);
        self.one_action(&path, item, &members);
        let mut id = None;
        for (name, value) in &members {
            let path = format!("{path}.{name}");
            match name.as_str() {
                "id" => id = self.id(&path, index, value),
                "priority" => self.priority(&path, value),
                "httpRequest" => self.object(&path, value, &request_fields()),
                "httpResponse" => self.response(&path, value),
                "httpResponses" => self.responses(&path, value),
                "times" | "timeToLive" => self.object(&path, value, &[]),
                action if ACTIONS.contains(&action) => self.object(&path, value, &[]),
                _ => {}
            }
        }
        id
    }

    /// The members of an object; a repeated name is a problem.
    fn members(&mut self, path: &str, value: &'a RawValue) -> Option<Vec<(String, &'a RawValue)>> {
        let Ok(Members(members)) = serde_json::from_str(value.get()) else {
            let name = type_name(value.get());
            self.report(path, value, &format!("is {name}, not an object"));
            return None;
        };
        let mut known: Vec<(String, &RawValue)> = Vec::new();
        for (name, value) in members {
            if known.iter().any(|(other, _)| *other == name) {
                self.report(&format!("{path}.{name}"), value, "is written twice");
            } else {
                known.push((name.into_owned(), value));
            }
        }
        Some(known)
    }

    fn known_fields(&mut self, path: &str, members: &[(String, &'a RawValue)], fields: &[&str]) {
        for (name, value) in members {
            if !fields.contains(&name.as_str()) {
                let hint = did_you_mean(name, fields.iter().copied());
                self.unknown_field(&format!("{path}.{name}"), value, hint);
            }
        }
    }

    fn one_action(&mut self, path: &str, item: &'a RawValue, members: &[(String, &'a RawValue)]) {
        let is_action = |(name, _): &&(String, _)| ACTIONS.contains(&name.as_str());
        let actions: Vec<&(String, &RawValue)> = members.iter().filter(is_action).collect();
        match actions.as_slice() {
            [_] => {}
            [] => {
                let problem = Problem::new(path, "has no action")
                    .with_suggestion("add one, such as \"httpResponse\"");
                self.push(problem, item);
            }
            [_, second, ..] => {
                let names = all_of(actions.iter().map(|(name, _)| name));
                let reason = format!("is one action too many: an expectation has one, not {names}");
                let problem = Problem::new(format!("{path}.{}", second.0), reason);
                self.push(problem, second.1);
            }
        }
    }

    fn id(&mut self, path: &str, index: usize, value: &'a RawValue) -> Option<String> {
        let Ok(id) = serde_json::from_str::<String>(value.get()) else {
            let reason = format!("is {}, not a string", type_name(value.get()));
            self.report(path, value, &reason);
            return None;
        };
        if id.trim().is_empty() {
            self.report(path, value, "is empty");
        } else if id == READY_ID {
            let reason = "is reserved for the expectation that AutoMock adds";
            self.report(path, value, reason);
        } else if let Some(first) = self.ids.get(&id) {
            let reason = format!("is the id of [{first}] as well, which it would replace");
            self.report(path, value, &reason);
        } else {
            self.ids.insert(id.clone(), index);
        }
        Some(id)
    }

    fn priority(&mut self, path: &str, value: &'a RawValue) {
        match serde_json::from_str::<i32>(value.get()) {
            Ok(READY_PRIORITY) => {
                let reason = "is reserved for the expectation that AutoMock adds";
                self.report(path, value, reason);
            }
            Ok(_) => {}
            Err(_) => self.report(path, value, "is not a whole number of 32 bits"),
        }
    }

    /// An object in which slips for the given names are problems.
    fn object(&mut self, path: &str, value: &'a RawValue, fields: &[&str]) {
        for (name, value) in self.members(path, value).unwrap_or_default() {
            if !fields.contains(&name.as_str())
                && let Some(near) = closest(&name, fields.iter().copied())
            {
                let hint = format!("did you mean {near:?}?");
                self.unknown_field(&format!("{path}.{name}"), value, Some(hint));
            }
        }
    }

    fn response(&mut self, path: &str, value: &'a RawValue) {
        self.object(path, value, &RESPONSE_FIELDS);
        let Ok(Members(members)) = serde_json::from_str(value.get()) else {
            return;
        };
        for (name, value) in members {
            let path = format!("{path}.{name}");
            match name.as_ref() {
                "statusCode" => self.status_code(&path, value),
                "body" => self.response_body(&path, value),
                _ => {}
            }
        }
    }

    fn responses(&mut self, path: &str, value: &'a RawValue) {
        let Ok(items) = serde_json::from_str::<Vec<&RawValue>>(value.get()) else {
            let reason = format!("is {}, not an array", type_name(value.get()));
            self.report(path, value, &reason);
            return;
        };
        if items.is_empty() {
            self.report(path, value, "is empty");
        }
        for (index, item) in items.into_iter().enumerate() {
            self.response(&format!("{path}[{index}]"), item);
        }
    }

    fn status_code(&mut self, path: &str, value: &'a RawValue) {
        let code = serde_json::from_str::<u32>(value.get());
        if !code.is_ok_and(|code| (100..=999).contains(&code)) {
            self.report(
                path,
                value,
                "is not a status code, a number from 100 to 999",
            );
        }
    }

    fn response_body(&mut self, path: &str, value: &'a RawValue) {
        if !value.get().starts_with(['{', '[', '"']) {
            let reason = "is not a body: MockServer takes a string, an object or an array";
            self.report(path, value, reason);
        }
    }

    fn unknown_field(&mut self, path: &str, value: &'a RawValue, hint: Option<String>) {
        let mut problem = Problem::new(path, "is not a field that MockServer knows");
        problem.suggestion = hint;
        self.push(problem, value);
    }

    fn report(&mut self, path: &str, value: &'a RawValue, reason: &str) {
        let problem = Problem::new(path, reason).with_value(value.get());
        self.push(problem, value);
    }

    fn push(&mut self, problem: Problem, value: &'a RawValue) {
        self.problems.push(self.places.place(problem, value));
    }
}
