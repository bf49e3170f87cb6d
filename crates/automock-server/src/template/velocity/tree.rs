//! Builds the tree of a template from its tokens.

use crate::template::budget::MAX_NESTING;
use crate::template::source::Fault;

use super::ast::{Expression, Foreach, Node};
use super::scan::{Directive, Token};

/// A block that has no end yet.
struct Open {
    offset: usize,
    kind: Kind,
    /// What was before it.
    outer: Vec<Node>,
}

enum Kind {
    If {
        branches: Vec<(Expression, Vec<Node>)>,
        /// The condition of what is collected; none after `#else`.
        condition: Option<Expression>,
    },
    Foreach {
        variable: String,
        list: Expression,
        /// What is repeated, as soon as it is complete.
        body: Option<Vec<Node>>,
    },
}

#[derive(Default)]
struct Builder {
    open: Vec<Open>,
    body: Vec<Node>,
}

/// The tree of a template.
pub(super) fn build(tokens: Vec<Token>) -> Result<Vec<Node>, Fault> {
    let mut builder = Builder::default();
    for token in tokens {
        builder.add(token)?;
    }
    match builder.open.pop() {
        Some(open) => Err(Fault::new(open.offset, "the block has no `#end`")),
        None => Ok(builder.body),
    }
}

impl Builder {
    fn add(&mut self, token: Token) -> Result<(), Fault> {
        match token {
            Token::Text(text) if text.is_empty() => {}
            Token::Comment | Token::LineComment => {}
            Token::Text(text) => self.body.push(Node::Text(text.into())),
            Token::Reference(reference) => self.body.push(Node::Reference(reference)),
            Token::Directive(offset, directive) => self.directive(offset, directive)?,
        }
        Ok(())
    }

    fn directive(&mut self, offset: usize, directive: Directive) -> Result<(), Fault> {
        match directive {
            Directive::Set(set) => self.body.push(Node::Set(set)),
            Directive::Break => self.body.push(Node::Break),
            Directive::Stop => self.body.push(Node::Stop),
            Directive::If(condition) => {
                let (branches, condition) = (Vec::new(), Some(condition));
                return self.open(
                    offset,
                    Kind::If {
                        branches,
                        condition,
                    },
                );
            }
            Directive::Foreach(variable, list) => {
                let body = None;
                return self.open(
                    offset,
                    Kind::Foreach {
                        variable,
                        list,
                        body,
                    },
                );
            }
            Directive::ElseIf(condition) => return self.elseif(offset, condition),
            Directive::Else => return self.otherwise(offset),
            Directive::End => return self.end(offset),
        }
        Ok(())
    }

    fn open(&mut self, offset: usize, kind: Kind) -> Result<(), Fault> {
        if self.open.len() == MAX_NESTING {
            return Err(Fault::new(offset, "blocks nest too deep"));
        }
        let outer = std::mem::take(&mut self.body);
        self.open.push(Open {
            offset,
            kind,
            outer,
        });
        Ok(())
    }

    fn elseif(&mut self, offset: usize, next: Expression) -> Result<(), Fault> {
        let kind = self.open.last_mut().map(|open| &mut open.kind);
        if let Some(Kind::If {
            branches,
            condition,
        }) = kind
            && let Some(current) = condition.replace(next)
        {
            branches.push((current, std::mem::take(&mut self.body)));
            return Ok(());
        }
        Err(Fault::new(offset, "there is no `#if` for this `#elseif`"))
    }

    fn otherwise(&mut self, offset: usize) -> Result<(), Fault> {
        match self.open.last_mut().map(|open| &mut open.kind) {
            Some(Kind::If {
                branches,
                condition,
            }) => {
                if let Some(current) = condition.take() {
                    branches.push((current, std::mem::take(&mut self.body)));
                    return Ok(());
                }
            }
            Some(Kind::Foreach {
                body: body @ None, ..
            }) => {
                *body = Some(std::mem::take(&mut self.body));
                return Ok(());
            }
            _ => {}
        }
        Err(Fault::new(offset, "there is no `#if` for this `#else`"))
    }

    fn end(&mut self, offset: usize) -> Result<(), Fault> {
        let open = self.open.pop();
        let open = open.ok_or_else(|| Fault::new(offset, "there is no block for this `#end`"))?;
        let inner = std::mem::replace(&mut self.body, open.outer);
        self.body.push(open.kind.close(inner));
        Ok(())
    }
}

impl Kind {
    fn close(self, inner: Vec<Node>) -> Node {
        match self {
            Self::If {
                mut branches,
                condition,
            } => {
                let otherwise = match condition {
                    Some(condition) => {
                        branches.push((condition, inner));
                        Vec::new()
                    }
                    None => inner,
                };
                Node::If {
                    branches,
                    otherwise,
                }
            }
            Self::Foreach {
                variable,
                list,
                body,
            } => {
                let (body, otherwise) = match body {
                    Some(body) => (body, inner),
                    None => (inner, Vec::new()),
                };
                Node::Foreach(Box::new(Foreach {
                    variable,
                    list,
                    body,
                    otherwise,
                }))
            }
        }
    }
}
