//! Inputs to start from: the cases of the compatibility tests.

use std::fmt::Write as _;

use serde_json::Value;

use crate::error::Error;
use crate::workspace::SourceFile;

/// Between two parts of an input.
const LINE: &str = "\n---\n";

/// An input of a target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Seed {
    pub(crate) target: &'static str,
    pub(crate) text: String,
}

/// Makes seeds of files with cases, and of files with expectations.
///
/// # Errors
///
/// Returns [`Error::Malformed`] when a file is not JSON, with the liberties of its kind.
pub(crate) fn seeds(files: &[SourceFile]) -> Result<Vec<Seed>, Error> {
    let mut seeds = Vec::new();
    for file in files {
        let value: Value = json5::from_str(&file.text).map_err(|error| Error::Malformed {
            path: file.path.clone(),
            reason: error.to_string(),
        })?;
        match value["cases"].as_array() {
            Some(cases) => cases.iter().for_each(|case| of_case(case, &mut seeds)),
            None => add(&mut seeds, "expectations", value.to_string()),
        }
    }
    Ok(seeds)
}

fn of_case(case: &Value, seeds: &mut Vec<Seed>) {
    let put = case["put"].as_str().unwrap_or("expectation");
    let body = &case["body"];
    let asks: Vec<_> = ["hits", "misses", "calls"]
        .iter()
        .filter_map(|name| case[name].as_array())
        .flatten()
        .map(|ask| ask.get("ask").unwrap_or(ask))
        .collect();
    if !body.is_null() && put == "expectation" {
        add(seeds, "expectations", body.to_string());
        let first = asks.first().map(|ask| request(ask)).unwrap_or_default();
        add(seeds, "matching", format!("{body}{LINE}{first}"));
        for (language, template) in templates(body) {
            add(
                seeds,
                "templates",
                format!("{language}{template}{LINE}{first}"),
            );
        }
    }
    let mut calls: Vec<_> = asks.iter().map(|ask| request(ask)).collect();
    if !body.is_null() {
        calls.insert(0, format!("PUT /mockserver/{put}\n\n{body}"));
    }
    add(seeds, "control", calls.join(LINE));
    for ask in asks {
        add(seeds, "wire", on_the_wire(ask));
    }
}

fn add(seeds: &mut Vec<Seed>, target: &'static str, text: String) {
    seeds.push(Seed { target, text });
}

/// The texts of templates, each with the byte that chooses its language.
fn templates(body: &Value) -> Vec<(char, &str)> {
    let items = body
        .as_array()
        .map_or_else(|| vec![body], |items| items.iter().collect());
    let actions = items.into_iter().map(|item| &item["httpResponseTemplate"]);
    actions
        .filter_map(|action| {
            let language = match action["templateType"].as_str()? {
                "VELOCITY" => '0',
                "MUSTACHE" => '1',
                _ => return None,
            };
            Some((language, action["template"].as_str()?))
        })
        .collect()
}

/// A request as the targets take it: a line, headers, an empty line and a body.
fn request(ask: &Value) -> String {
    let (head, body) = parts(ask, "\n");
    format!("{head}\n{body}")
}

fn on_the_wire(ask: &Value) -> String {
    let (head, body) = parts(ask, "\r\n");
    let (line, headers) = head.split_once("\r\n").unwrap_or((&head, ""));
    let length = body.len();
    format!("{line} HTTP/1.1\r\nhost: a\r\ncontent-length: {length}\r\n{headers}\r\n{body}")
}

fn parts(ask: &Value, end: &str) -> (String, String) {
    let line = ask
        .as_str()
        .or_else(|| ask["line"].as_str())
        .unwrap_or("GET /");
    let mut head = format!("{line}{end}");
    for (name, values) in ask["headers"].as_object().into_iter().flatten() {
        let values = values
            .as_array()
            .map_or_else(|| vec![values], |all| all.iter().collect());
        for value in values.into_iter().filter_map(Value::as_str) {
            // Writing to a string cannot fail.
            let _ = write!(head, "{name}: {value}{end}");
        }
    }
    let json = Some(&ask["json"]).filter(|json| !json.is_null());
    let body = ask["body"].as_str().map(str::to_owned);
    let body = body.or_else(|| json.map(Value::to_string));
    (head, body.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(path: &str, text: &str) -> Vec<(&'static str, String)> {
        let file = SourceFile {
            path: path.to_owned(),
            text: text.to_owned(),
        };
        let seeds = seeds(&[file]).unwrap().into_iter();
        seeds.map(|seed| (seed.target, seed.text)).collect()
    }

    #[test]
    fn a_case_gives_seeds_for_all_targets() {
        let case = r#"{ cases: [{
            name: "n", body: { httpResponseTemplate: { templateType: "MUSTACHE", template: "{}" } },
            hits: [{ line: "POST /a", headers: { b: "c" }, body: "d" }],
        }] }"#;
        let body = r#"{"httpResponseTemplate":{"template":"{}","templateType":"MUSTACHE"}}"#;
        let request = "POST /a\nb: c\n\nd";
        assert_eq!(
            of("cases/a.json5", case),
            [
                ("expectations", body.to_owned()),
                ("matching", format!("{body}\n---\n{request}")),
                ("templates", format!("1{{}}\n---\n{request}")),
                (
                    "control",
                    format!("PUT /mockserver/expectation\n\n{body}\n---\n{request}")
                ),
                (
                    "wire",
                    "POST /a HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\nb: c\r\n\r\nd".to_owned()
                ),
            ]
        );
    }

    #[test]
    fn a_file_of_expectations_is_one_seed() {
        assert_eq!(
            of("a.json", "[ {} ]"),
            [("expectations", "[{}]".to_owned())]
        );
    }
}
