//! Parses expressions.

use std::sync::Arc;

use crate::template::source::Fault;
use crate::template::value::Value;

use super::ast::{Expression, Operator};
use super::parser::Parser;
use super::reference::reference;
use super::{scan, tree};

type Parsed = Result<Expression, Fault>;

const EQUALITY: &[(&str, Operator)] = &[
    ("==", Operator::Equal),
    ("!=", Operator::Unequal),
    ("eq", Operator::Equal),
    ("ne", Operator::Unequal),
];
const RELATION: &[(&str, Operator)] = &[
    ("<=", Operator::LessOrEqual),
    (">=", Operator::GreaterOrEqual),
    ("<", Operator::Less),
    (">", Operator::Greater),
    ("lt", Operator::Less),
    ("le", Operator::LessOrEqual),
    ("gt", Operator::Greater),
    ("ge", Operator::GreaterOrEqual),
];
const SUM: &[(&str, Operator)] = &[("+", Operator::Add), ("-", Operator::Subtract)];
const PRODUCT: &[(&str, Operator)] = &[
    ("*", Operator::Multiply),
    ("/", Operator::Divide),
    ("%", Operator::Remainder),
];

/// Parses an expression.
pub(super) fn expression(parser: &mut Parser<'_>) -> Parsed {
    parser.deeper(|parser| {
        let row = row(parser, &["||", "or"], |parser| {
            let row = row(parser, &["&&", "and"], equality)?;
            Ok(one_or(row, Expression::All))
        })?;
        Ok(one_or(row, Expression::Any))
    })
}

fn row(
    parser: &mut Parser<'_>,
    separators: &[&str],
    part: impl Fn(&mut Parser<'_>) -> Parsed,
) -> Result<Vec<Expression>, Fault> {
    let mut row = vec![part(parser)?];
    loop {
        let mark = parser.mark();
        parser.blanks();
        if !separators
            .iter()
            .any(|separator| take_operator(parser, separator))
        {
            parser.reset(mark);
            return Ok(row);
        }
        row.push(part(parser)?);
    }
}

fn one_or(mut row: Vec<Expression>, several: fn(Vec<Expression>) -> Expression) -> Expression {
    match row.pop() {
        Some(only) if row.is_empty() => only,
        last => {
            row.extend(last);
            several(row)
        }
    }
}

fn take_operator(parser: &mut Parser<'_>, operator: &str) -> bool {
    if operator.starts_with(|sign: char| sign.is_ascii_alphabetic()) {
        parser.take_word(operator)
    } else {
        parser.take(operator)
    }
}

fn equality(parser: &mut Parser<'_>) -> Parsed {
    chain(parser, EQUALITY, |parser| {
        chain(parser, RELATION, |parser| {
            chain(parser, SUM, |parser| chain(parser, PRODUCT, unary))
        })
    })
}

fn chain(
    parser: &mut Parser<'_>,
    operators: &[(&str, Operator)],
    part: impl Fn(&mut Parser<'_>) -> Parsed,
) -> Parsed {
    let first = part(parser)?;
    let mut rest = Vec::new();
    loop {
        let mark = parser.mark();
        parser.blanks();
        let mut known = operators.iter();
        let Some((_, operator)) = known.find(|(text, _)| take_operator(parser, text)) else {
            parser.reset(mark);
            break;
        };
        rest.push((*operator, part(parser)?));
    }
    Ok(if rest.is_empty() {
        first
    } else {
        Expression::Chain(Box::new(first), rest)
    })
}

fn unary(parser: &mut Parser<'_>) -> Parsed {
    parser.blanks();
    if parser.take("!") || parser.take_word("not") {
        return Ok(Expression::Not(Box::new(parser.deeper(unary)?)));
    }
    if parser.take("-") {
        return Ok(Expression::Negate(Box::new(parser.deeper(unary)?)));
    }
    primary(parser)
}

fn primary(parser: &mut Parser<'_>) -> Parsed {
    match parser.peek() {
        Some('$') => match reference(parser)? {
            Some(found) => Ok(Expression::Reference(Box::new(found))),
            None => Err(parser.fault("a name is expected after `$`")),
        },
        Some(quote @ ('"' | '\'')) => string(parser, quote),
        Some('0'..='9') => number(parser),
        Some('(') => {
            parser.skip(1);
            let inner = expression(parser)?;
            parser.blanks();
            parser.expect(")")?;
            Ok(inner)
        }
        Some('[') => list(parser),
        Some('{') => map(parser),
        _ => word(parser),
    }
}

fn word(parser: &mut Parser<'_>) -> Parsed {
    let words = [
        ("true", Value::Bool(true)),
        ("false", Value::Bool(false)),
        ("null", Value::Null),
    ];
    for (word, value) in words {
        if parser.take_word(word) {
            return Ok(Expression::Value(value));
        }
    }
    Err(parser.expected("a value"))
}

fn number(parser: &mut Parser<'_>) -> Parsed {
    let mark = parser.mark();
    parser.take_while(|sign| sign.is_ascii_digit());
    let fraction = parser.rest().strip_prefix('.');
    let is_float =
        fraction.is_some_and(|rest| rest.starts_with(|sign: char| sign.is_ascii_digit()));
    if is_float {
        parser.skip(1);
        parser.take_while(|sign| sign.is_ascii_digit());
        exponent(parser);
    }
    let text = parser.since(mark);
    let value = if is_float {
        text.parse().ok().map(Value::Float)
    } else {
        text.parse().ok().map(Value::Integer)
    };
    let value = value.ok_or_else(|| parser.fault("the number is too large"))?;
    Ok(Expression::Value(value))
}

fn exponent(parser: &mut Parser<'_>) {
    let mark = parser.mark();
    if parser.take("e") || parser.take("E") {
        let _ = parser.take("-") || parser.take("+");
        if parser.take_while(|sign| sign.is_ascii_digit()).is_empty() {
            parser.reset(mark);
        }
    }
}

/// In single quotes nothing is special; in double quotes references and directives are. A quote is
/// written twice.
fn string(parser: &mut Parser<'_>, quote: char) -> Parsed {
    let offset = parser.offset();
    parser.skip(1);
    let mut text = String::new();
    loop {
        text += parser.take_while(|sign| sign != quote);
        if parser.peek().is_none() {
            return Err(Fault::new(offset, "the string is not closed"));
        }
        parser.skip(1);
        if parser.peek() != Some(quote) {
            break;
        }
        parser.skip(1);
        text.push(quote);
    }
    if quote == '"' && text.contains(['$', '#']) {
        return interpolated(parser, &text, offset);
    }
    Ok(Expression::Value(Value::Text(Arc::from(text))))
}

fn interpolated(parser: &mut Parser<'_>, text: &str, offset: usize) -> Parsed {
    parser.deeper(|parser| {
        let mut nested = parser.nested(text, offset);
        let tokens = scan::tokens(&mut nested)?;
        parser.notes = nested.notes;
        tree::build(tokens).map(Expression::Interpolated)
    })
}

fn list(parser: &mut Parser<'_>) -> Parsed {
    parser.skip(1);
    parser.blanks();
    if parser.take("]") {
        return Ok(Expression::List(Vec::new()));
    }
    let mut items = vec![expression(parser)?];
    parser.blanks();
    if parser.take("..") {
        let end = expression(parser)?;
        parser.blanks();
        parser.expect("]")?;
        let range = items.pop().map(|start| Box::new((start, end)));
        return range
            .map(Expression::Range)
            .ok_or_else(|| parser.expected("a value"));
    }
    while !parser.take("]") {
        parser.expect(",")?;
        items.push(expression(parser)?);
        parser.blanks();
    }
    Ok(Expression::List(items))
}

fn map(parser: &mut Parser<'_>) -> Parsed {
    parser.skip(1);
    parser.blanks();
    let mut entries = Vec::new();
    if parser.take("}") {
        return Ok(Expression::Map(entries));
    }
    loop {
        let key = expression(parser)?;
        parser.blanks();
        parser.expect(":")?;
        entries.push((key, expression(parser)?));
        parser.blanks();
        if parser.take("}") {
            return Ok(Expression::Map(entries));
        }
        parser.expect(",")?;
    }
}
