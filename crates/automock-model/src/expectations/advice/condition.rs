//! What a request matcher asks for, and whether one asks for no more than another.

use serde_json::{Map, Value};

use super::super::{RECORDED_PROPERTIES, REQUEST_PROPERTIES};
use super::language::Language;

/// What a request matcher asks for.
#[derive(Clone, Debug, Default)]
pub(super) struct Condition {
    parts: Map<String, Value>,
    /// Which paths it takes, if that is simple.
    paths: Option<Language>,
}

/// Parts of a matcher in which each pair is a condition of its own.
const PAIRS: [&str; 3] = ["headers", "queryStringParameters", "cookies"];

impl Condition {
    /// Reads a matcher; nothing if it has parts whose meaning is not known here.
    pub(super) fn read(request: Option<&Value>) -> Option<Self> {
        let mut parts = match request {
            None | Some(Value::Null) => Map::new(),
            Some(Value::Object(parts)) => parts.clone(),
            Some(_) => return None,
        };
        parts.retain(|name, value| {
            !RECORDED_PROPERTIES.contains(&name.as_str()) && !is_nothing(value)
        });
        let mut names = parts.keys().map(String::as_str);
        let is_known = names.all(|name| REQUEST_PROPERTIES.contains(&name));
        if !is_known {
            return None;
        }
        let path = parts.get("path").and_then(Value::as_str);
        Some(Self {
            paths: path.and_then(Language::of),
            parts,
        })
    }

    /// The path if only one path is meant, in lower case.
    pub(super) fn only_path(&self) -> Option<String> {
        let path = self.parts.get("path")?.as_str()?;
        let is_plain =
            !path.contains(['\\', '.', '*', '+', '?', '[', '(', '|', '{', '^', '$', '!']);
        is_plain.then(|| path.to_ascii_lowercase())
    }

    /// Whether it certainly takes every request that the other takes.
    pub(super) fn contains(&self, other: &Self) -> bool {
        self.parts.iter().all(|(name, value)| {
            let theirs = other.parts.get(name);
            match name.as_str() {
                "method" => takes_text(value, theirs),
                "path" | "pathParameters" => self.takes_path(other),
                name if PAIRS.contains(&name) => takes_pairs(value, theirs),
                // Nothing less than the same is known to be wider.
                _ => theirs == Some(value),
            }
        })
    }

    /// With path parameters braces mean something, so both parts are looked at together.
    fn takes_path(&self, other: &Self) -> bool {
        let same = |name| self.parts.get(name) == other.parts.get(name);
        if same("path") && same("pathParameters") {
            return true;
        }
        if self.parts.contains_key("pathParameters") {
            return false;
        }
        let Some(path) = self.parts.get("path") else {
            return true;
        };
        if other.parts.contains_key("pathParameters") {
            return path.as_str() == Some(".*");
        }
        let (wide, narrow) = (self.paths.as_ref(), other.paths.as_ref());
        path.as_str() == Some(".*")
            || wide
                .zip(narrow)
                .is_some_and(|(wide, narrow)| wide.contains(narrow))
    }
}

/// Blank texts and empty objects ask for nothing.
fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Object(members) => members.is_empty(),
        Value::Array(items) => items.is_empty(),
        _ => false,
    }
}

fn takes_text(wide: &Value, narrow: Option<&Value>) -> bool {
    if narrow == Some(wide) {
        return true;
    }
    let Some(wide) = wide.as_str() else {
        return false;
    };
    let narrow = narrow.and_then(Value::as_str).and_then(Language::of);
    let both = Language::of(wide).zip(narrow);
    wide == ".*" || both.is_some_and(|(wide, narrow)| wide.contains(&narrow))
}

/// A matcher that asks for all of these pairs and maybe more takes no other requests.
fn takes_pairs(wide: &Value, narrow: Option<&Value>) -> bool {
    if narrow == Some(wide) {
        return true;
    }
    let (Some(wide), Some(mut narrow)) = (pairs(wide), narrow.and_then(pairs)) else {
        return false;
    };
    wide.iter().all(|pair| {
        let found = narrow.iter().position(|other| other == pair);
        found.map(|place| narrow.swap_remove(place)).is_some()
    })
}

/// Names and values, if all of them are plain texts that are asked for.
fn pairs(value: &Value) -> Option<Vec<(String, String)>> {
    let mut found = Vec::new();
    match value {
        Value::Object(members) => {
            for (name, values) in members {
                push_values(&mut found, name, values)?;
            }
        }
        Value::Array(items) => {
            for item in items {
                let members = item.as_object().filter(|members| members.len() == 2)?;
                let values = members.get("values").or_else(|| members.get("value"))?;
                push_values(&mut found, members.get("name")?.as_str()?, values)?;
            }
        }
        _ => return None,
    }
    Some(found)
}

fn push_values(found: &mut Vec<(String, String)>, name: &str, values: &Value) -> Option<()> {
    let plain = |text: &str| !text.starts_with(['!', '?']);
    if !plain(name) || name == "keyMatchStyle" {
        return None;
    }
    let mut push = |value: &Value| {
        let value = value.as_str().filter(|value| plain(value))?;
        found.push((name.to_owned(), value.to_owned()));
        Some(())
    };
    match values {
        // What a name without values asks for is another matter.
        Value::Array(values) if values.is_empty() => None,
        Value::Array(values) => values.iter().try_for_each(push),
        value => push(value),
    }
}
