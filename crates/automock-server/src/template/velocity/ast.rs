//! The tree of a template.

use std::sync::Arc;

use crate::template::value::Value;

/// A part of a template.
#[derive(Clone, Debug)]
pub(super) enum Node {
    /// Rendered as it is.
    Text(Arc<str>),
    /// `$name`
    Reference(Reference),
    /// `#set($name = value)`
    Set(Box<(Reference, Expression)>),
    /// `#if`, `#elseif`, `#else`
    If {
        /// Each condition with what is rendered if it is the first one that is met.
        branches: Vec<(Expression, Vec<Node>)>,
        /// Rendered if none is.
        otherwise: Vec<Node>,
    },
    /// `#foreach($name in list)`
    Foreach(Box<Foreach>),
    /// `#break`
    Break,
    /// `#stop`
    Stop,
}

/// `#foreach`
#[derive(Clone, Debug)]
pub(super) struct Foreach {
    /// The name of each item.
    pub(super) variable: String,
    /// What the items are in.
    pub(super) list: Expression,
    /// Rendered for each.
    pub(super) body: Vec<Node>,
    /// Rendered if there is none.
    pub(super) otherwise: Vec<Node>,
}

/// `$name.property.method(argument)[index]`
#[derive(Clone, Debug)]
pub(super) struct Reference {
    /// Its byte in the template.
    pub(super) offset: usize,
    /// As it is written.
    pub(super) source: Arc<str>,
    /// How many backslashes stand before it.
    pub(super) backslashes: usize,
    /// Whether it renders nothing, rather than itself, if it has no value.
    pub(super) is_quiet: bool,
    /// Its name.
    pub(super) root: String,
    /// What is looked up from there.
    pub(super) steps: Vec<Step>,
    /// `${name|default}`
    pub(super) default: Option<Expression>,
}

/// A step of a reference.
#[derive(Clone, Debug)]
pub(super) enum Step {
    /// `.name`
    Property(String),
    /// `.name(arguments)`
    Call(String, Vec<Expression>),
    /// `[index]`
    Index(Expression),
}

/// Something with a value.
#[derive(Clone, Debug)]
pub(super) enum Expression {
    /// A literal.
    Value(Value),
    /// `$name`
    Reference(Box<Reference>),
    /// `"text with $name"`
    Interpolated(Vec<Node>),
    /// `[a, b]`
    List(Vec<Expression>),
    /// `[a..b]`
    Range(Box<(Expression, Expression)>),
    /// `{a: b}`
    Map(Vec<(Expression, Expression)>),
    /// `!a`
    Not(Box<Expression>),
    /// `-a`
    Negate(Box<Expression>),
    /// `a || b`
    Any(Vec<Expression>),
    /// `a && b`
    All(Vec<Expression>),
    /// `a + b - c`, from left to right. Long rows are no deep trees.
    Chain(Box<Expression>, Vec<(Operator, Expression)>),
}

/// An operator between two values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    /// `==`
    Equal,
    /// `!=`
    Unequal,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
    /// `%`
    Remainder,
}
