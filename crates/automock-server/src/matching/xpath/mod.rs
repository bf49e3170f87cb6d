//! A well-defined part of `XPath` 1.0: paths along the axes child, descendant, parent and attribute,
//! predicates, comparisons, `and`, `or`, unions and the commonest functions.

mod evaluate;
mod expression;
mod functions;
mod lexer;
mod matcher;
mod parser;
mod value;

pub(crate) use matcher::XPathMatcher;
