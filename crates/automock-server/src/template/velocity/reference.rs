//! Parses references.

use crate::template::methods;
use crate::template::source::Fault;

use super::ast::{Expression, Reference, Step};
use super::parser::{Parser, Use};

/// Parses a reference if there is one: a `$` alone is text.
pub(super) fn reference(parser: &mut Parser<'_>) -> Result<Option<Reference>, Fault> {
    let (mark, offset) = (parser.mark(), parser.offset());
    parser.skip(1);
    let is_quiet = parser.take("!");
    let is_formal = parser.take("{");
    let Some(root) = parser.name() else {
        parser.reset(mark);
        return Ok(None);
    };
    let root = root.to_owned();
    let steps = parser.deeper(steps)?;
    let default = if is_formal && parser.take("|") {
        Some(parser.deeper(super::expression::expression)?)
    } else {
        None
    };
    if is_formal {
        parser.expect("}")?;
    }
    parser.notes.uses.push(usage(offset, &root, &steps));
    Ok(Some(Reference {
        offset,
        source: parser.since(mark).into(),
        backslashes: 0,
        is_quiet,
        root,
        steps,
        default,
    }))
}

fn usage(offset: usize, root: &str, steps: &[Step]) -> Use {
    let (member, arguments) = match steps.first() {
        Some(Step::Property(name)) => (Some(name.clone()), None),
        Some(Step::Call(name, arguments)) => (Some(name.clone()), Some(arguments.len())),
        Some(Step::Index(_)) | None => (None, None),
    };
    Use {
        offset,
        root: root.to_owned(),
        member,
        arguments,
    }
}

fn steps(parser: &mut Parser<'_>) -> Result<Vec<Step>, Fault> {
    let mut steps = Vec::new();
    loop {
        if parser.take("[") {
            parser.blanks();
            let index = super::expression::expression(parser)?;
            parser.blanks();
            parser.expect("]")?;
            steps.push(Step::Index(index));
            continue;
        }
        let mark = parser.mark();
        let name = if parser.take(".") {
            parser.name()
        } else {
            None
        };
        let Some(name) = name else {
            parser.reset(mark);
            return Ok(steps);
        };
        steps.push(member(parser, name, steps.is_empty(), mark)?);
    }
}

fn member(parser: &mut Parser<'_>, name: &str, is_first: bool, mark: usize) -> Result<Step, Fault> {
    if !parser.take("(") {
        return Ok(Step::Property(name.to_owned()));
    }
    let arguments = arguments(parser)?;
    // The first may be a function of a tool, which is checked when all names are known.
    if !is_first && !methods::is_known(name, arguments.len()) {
        parser.reset(mark + 1);
        return Err(parser.fault(unknown_method(name)));
    }
    Ok(Step::Call(name.to_owned(), arguments))
}

/// What is wrong with a method that does not exist.
pub(super) fn unknown_method(name: &str) -> String {
    format!("the method `{name}` is not supported")
}

fn arguments(parser: &mut Parser<'_>) -> Result<Vec<Expression>, Fault> {
    let mut arguments = Vec::new();
    parser.blanks();
    if parser.take(")") {
        return Ok(arguments);
    }
    loop {
        arguments.push(super::expression::expression(parser)?);
        parser.blanks();
        if parser.take(")") {
            return Ok(arguments);
        }
        parser.expect(",")?;
        parser.blanks();
    }
}
