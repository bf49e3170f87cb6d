//! Lays out HCL the way `terraform fmt` does.
//!
//! hcl-rs writes valid HCL, but with one space before every `=` and with each array either
//! always or never on one line. `terraform fmt` aligns the `=` of neighbouring one-line
//! attributes, so its output would be reformatted by the first person who opens it, and a
//! formatting check over a committed workspace would fail. Here the structure is laid out and
//! hcl-rs writes the leaves.
//!
//! How wide a text is, `terraform fmt` decides by the Unicode version that it was built with. So
//! an entry whose key goes beyond ASCII stands alone between empty lines, where there is nothing
//! to align it with.

use hcl::expr::{Expression, ObjectKey};
use hcl::format::{Format, Formatter};
use hcl::structure::{Attribute, Block, BlockLabel, Body, Structure};

use crate::quote::{quote, quote_strings};

/// One-line values end before this column.
const MAX_COLUMNS: usize = 100;

/// Objects in a list with more entries than this get one line per entry.
const MAX_INLINE_ENTRIES: usize = 3;

const INDENT: usize = 2;

/// Renders a body, with a line feed at the end.
pub(crate) fn to_string(body: &Body) -> String {
    let mut out = String::new();
    write_body(&mut out, body, 0);
    out
}

/// One `key = value` of a body or an object, before alignment.
struct Entry {
    key: String,
    value: String,
    /// Whether an empty line goes between the entry before and this one.
    is_apart: bool,
}

impl Entry {
    fn is_one_line(&self) -> bool {
        !self.value.contains('\n')
    }
}

fn write_body(out: &mut String, body: &Body, indent: usize) {
    let mut entries = Vec::new();
    let mut is_first = true;
    for structure in body {
        match structure {
            Structure::Attribute(attribute) => {
                entries.push(entry(attribute, entries.last(), indent));
            }
            Structure::Block(block) => {
                is_first &= entries.is_empty();
                write_entries(out, &entries, indent);
                entries.clear();
                if !is_first {
                    out.push('\n');
                }
                is_first = false;
                write_block(out, block, indent);
            }
        }
    }
    if !is_first && !entries.is_empty() {
        out.push('\n');
    }
    write_entries(out, &entries, indent);
}

fn write_block(out: &mut String, block: &Block, indent: usize) {
    let pad = " ".repeat(indent);
    out.push_str(&pad);
    out.push_str(block.identifier());
    for label in block.labels() {
        out.push(' ');
        match label {
            BlockLabel::Identifier(identifier) => out.push_str(identifier),
            BlockLabel::String(text) => out.push_str(&quote(text)),
        }
    }
    if block.body().0.is_empty() {
        out.push_str(" {}\n");
        return;
    }
    out.push_str(" {\n");
    write_body(out, block.body(), indent + INDENT);
    out.push_str(&pad);
    out.push_str("}\n");
}

fn entry(attribute: &Attribute, before: Option<&Entry>, indent: usize) -> Entry {
    let key = attribute.key().to_owned();
    let value = layout(attribute.expr(), indent, key.chars().count() + 3);
    // Meta-arguments stand apart from the arguments of a module or resource.
    let is_apart = key == "depends_on" || before.is_some_and(|before| before.key == "source");
    Entry {
        key,
        value,
        is_apart: is_apart && indent == INDENT,
    }
}

/// Writes entries and aligns the `=` of one-line neighbours, which is what `terraform fmt` does:
/// an entry over several lines and an empty line each start a new group.
fn write_entries(out: &mut String, entries: &[Entry], indent: usize) {
    let pad = " ".repeat(indent);
    let is_gap = |a: &Entry, b: &Entry| b.is_apart || !a.key.is_ascii() || !b.key.is_ascii();
    let is_group = |a: &Entry, b: &Entry| a.is_one_line() && b.is_one_line() && !is_gap(a, b);
    let mut before: Option<&Entry> = None;
    for group in entries.chunk_by(is_group) {
        if before.is_some_and(|before| is_gap(before, &group[0])) {
            out.push('\n');
        }
        let width = group
            .iter()
            .map(|entry| entry.key.len())
            .max()
            .unwrap_or_default();
        for entry in group {
            let gap = " ".repeat(width - entry.key.len());
            out.extend([pad.as_str(), &entry.key, &gap, " = ", &entry.value, "\n"]);
        }
        before = group.last();
    }
}

/// Renders a value on one line if it is small, else over several. `used` is how many columns
/// of the first line are taken after the indentation.
fn layout(expr: &Expression, indent: usize, used: usize) -> String {
    let inline = inline(expr);
    let fits = indent + used + inline.chars().count() <= MAX_COLUMNS;
    if fits && is_small(expr) {
        return inline;
    }
    let pad = " ".repeat(indent);
    match expr {
        Expression::Array(items) => {
            let mut out = String::from("[\n");
            for item in items {
                let item = layout_item(item, indent + INDENT);
                out.extend([pad.as_str(), "  ", &item, ",\n"]);
            }
            out + &pad + "]"
        }
        Expression::Object(object) => {
            let mut out = String::from("{\n");
            let entries: Vec<_> = object
                .iter()
                .map(|(key, value)| {
                    let key = object_key(key);
                    let value = layout(value, indent + INDENT, key.chars().count() + 3);
                    Entry {
                        key,
                        value,
                        is_apart: false,
                    }
                })
                .collect();
            write_entries(&mut out, &entries, indent + INDENT);
            out + &pad + "}"
        }
        _ => inline,
    }
}

/// Renders an element of a list, where a small object may stay on one line.
fn layout_item(item: &Expression, indent: usize) -> String {
    if let Expression::Object(object) = item {
        let is_flat = object.len() <= MAX_INLINE_ENTRIES && !object.values().any(is_collection);
        let inline = inline(item);
        if is_flat && indent + inline.chars().count() < MAX_COLUMNS {
            return inline;
        }
    }
    layout(item, indent, 1)
}

/// Whether a value reads well on one line, if it fits.
fn is_small(expr: &Expression) -> bool {
    match expr {
        Expression::Array(items) => !items.iter().any(is_collection),
        Expression::Object(object) => object.is_empty(),
        _ => true,
    }
}

fn is_collection(expr: &Expression) -> bool {
    match expr {
        Expression::Array(items) => !items.is_empty(),
        Expression::Object(object) => !object.is_empty(),
        _ => false,
    }
}

fn object_key(key: &ObjectKey) -> String {
    match key {
        ObjectKey::Expression(Expression::String(text)) => quote(text),
        key => key.to_string(),
    }
}

fn inline(expr: &Expression) -> String {
    let mut formatter = Formatter::builder().compact(true).build_vec();
    quote_strings(expr)
        .format_string(&mut formatter)
        .expect("formatting into memory does not fail")
}

#[cfg(test)]
mod tests;
