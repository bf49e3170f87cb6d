//! From the whole values of a resource to the attributes that change.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::ResourceChange;
use super::attribute::{AttributeChange, AttributePath, Step};

/// Longer texts are cut to this many characters.
const MAX_TEXT_CHARS: usize = 200;

/// Collections whose JSON is longer are summed up in words.
const MAX_JSON_BYTES: usize = 1_000;

/// Shorter sensitive texts are not looked for elsewhere: every `1` or `on` would be hidden.
const MIN_SECRET_CHARS: usize = 4;

/// What stands in a collection for an element that is sensitive.
const SENSITIVE: &str = "(sensitive)";

/// A value before and after, with the masks that Terraform gives along: `true`, or a collection
/// of the same shape with `true` inside.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pair<'a> {
    pub(super) before: &'a Value,
    pub(super) after: &'a Value,
    pub(super) unknown: &'a Value,
    pub(super) before_sensitive: &'a Value,
    pub(super) after_sensitive: &'a Value,
}

/// The attributes that differ, and how many were left out.
pub(super) fn diff(
    pair: Pair<'_>,
    replace_paths: &[AttributePath],
) -> (Vec<AttributeChange>, usize) {
    let mut differ = Differ {
        path: AttributePath::default(),
        secrets: pair.secrets(),
        replace_paths,
        found: Vec::new(),
        omitted: 0,
    };
    differ.compare(pair);
    (differ.found, differ.omitted)
}

/// The values of an output; outputs are shown whole.
pub(super) fn whole(pair: Pair<'_>) -> (Option<Value>, Option<Value>) {
    let secrets = pair.secrets();
    let show = |value: &Value, mask: &Value| present(shorten(&redact(value, mask, &secrets)));
    (
        show(pair.before, pair.before_sensitive),
        show(pair.after, pair.after_sensitive),
    )
}

impl<'a> Pair<'a> {
    pub(super) fn is_sensitive(&self) -> bool {
        is_true(self.before_sensitive) || is_true(self.after_sensitive)
    }

    pub(super) fn is_unknown(&self) -> bool {
        is_true(self.unknown)
    }

    /// The sensitive texts. Providers copy values around, and Terraform's marks do not always
    /// follow: a resource's computed copy of a sensitive argument is often not marked.
    fn secrets(&self) -> BTreeSet<&'a str> {
        let mut secrets = BTreeSet::new();
        collect_secrets(self.before, self.before_sensitive, &mut secrets);
        collect_secrets(self.after, self.after_sensitive, &mut secrets);
        secrets
    }

    /// The same part of all five values.
    fn part(&self, of: impl Fn(&'a Value) -> &'a Value) -> Self {
        Self {
            before: of(self.before),
            after: of(self.after),
            unknown: of(self.unknown),
            // A mask that is `true` holds for all that is inside.
            before_sensitive: of(self.before_sensitive),
            after_sensitive: of(self.after_sensitive),
        }
    }

    /// Whether a look inside tells more than the whole: both sides have parts, or a mask does.
    fn has_parts(&self) -> bool {
        let collections = |a: &Value, b: &Value| {
            (a.is_object() && b.is_object()) || (a.is_array() && b.is_array())
        };
        let masked = [self.unknown, self.before_sensitive, self.after_sensitive]
            .into_iter()
            .any(holds_true);
        collections(self.before, self.after) || masked
    }
}

struct Differ<'a> {
    path: AttributePath,
    secrets: BTreeSet<&'a str>,
    replace_paths: &'a [AttributePath],
    found: Vec<AttributeChange>,
    omitted: usize,
}

impl<'a> Differ<'a> {
    fn compare(&mut self, pair: Pair<'a>) {
        let at_root = self.path.steps().is_empty();
        if pair.is_sensitive() || pair.is_unknown() {
            if pair.before != pair.after || pair.is_unknown() {
                self.emit(pair);
            }
        } else if at_root || pair.has_parts() {
            self.compare_parts(pair);
        } else if pair.before != pair.after {
            self.emit(pair);
        }
    }

    fn compare_parts(&mut self, pair: Pair<'a>) {
        let sides = [pair.before, pair.after, pair.unknown];
        let names: BTreeSet<&str> = sides
            .iter()
            .filter_map(|v| v.as_object())
            .flat_map(Map::keys)
            .map(String::as_str)
            .collect();
        for name in names {
            self.step(
                Step::Name(name.to_owned()),
                pair.part(|value| value.get(name).unwrap_or(&Value::Null)),
            );
        }
        let length = sides
            .iter()
            .filter_map(|v| v.as_array())
            .map(Vec::len)
            .max()
            .unwrap_or(0);
        for index in 0..length {
            self.step(
                Step::Index(index),
                pair.part(|value| value.get(index).unwrap_or(&Value::Null)),
            );
        }
    }

    fn step(&mut self, step: Step, pair: Pair<'a>) {
        self.path.push(step);
        self.compare(pair);
        self.path.pop();
    }

    fn emit(&mut self, pair: Pair<'_>) {
        if self.found.len() == ResourceChange::MAX_ATTRIBUTES {
            self.omitted += 1;
            return;
        }
        let (sensitive, unknown) = (pair.is_sensitive(), pair.is_unknown());
        let show = |value, mask| {
            if sensitive {
                None
            } else {
                present(shorten(&redact(value, mask, &self.secrets)))
            }
        };
        self.found.push(AttributeChange {
            path: self.path.clone(),
            before: show(pair.before, pair.before_sensitive),
            after: if unknown {
                None
            } else {
                show(pair.after, pair.after_sensitive)
            },
            sensitive,
            unknown,
            forces_replacement: self
                .replace_paths
                .iter()
                .any(|path| path.touches(&self.path)),
        });
    }
}

fn present(value: Value) -> Option<Value> {
    (!value.is_null()).then_some(value)
}

fn is_true(mask: &Value) -> bool {
    mask == &Value::Bool(true)
}

/// Whether a mask marks anything.
fn holds_true(mask: &Value) -> bool {
    match mask {
        Value::Bool(set) => *set,
        Value::Array(items) => items.iter().any(holds_true),
        Value::Object(fields) => fields.values().any(holds_true),
        _ => false,
    }
}

fn collect_secrets<'a>(value: &'a Value, mask: &Value, secrets: &mut BTreeSet<&'a str>) {
    if !holds_true(mask) {
        return;
    }
    // Below a mark everything is marked.
    let deeper = |part: Option<&'_ Value>| {
        if is_true(mask) {
            Value::Bool(true)
        } else {
            part.cloned().unwrap_or_default()
        }
    };
    match value {
        Value::String(text) if is_true(mask) && text.chars().count() >= MIN_SECRET_CHARS => {
            secrets.insert(text);
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                collect_secrets(item, &deeper(mask.get(index)), secrets);
            }
        }
        Value::Object(fields) => {
            for (name, field) in fields {
                collect_secrets(field, &deeper(mask.get(name)), secrets);
            }
        }
        _ => {}
    }
}

/// The value with its sensitive parts replaced.
fn redact(value: &Value, mask: &Value, secrets: &BTreeSet<&str>) -> Value {
    if is_true(mask) {
        return Value::from(SENSITIVE);
    }
    let null = &Value::Null;
    match value {
        Value::String(text) if secrets.contains(text.as_str()) => Value::from(SENSITIVE),
        Value::Array(items) => {
            let part = |(index, item)| redact(item, mask.get(index).unwrap_or(null), secrets);
            items.iter().enumerate().map(part).collect()
        }
        Value::Object(fields) => {
            let part = |(name, field): (&String, _)| {
                (
                    name.clone(),
                    redact(field, mask.get(name).unwrap_or(null), secrets),
                )
            };
            Value::Object(fields.iter().map(part).collect())
        }
        other => other.clone(),
    }
}

/// The value, or words about it when it is large.
fn shorten(value: &Value) -> Value {
    match value {
        Value::String(text) => match text.char_indices().nth(MAX_TEXT_CHARS) {
            Some((end, _)) => Value::from(format!(
                "{}… ({} characters)",
                &text[..end],
                text.chars().count()
            )),
            None => value.clone(),
        },
        Value::Array(items) if value.to_string().len() > MAX_JSON_BYTES => {
            Value::from(format!("[… {} elements]", items.len()))
        }
        Value::Object(fields) if value.to_string().len() > MAX_JSON_BYTES => {
            Value::from(format!("{{… {} entries}}", fields.len()))
        }
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// The changes as `path: before -> after [flags]`.
    #[track_caller]
    fn check(values: &[Value; 5], replace: &[&str], expected: &[&str]) {
        let [before, after, unknown, before_sensitive, after_sensitive] = values;
        let pair = Pair {
            before,
            after,
            unknown,
            before_sensitive,
            after_sensitive,
        };
        let replace: Vec<_> = replace
            .iter()
            .map(|name| AttributePath::from_json(vec![json!(name)]))
            .collect();
        let (found, omitted) = diff(pair, &replace);
        assert_eq!(omitted, 0);
        let show =
            |value: &Option<Value>| value.as_ref().map_or("none".to_owned(), Value::to_string);
        let flag = |set: bool, word: &str| {
            if set {
                format!(" {word}")
            } else {
                String::new()
            }
        };
        let lines: Vec<_> = found
            .iter()
            .map(|change| {
                let flags = flag(change.sensitive, "sensitive")
                    + &flag(change.unknown, "unknown")
                    + &flag(change.forces_replacement, "forces");
                format!(
                    "{}: {} -> {}{flags}",
                    change.path,
                    show(&change.before),
                    show(&change.after)
                )
            })
            .collect();
        assert_eq!(lines, expected);
    }

    fn unmasked(before: Value, after: Value) -> [Value; 5] {
        [before, after, json!({}), json!({}), json!({})]
    }

    #[test]
    fn only_what_differs_is_found() {
        let before = json!({"a": 1, "b": {"c": [1, 2], "d": "x"}, "e": null, "gone": "g"});
        let after = json!({"a": 1, "b": {"c": [1, 3, 4], "d": "x"}, "e": null, "new": true});
        let expected = [
            "b.c[1]: 2 -> 3",
            "b.c[2]: none -> 4",
            "gone: \"g\" -> none",
            "new: none -> true",
        ];
        check(&unmasked(before, after), &[], &expected);
    }

    #[test]
    fn a_new_resource_lists_its_attributes_whole() {
        let after = json!({"name": "n", "tags": {"a": "b"}, "nothing": null});
        check(
            &unmasked(Value::Null, after),
            &[],
            &["name: none -> \"n\"", "tags: none -> {\"a\":\"b\"}"],
        );
    }

    #[test]
    fn a_deleted_resource_lists_what_it_was() {
        check(
            &unmasked(json!({"name": "n"}), Value::Null),
            &[],
            &["name: \"n\" -> none"],
        );
    }

    #[test]
    fn values_known_later_are_marked() {
        let values = [
            json!({"id": "1", "k": "v"}),
            json!({"k": "v"}),
            json!({"id": true, "list": [true]}),
            json!({}),
            json!({}),
        ];
        check(
            &values,
            &["id"],
            &[
                "id: \"1\" -> none unknown forces",
                "list[0]: none -> none unknown",
            ],
        );
    }

    #[test]
    fn sensitive_values_are_never_kept() {
        let mask = json!({"password": true, "nested": {"token": true}});
        let before = json!({"password": "old-secret", "nested": {"token": "t-1", "open": 1}});
        let after = json!({"password": "new-secret", "nested": {"token": "t-2", "open": 2}});
        let expected = [
            "nested.open: 1 -> 2",
            "nested.token: none -> none sensitive",
            "password: none -> none sensitive",
        ];
        check(
            &[before, after, json!({}), mask.clone(), mask],
            &[],
            &expected,
        );
    }

    #[test]
    fn a_sensitive_value_that_stays_is_not_mentioned() {
        let value = json!({"password": "same"});
        let mask = json!({"password": true});
        check(
            &[value.clone(), value, json!({}), mask.clone(), mask],
            &[],
            &[],
        );
    }

    #[test]
    fn an_unmarked_copy_of_a_sensitive_value_is_hidden() {
        let after =
            json!({"input": {"key": "hush-hush"}, "output": {"key": "hush-hush", "plain": "p"}});
        let mask = json!({"input": {"key": true}});
        let expected = [
            "input.key: none -> none sensitive",
            "output: none -> {\"key\":\"(sensitive)\",\"plain\":\"p\"}",
        ];
        check(
            &[Value::Null, after, json!({}), json!(false), mask],
            &[],
            &expected,
        );
    }

    #[test]
    fn a_resource_that_is_sensitive_as_a_whole_shows_nothing() {
        check(
            &[
                json!({"a": 1}),
                json!({"a": 2}),
                json!({}),
                json!(true),
                json!(true),
            ],
            &[],
            &[": none -> none sensitive"],
        );
    }

    #[test]
    fn long_values_are_cut_at_a_character() {
        let long = "é".repeat(1_000);
        let list: Vec<_> = (0..1_000).collect();
        let (before, after) = (
            json!({"text": "short"}),
            json!({"text": long, "list": list}),
        );
        let text = format!(
            "text: \"short\" -> \"{}… (1000 characters)\"",
            "é".repeat(200)
        );
        check(
            &unmasked(before, after),
            &[],
            &["list: none -> \"[… 1000 elements]\"", &text],
        );
    }

    #[test]
    fn attributes_beyond_the_limit_are_counted() {
        let after: Map<_, _> = (0..150).map(|n| (format!("a{n}"), json!(n))).collect();
        let null = Value::Null;
        let after = Value::Object(after);
        let pair = Pair {
            before: &null,
            after: &after,
            unknown: &null,
            before_sensitive: &null,
            after_sensitive: &null,
        };
        let (found, omitted) = diff(pair, &[]);
        assert_eq!((found.len(), omitted), (ResourceChange::MAX_ATTRIBUTES, 50));
    }
}
