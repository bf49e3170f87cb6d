//! The table `[tags]`.

use std::collections::BTreeMap;

use super::reader::{Fault, Node, Reader};
use super::writer::Writer;

/// A resource has at most 50 tags; ten are kept for AutoMock and AWS:
/// <https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html>.
pub(super) const MAX_TAGS: usize = 40;
const MAX_KEY: usize = 128;
const MAX_VALUE: usize = 256;

pub(super) fn read(reader: &Reader<'_>) -> Option<BTreeMap<String, String>> {
    let entries = reader.map("tags")?;
    let mut tags = BTreeMap::new();
    // IAM takes keys that differ only in case for the same key.
    let mut seen: BTreeMap<String, &str> = BTreeMap::new();
    let mut complete = true;
    for (key, node) in &entries {
        let Some(value) = read_tag(key, node) else {
            complete = false;
            continue;
        };
        if let Some(other) = seen.insert(key.to_lowercase(), key) {
            node.report(Fault::new(format!(
                "has the same key as {other:?}: IAM ignores the case of keys"
            )));
        }
        tags.insert((*key).to_owned(), value.to_owned());
    }
    complete.then_some(tags)
}

fn read_tag<'a>(key: &str, node: &Node<'a>) -> Option<&'a str> {
    let value = node.text()?;
    let faults: Vec<_> = [check_key(key), check_value(value)]
        .into_iter()
        .filter_map(Result::err)
        .collect();
    let complete = faults.is_empty();
    for fault in faults {
        node.report(fault);
    }
    complete.then_some(value)
}

pub(super) fn write(tags: &BTreeMap<String, String>, writer: &mut Writer) {
    if tags.is_empty() {
        return;
    }
    writer.section("tags");
    for (key, value) in tags {
        writer.set(key, value.as_str());
    }
}

fn check_key(key: &str) -> Result<(), Fault> {
    let lower = key.to_lowercase();
    for prefix in ["aws:", "automock:"] {
        if lower.starts_with(prefix) {
            return Err(Fault::new(format!(
                "has a key that starts with {prefix:?}, which is reserved"
            )));
        }
    }
    if key.trim() != key || key.is_empty() {
        return Err(Fault::new("has an empty key or one with space around it"));
    }
    check_text("key", key, MAX_KEY)
}

fn check_value(value: &str) -> Result<(), Fault> {
    check_text("value", value, MAX_VALUE)
}

/// Letters, digits, spaces and `_.:/=+-@` are possible with every service:
/// <https://docs.aws.amazon.com/tag-editor/latest/userguide/tagging.html>.
fn check_text(what: &str, text: &str, max: usize) -> Result<(), Fault> {
    let length = text.chars().count();
    if length > max {
        return Err(Fault::new(format!(
            "has a {what} of {length} characters; at most {max} are possible"
        )));
    }
    let fits = |c: char| c.is_alphanumeric() || c == ' ' || "_.:/=+-@".contains(c);
    match text.chars().find(|c| !fits(*c)) {
        Some(odd) => Err(Fault::new(format!(
            "has {odd:?} in its {what}; letters, digits, spaces and _.:/=+-@ are possible"
        ))),
        None => Ok(()),
    }
}
