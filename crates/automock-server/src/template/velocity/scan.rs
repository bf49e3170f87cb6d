//! Takes a template apart into texts, references and directives.

use crate::template::source::Fault;

use super::ast::{Expression, Reference};
use super::parser::Parser;
use super::{expression, lines, reference};

/// Directives of Velocity that do not exist here.
const UNSUPPORTED: [&str; 5] = ["macro", "include", "parse", "define", "evaluate"];

/// A part of a template before its blocks are known.
#[derive(Debug)]
pub(super) enum Token {
    /// Rendered as it is.
    Text(String),
    /// `$name`
    Reference(Reference),
    /// A directive and its byte.
    Directive(usize, Directive),
    /// `#* .. *#`
    Comment,
    /// `## ..` with the end of the line.
    LineComment,
}

/// A directive.
#[derive(Debug)]
pub(super) enum Directive {
    /// `#set`
    Set(Box<(Reference, Expression)>),
    /// `#if`
    If(Expression),
    /// `#elseif`
    ElseIf(Expression),
    /// `#else`
    Else,
    /// `#end`
    End,
    /// `#foreach`
    Foreach(String, Expression),
    /// `#break`
    Break,
    /// `#stop`
    Stop,
}

/// The tokens of a template, without the lines that only directives are on.
pub(super) fn tokens(parser: &mut Parser<'_>) -> Result<Vec<Token>, Fault> {
    let mut scanner = Scanner {
        text: String::new(),
        tokens: Vec::new(),
    };
    while parser.peek().is_some() {
        scanner.next(parser)?;
    }
    scanner.flush();
    Ok(lines::remove(scanner.tokens))
}

struct Scanner {
    text: String,
    tokens: Vec<Token>,
}

impl Scanner {
    fn next(&mut self, parser: &mut Parser<'_>) -> Result<(), Fault> {
        self.text += parser.take_while(|sign| !matches!(sign, '$' | '#'));
        match parser.peek() {
            Some('$') => self.reference(parser),
            Some('#') => self.hash(parser),
            _ => Ok(()),
        }
    }

    fn flush(&mut self) {
        if !self.text.is_empty() {
            self.tokens
                .push(Token::Text(std::mem::take(&mut self.text)));
        }
    }

    fn push(&mut self, token: Token) {
        self.flush();
        self.tokens.push(token);
    }

    fn reference(&mut self, parser: &mut Parser<'_>) -> Result<(), Fault> {
        match reference::reference(parser)? {
            Some(mut found) => {
                found.backslashes = self.take_backslashes();
                self.push(Token::Reference(found));
            }
            None => self.keep(parser, "$"),
        }
        Ok(())
    }

    fn keep(&mut self, parser: &mut Parser<'_>, text: &str) {
        parser.skip(text.len());
        self.text += text;
    }

    fn take_backslashes(&mut self) -> usize {
        let kept = self.text.trim_end_matches('\\').len();
        let count = self.text.len() - kept;
        self.text.truncate(kept);
        count
    }

    fn hash(&mut self, parser: &mut Parser<'_>) -> Result<(), Fault> {
        if parser.take("##") {
            parser.take_while(|sign| !matches!(sign, '\n' | '\r'));
            let _ = parser.take("\r\n") || parser.take("\n") || parser.take("\r");
            self.push(Token::LineComment);
            return Ok(());
        }
        if let Some(end) = enclosed(parser, "#*", "*#")? {
            parser.skip(end);
            self.push(Token::Comment);
            return Ok(());
        }
        if let Some(end) = enclosed(parser, "#[[", "]]#")? {
            self.text += &parser.rest()[3..end - 3];
            parser.skip(end);
            return Ok(());
        }
        self.directive(parser)
    }

    fn directive(&mut self, parser: &mut Parser<'_>) -> Result<(), Fault> {
        let (mark, offset) = (parser.mark(), parser.offset());
        parser.skip(1);
        let is_formal = parser.take("{");
        let name = parser.take_while(|sign| sign.is_ascii_alphanumeric() || sign == '_');
        if is_formal && !parser.take("}") {
            parser.reset(mark);
            self.keep(parser, "#");
            return Ok(());
        }
        let backslashes = self.take_backslashes();
        let escaped = is_directive(name) && backslashes % 2 == 1;
        let found = if escaped {
            None
        } else {
            directive(parser, name, offset)?
        };
        let kept = if is_directive(name) {
            backslashes / 2
        } else {
            backslashes
        };
        self.text += &"\\".repeat(kept);
        if let Some(found) = found {
            self.push(Token::Directive(offset, found));
        } else {
            parser.reset(mark);
            self.keep(parser, "#");
        }
        Ok(())
    }
}

/// How long something is that begins and ends so, if it is next.
fn enclosed(parser: &Parser<'_>, start: &str, end: &str) -> Result<Option<usize>, Fault> {
    let Some(inside) = parser.rest().strip_prefix(start) else {
        return Ok(None);
    };
    match inside.find(end) {
        Some(length) => Ok(Some(start.len() + length + end.len())),
        None => Err(parser.fault(format!("`{start}` is not closed by `{end}`"))),
    }
}

fn is_directive(name: &str) -> bool {
    let names = [
        "set", "if", "ifnull", "elseif", "else", "end", "foreach", "break", "stop",
    ];
    names.contains(&name)
}

fn directive(
    parser: &mut Parser<'_>,
    name: &str,
    offset: usize,
) -> Result<Option<Directive>, Fault> {
    Ok(Some(match name {
        "if" => Directive::If(condition(parser)?),
        "ifnull" => Directive::If(is_null(condition(parser)?)),
        "elseif" => Directive::ElseIf(condition(parser)?),
        "else" => Directive::Else,
        "end" => Directive::End,
        "foreach" => foreach(parser)?,
        "break" => {
            own_loop(parser)?;
            Directive::Break
        }
        "stop" => Directive::Stop,
        "set" if is_open(parser) => set(parser)?,
        name if UNSUPPORTED.contains(&name) && is_open(parser) => {
            return Err(Fault::new(
                offset,
                format!("the directive `#{name}` is not supported"),
            ));
        }
        _ => return Ok(None),
    }))
}

fn is_open(parser: &Parser<'_>) -> bool {
    parser
        .rest()
        .trim_start_matches([' ', '\t'])
        .starts_with('(')
}

fn open(parser: &mut Parser<'_>) -> Result<(), Fault> {
    parser.blanks();
    parser.expect("(")?;
    parser.blanks();
    Ok(())
}

fn close(parser: &mut Parser<'_>) -> Result<(), Fault> {
    parser.blanks();
    parser.expect(")")
}

fn condition(parser: &mut Parser<'_>) -> Result<Expression, Fault> {
    open(parser)?;
    let condition = expression::expression(parser)?;
    close(parser)?;
    Ok(condition)
}

fn is_null(value: Expression) -> Expression {
    let null = Expression::Value(crate::template::value::Value::Null);
    Expression::Chain(Box::new(value), vec![(super::ast::Operator::Equal, null)])
}

fn set(parser: &mut Parser<'_>) -> Result<Directive, Fault> {
    open(parser)?;
    let target = target(parser)?;
    parser.blanks();
    parser.expect("=")?;
    let value = expression::expression(parser)?;
    close(parser)?;
    Ok(Directive::Set(Box::new((target, value))))
}

fn target(parser: &mut Parser<'_>) -> Result<Reference, Fault> {
    let found = match parser.peek() {
        Some('$') => reference::reference(parser)?,
        _ => None,
    };
    let found = found.ok_or_else(|| parser.expected("a reference"))?;
    parser.notes.assigned.insert(found.root.clone());
    Ok(found)
}

fn foreach(parser: &mut Parser<'_>) -> Result<Directive, Fault> {
    open(parser)?;
    let item = target(parser)?;
    if !item.steps.is_empty() {
        return Err(Fault::new(
            item.offset,
            "the item of a loop has a plain name",
        ));
    }
    parser.blanks();
    if !parser.take_word("in") {
        return Err(parser.expected("`in`"));
    }
    let list = expression::expression(parser)?;
    close(parser)?;
    Ok(Directive::Foreach(item.root, list))
}

/// `#break` may say `$foreach`, which is the loop around it anyway.
fn own_loop(parser: &mut Parser<'_>) -> Result<(), Fault> {
    if !parser.take("(") {
        return Ok(());
    }
    parser.blanks();
    if !parser.take("$foreach") {
        return Err(parser.fault("only the loop around a `#break` can be left"));
    }
    close(parser)
}
