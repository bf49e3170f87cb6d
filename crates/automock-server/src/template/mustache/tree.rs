//! Builds the tree of a template from its tokens.

use crate::template::budget::MAX_NESTING;
use crate::template::json_path;
use crate::template::source::Fault;
use crate::template::xpath::XPath;

use super::scan::{Token, TokenKind};

/// A part of a template.
#[derive(Debug)]
pub(super) enum Segment {
    /// Rendered as it is.
    Text(String),
    /// A value.
    Variable {
        /// Which.
        name: Name,
        /// Whether signs of HTML are escaped.
        escapes: bool,
    },
    /// Rendered for each item of a list, or if something is true.
    Section {
        /// The condition.
        name: Name,
        /// What is rendered.
        body: Vec<Segment>,
    },
    /// Rendered if something is not true.
    Inverted {
        /// The condition.
        name: Name,
        /// What is rendered.
        body: Vec<Segment>,
    },
    /// `jsonPath`: sets `jsonPathResult`.
    JsonPath(Path<json_path::Path>),
    /// `xPath`: renders what it finds.
    XPath(Path<XPath>),
}

/// A path, which may only be known when it is rendered.
#[derive(Debug)]
pub(super) enum Path<P> {
    /// Known from the beginning.
    Known(P),
    /// The text of these.
    Rendered(Vec<Segment>),
}

/// What a tag names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Name {
    /// `.` or `this`
    This,
    /// `-first`
    First,
    /// `-last`
    Last,
    /// `-index`, which counts from 1.
    Index,
    /// Anything else.
    Path {
        /// As it is written.
        whole: String,
        /// Its parts between the dots.
        parts: Vec<String>,
    },
}

impl Name {
    fn new(text: &str) -> Self {
        match text {
            "." | "this" => Self::This,
            "-first" => Self::First,
            "-last" => Self::Last,
            "-index" => Self::Index,
            _ => Self::Path {
                whole: text.to_owned(),
                parts: text.split('.').map(str::to_owned).collect(),
            },
        }
    }
}

struct Open {
    offset: usize,
    name: String,
    is_inverted: bool,
    body: Vec<Segment>,
}

/// The tree of a template.
pub(super) fn build(text: &str, tokens: Vec<Token>) -> Result<Vec<Segment>, Fault> {
    let mut open: Vec<Open> = Vec::new();
    let mut body = Vec::new();
    for Token { range, kind } in tokens {
        match kind {
            TokenKind::Text if range.is_empty() => {}
            TokenKind::Text => body.push(Segment::Text(text[range].to_owned())),
            TokenKind::Silent => {}
            TokenKind::Escaped(name) => body.push(variable(&name, true)),
            TokenKind::Raw(name) => body.push(variable(&name, false)),
            TokenKind::Section(_) | TokenKind::Inverted(_) if open.len() == MAX_NESTING => {
                return Err(Fault::new(range.start, "sections nest too deep"));
            }
            TokenKind::Section(name) => open.push(begin(range.start, name, false, &mut body)),
            TokenKind::Inverted(name) => open.push(begin(range.start, name, true, &mut body)),
            TokenKind::Close(name) => {
                let section = close(open.pop(), &name, range.start)?;
                let inner = std::mem::replace(&mut body, section.body);
                body.push(segment(
                    section.offset,
                    &section.name,
                    section.is_inverted,
                    inner,
                )?);
            }
        }
    }
    match open.pop() {
        Some(section) => {
            let reason = format!("the section `{}` is not closed", section.name);
            Err(Fault::new(section.offset, reason))
        }
        None => Ok(body),
    }
}

/// Remembers what was before a section, whose body is collected from now on.
fn begin(offset: usize, name: String, is_inverted: bool, body: &mut Vec<Segment>) -> Open {
    Open {
        offset,
        name,
        is_inverted,
        body: std::mem::take(body),
    }
}

fn close(section: Option<Open>, name: &str, offset: usize) -> Result<Open, Fault> {
    match section {
        Some(section) if section.name == name => Ok(section),
        Some(section) => {
            let reason = format!("`{name}` closes the section `{}`", section.name);
            Err(Fault::new(offset, reason))
        }
        None => Err(Fault::new(
            offset,
            format!("there is no section `{name}` to close"),
        )),
    }
}

fn variable(name: &str, escapes: bool) -> Segment {
    let name = Name::new(name);
    Segment::Variable { name, escapes }
}

fn segment(
    offset: usize,
    name: &str,
    is_inverted: bool,
    body: Vec<Segment>,
) -> Result<Segment, Fault> {
    let fault = |reason| Fault::new(offset, reason);
    Ok(match (name, is_inverted) {
        ("jsonPath", false) => {
            Segment::JsonPath(path(body, json_path::Path::parse).map_err(fault)?)
        }
        ("xPath", false) => Segment::XPath(path(body, XPath::parse).map_err(fault)?),
        (name, is_inverted) => {
            let name = Name::new(name);
            if is_inverted {
                Segment::Inverted { name, body }
            } else {
                Segment::Section { name, body }
            }
        }
    })
}

fn path<P>(
    body: Vec<Segment>,
    parse: impl Fn(&str) -> Result<P, String>,
) -> Result<Path<P>, String> {
    match body.as_slice() {
        [] => parse("").map(Path::Known),
        [Segment::Text(text)] => parse(text).map(Path::Known),
        _ => Ok(Path::Rendered(body)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::template::mustache::scan;

    #[test]
    fn sections_that_do_not_fit_are_refused() {
        let deep = "{{#a}}".repeat(MAX_NESTING + 1);
        let cases = [
            ("x{{#a}}", 1, "the section `a` is not closed"),
            ("{{#a}}{{/b}}", 6, "`b` closes the section `a`"),
            ("{{/b}}", 0, "there is no section `b` to close"),
            (deep.as_str(), 600, "sections nest too deep"),
        ];
        for (text, offset, reason) in cases {
            let fault = build(text, scan::tokens(text).unwrap()).unwrap_err();
            assert_eq!(fault, Fault::new(offset, reason));
        }
    }

    #[test]
    fn paths_are_checked_beforehand() {
        for text in [
            "{{#jsonPath}}a b{{/jsonPath}}",
            "{{#xPath}}count(//a){{/xPath}}",
        ] {
            let fault = build(text, scan::tokens(text).unwrap()).unwrap_err();
            assert_eq!(fault.offset, 0, "{}", fault.reason);
        }
        let text = "{{#jsonPath}}$.{{a}}{{/jsonPath}}";
        let tree = build(text, scan::tokens(text).unwrap()).unwrap();
        assert!(matches!(
            tree.as_slice(),
            [Segment::JsonPath(Path::Rendered(_))]
        ));
    }
}
