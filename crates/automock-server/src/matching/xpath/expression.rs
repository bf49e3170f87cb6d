//! What an `XPath` expression is made of.

/// An expression.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Expression {
    /// `a or b`
    Or(Box<Expression>, Box<Expression>),
    /// `a and b`
    And(Box<Expression>, Box<Expression>),
    /// `a = b` and its like.
    Compare(Comparison, Box<Expression>, Box<Expression>),
    /// `a | b`
    Union(Box<Expression>, Box<Expression>),
    /// A path.
    Path(Path),
    /// A call of a function.
    Call(Function, Vec<Expression>),
    /// A text in quotes.
    Text(String),
    /// A number.
    Number(f64),
}

/// How two values are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Comparison {
    Equal,
    Unequal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// A path.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Path {
    /// It begins at the document, not at the context.
    pub(crate) absolute: bool,
    pub(crate) steps: Vec<Step>,
}

/// One step of a path.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Step {
    pub(crate) axis: Axis,
    pub(crate) test: Test,
    pub(crate) predicates: Vec<Expression>,
}

/// Where a step leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Axis {
    Child,
    /// `//`: the node and all below it.
    DescendantOrSelf,
    SelfNode,
    Parent,
    Attribute,
}

/// What a step leads to.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Test {
    /// `*`, or `prefix:*` with its namespace.
    Any(Option<String>),
    /// A name in any namespace, because none were declared.
    Local(String),
    /// A name in a namespace or in none.
    Qualified(Option<String>, String),
    /// `text()`
    Text,
    /// `node()`
    Node,
}

/// A function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Function {
    Not,
    True,
    False,
    Boolean,
    Number,
    String,
    Concat,
    Contains,
    StartsWith,
    Substring,
    SubstringBefore,
    SubstringAfter,
    StringLength,
    NormalizeSpace,
    Translate,
    Count,
    Sum,
    Position,
    Last,
    LocalName,
    Name,
    NamespaceUri,
    Floor,
    Ceiling,
    Round,
}

/// The functions by name, with the least and the greatest number of arguments.
pub(crate) const FUNCTIONS: [(&str, Function, usize, usize); 25] = [
    ("not", Function::Not, 1, 1),
    ("true", Function::True, 0, 0),
    ("false", Function::False, 0, 0),
    ("boolean", Function::Boolean, 1, 1),
    ("number", Function::Number, 0, 1),
    ("string", Function::String, 0, 1),
    ("concat", Function::Concat, 2, usize::MAX),
    ("contains", Function::Contains, 2, 2),
    ("starts-with", Function::StartsWith, 2, 2),
    ("substring", Function::Substring, 2, 3),
    ("substring-before", Function::SubstringBefore, 2, 2),
    ("substring-after", Function::SubstringAfter, 2, 2),
    ("string-length", Function::StringLength, 0, 1),
    ("normalize-space", Function::NormalizeSpace, 0, 1),
    ("translate", Function::Translate, 3, 3),
    ("count", Function::Count, 1, 1),
    ("sum", Function::Sum, 1, 1),
    ("position", Function::Position, 0, 0),
    ("last", Function::Last, 0, 0),
    ("local-name", Function::LocalName, 0, 1),
    ("name", Function::Name, 0, 1),
    ("namespace-uri", Function::NamespaceUri, 0, 1),
    ("floor", Function::Floor, 1, 1),
    ("ceiling", Function::Ceiling, 1, 1),
    ("round", Function::Round, 1, 1),
];
