//! Documents in YAML.
//!
//! The parser gives events, of which nodes are made here, so that depth and size have bounds whatever
//! the aliases of a document multiply to.

use std::collections::HashMap;

use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Span, Tag};

use super::context::cost;
use crate::node::{Node, SyntaxError};

/// How deep values may be nested, as in JSON.
const DEEPEST: usize = 127;

/// Aliases may repeat so many nodes at most, in a whole document.
const MOST_REPEATED: usize = 1_000_000;

/// Reads a document in JSON or in YAML, of which JSON is nearly a part but is read much faster.
///
/// # Errors
/// Where and why it is neither, or that it is nested or repeated too much.
pub fn parse_document(text: &str) -> Result<Node, SyntaxError> {
    let text = text.trim_start_matches('\u{feff}');
    if !text.trim_start().starts_with(['{', '[']) {
        return parse_yaml(text);
    }
    Node::parse(text).or_else(|error| parse_yaml(text).map_err(|_| error))
}

fn parse_yaml(text: &str) -> Result<Node, SyntaxError> {
    let mut builder = Builder::default();
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| syntax_error(&error))?;
        builder
            .take(event)
            .map_err(|reason| placed(&span, reason))?;
    }
    Ok(builder.root.unwrap_or(Node::Null))
}

fn syntax_error(error: &ScanError) -> SyntaxError {
    SyntaxError {
        line: error.marker().line(),
        column: error.marker().col() + 1,
        reason: error.info().to_owned(),
    }
}

fn placed(span: &Span, reason: &str) -> SyntaxError {
    SyntaxError {
        line: span.start.line(),
        column: span.start.col() + 1,
        reason: reason.to_owned(),
    }
}

/// Makes a node of events.
#[derive(Default)]
struct Builder {
    root: Option<Node>,
    open: Vec<Open>,
    anchors: HashMap<usize, Node>,
    repeated: usize,
}

/// A sequence or a mapping that has not ended.
struct Open {
    anchor: usize,
    kind: Kind,
}

enum Kind {
    Sequence(Vec<Node>),
    Mapping {
        members: Vec<(String, Node)>,
        key: Option<String>,
        /// What `<<` brings; what is written in the mapping itself goes before it.
        merged: Vec<(String, Node)>,
    },
}

impl Builder {
    fn take(&mut self, event: Event<'_>) -> Result<(), &'static str> {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                if let Some(key) = self.wanted_key() {
                    *key = Some(text.into_owned());
                    return Ok(());
                }
                let node = scalar(&text, style, tag.as_deref());
                self.put(anchor, node)
            }
            Event::SequenceStart(anchor, _) => self.open(anchor, Kind::Sequence(Vec::new())),
            Event::MappingStart(anchor, _) => self.open(
                anchor,
                Kind::Mapping {
                    members: Vec::new(),
                    key: None,
                    merged: Vec::new(),
                },
            ),
            Event::SequenceEnd | Event::MappingEnd => self.close(),
            Event::Alias(anchor) => self.repeat(anchor),
            Event::DocumentStart(_) if self.root.is_some() => Err("a second document begins"),
            _ => Ok(()),
        }
    }

    /// The place for a key, if a mapping waits for one.
    fn wanted_key(&mut self) -> Option<&mut Option<String>> {
        match &mut self.open.last_mut()?.kind {
            Kind::Mapping { key, .. } if key.is_none() => Some(key),
            _ => None,
        }
    }

    fn open(&mut self, anchor: usize, kind: Kind) -> Result<(), &'static str> {
        if self.wanted_key().is_some() {
            return Err("a key must be a plain text");
        }
        if self.open.len() >= DEEPEST {
            return Err("it is nested too deeply");
        }
        self.open.push(Open { anchor, kind });
        Ok(())
    }

    fn close(&mut self) -> Result<(), &'static str> {
        let Some(Open { anchor, kind }) = self.open.pop() else {
            return Ok(());
        };
        let node = match kind {
            Kind::Sequence(items) => Node::Array(items),
            Kind::Mapping {
                mut members,
                merged,
                ..
            } => {
                let own: std::collections::HashSet<&str> =
                    members.iter().map(|(name, _)| name.as_str()).collect();
                let merged: Vec<_> = merged
                    .iter()
                    .filter(|(name, _)| !own.contains(name.as_str()))
                    .cloned()
                    .collect();
                members.extend(merged);
                Node::Object(members)
            }
        };
        self.put(anchor, node)
    }

    fn repeat(&mut self, anchor: usize) -> Result<(), &'static str> {
        if self.wanted_key().is_some() {
            return Err("a key must be a plain text");
        }
        let node = self.anchors.get(&anchor);
        let node = node.ok_or("an alias stands within what it names")?;
        self.repeated += cost(node);
        if self.repeated > MOST_REPEATED {
            return Err("its aliases repeat too much");
        }
        if self.open.len() + depth(node) > DEEPEST {
            return Err("it is nested too deeply");
        }
        let node = node.clone();
        self.put(0, node)
    }

    fn put(&mut self, anchor: usize, node: Node) -> Result<(), &'static str> {
        if anchor > 0 {
            self.repeated += cost(&node);
            if self.repeated > MOST_REPEATED {
                return Err("its anchors name too much");
            }
            self.anchors.insert(anchor, node.clone());
        }
        let Some(open) = self.open.last_mut() else {
            self.root = Some(node);
            return Ok(());
        };
        match &mut open.kind {
            Kind::Sequence(items) => items.push(node),
            Kind::Mapping {
                members,
                key,
                merged,
            } => match key.take() {
                Some(key) if key == "<<" => merge(merged, node)?,
                Some(key) => members.push((key, node)),
                None => return Err("a key must be a plain text"),
            },
        }
        Ok(())
    }
}

/// Adds the members of one mapping or of several, of which the first ones win.
fn merge(merged: &mut Vec<(String, Node)>, node: Node) -> Result<(), &'static str> {
    let mappings = match node {
        Node::Array(items) => items,
        node => vec![node],
    };
    for mapping in mappings.into_iter().rev() {
        match mapping {
            // The last member of a name counts, so those that win go behind.
            Node::Object(members) => merged.extend(members),
            _ => return Err("only mappings can be merged"),
        }
    }
    Ok(())
}

fn depth(node: &Node) -> usize {
    match node {
        Node::Array(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        Node::Object(members) => {
            let members = members.iter();
            1 + members.map(|(_, value)| depth(value)).max().unwrap_or(0)
        }
        _ => 0,
    }
}

/// A scalar by the core schema of YAML 1.2, in which `yes` is a text and `0o17` a number.
fn scalar(text: &str, style: ScalarStyle, tag: Option<&Tag>) -> Node {
    let is_text = tag.is_some_and(|tag| tag.is_yaml_core_schema() && tag.suffix == "str");
    if style != ScalarStyle::Plain || is_text {
        return text.into();
    }
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Node::Null,
        "true" | "True" | "TRUE" => Node::Bool(true),
        "false" | "False" | "FALSE" => Node::Bool(false),
        _ => number(text).map_or_else(|| text.into(), Node::Number),
    }
}

fn number(text: &str) -> Option<serde_json::Number> {
    let with_base = [("0x", 16), ("0o", 8)]
        .into_iter()
        .find_map(|(mark, base)| {
            let digits = text.strip_prefix(mark)?;
            (!digits.starts_with(['+', '-']))
                .then(|| u64::from_str_radix(digits, base).ok())
                .flatten()
        });
    if let Some(number) = with_base {
        return Some(number.into());
    }
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let begins = unsigned.starts_with(|letter: char| letter.is_ascii_digit() || letter == '.');
    let ends = unsigned
        .bytes()
        .all(|byte| byte.is_ascii_digit() || b".eE+-".contains(&byte));
    if !begins || !ends {
        return None;
    }
    let positive = text.strip_prefix('+').unwrap_or(text);
    if let Ok(number) = positive.parse::<i64>() {
        return Some(number.into());
    }
    if let Ok(number) = positive.parse::<u64>() {
        return Some(number.into());
    }
    serde_json::Number::from_f64(positive.parse().ok()?)
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;

    fn check(text: &str, expected: &str) {
        let node = parse_document(text).map(|node| node.to_string());
        assert_eq!(node.as_deref(), Ok(expected), "{text}");
    }

    fn refused(text: &str) -> String {
        parse_document(text).unwrap_err().to_string()
    }

    #[test]
    fn values_have_the_types_of_the_core_schema() {
        check(
            "a: 1\nb: [yes, true, ~, '1', 1.5, 0x1F, 0o17, -3, 1e3, 3.0.1, .inf, 2020-01-01]\n200: x\nc: !!str 5\nd:",
            r#"{"a":1,"b":["yes",true,null,"1",1.5,31,15,-3,1000.0,"3.0.1",".inf","2020-01-01"],"200":"x","c":"5","d":null}"#,
        );
        check(
            "text: |\n  two\n  lines\nfolded: >-\n  one\n  line\n",
            r#"{"text":"two\nlines\n","folded":"one line"}"#,
        );
        check(
            "{\"a\": [1, {\"b\": \"\\u00e4\"}]}",
            r#"{"a":[1,{"b":"ä"}]}"#,
        );
        check(
            "{openapi: 3.0.1, a: {b: c}}",
            r#"{"openapi":"3.0.1","a":{"b":"c"}}"#,
        );
        check("", "null");
    }

    #[test]
    fn aliases_and_merges_are_followed() {
        check(
            "base: &b {x: 1, y: 2}\none: *b\ntwo:\n  <<: *b\n  y: 3\nthree:\n  <<: [{x: 9}, *b]\n",
            r#"{"base":{"x":1,"y":2},"one":{"x":1,"y":2},"two":{"y":3,"x":1},"three":{"x":1,"y":2,"x":9}}"#,
        );
    }

    #[test]
    fn aliases_that_multiply_are_refused() {
        let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for level in 1..12 {
            let below = format!("*a{}, ", level - 1).repeat(10);
            let _ = writeln!(text, "a{level}: &a{level} [{below}]");
        }
        let words = refused(&text);
        assert!(words.contains("too much"), "{words}");
        assert!(refused("a: &a [*a]").contains("within what it names"));
    }

    #[test]
    fn depth_costs_nobody_the_stack() {
        for open in ["[", "{a: ", "- ", "? "] {
            assert!(parse_document(&open.repeat(50_000)).is_err(), "{open}");
        }
        let mut deep = String::new();
        for level in 0..1_000 {
            let _ = writeln!(deep, "{}a:", " ".repeat(level));
        }
        assert!(refused(&deep).contains("nested too deeply"));
    }

    #[test]
    fn what_is_wrong_is_placed() {
        assert!(refused("a: 1\nb: [1\nc: 2").starts_with("line "));
        assert!(refused("a:\n  [1]: x").contains("a key must be a plain text"));
        assert!(refused("a: 1\n---\nb: 2").contains("a second document begins"));
    }
}
