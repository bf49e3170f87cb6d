//! Short ways to write the expressions of a root.

use std::collections::BTreeMap;
use std::fmt::Display;

use hcl::Identifier;
use hcl::expr::{Expression, FuncCall, FuncCallBuilder, Object, ObjectKey, Traversal, Variable};

/// A reference such as `module.networking.vpc_id`.
pub(crate) fn reference(path: &str) -> Expression {
    let mut parts = path.split('.');
    let start = parts.next().unwrap_or_default();
    let traversal = parts.fold(
        Traversal::builder(Variable::unchecked(start)),
        |path, part| path.attr(Identifier::unchecked(part)),
    );
    traversal.build().into()
}

/// Text that evaluates to itself.
pub(crate) fn text(value: impl Display) -> Expression {
    Expression::String(value.to_string())
}

/// A list of texts.
pub(crate) fn texts<T: Display>(values: impl IntoIterator<Item = T>) -> Expression {
    list(values.into_iter().map(text))
}

/// A list.
pub(crate) fn list(items: impl IntoIterator<Item = Expression>) -> Expression {
    Expression::Array(items.into_iter().collect())
}

/// An object whose keys are attribute names.
pub(crate) fn object<const N: usize>(entries: [(&str, Expression); N]) -> Expression {
    attributes(entries)
}

/// An object whose keys are attribute names, with a number of entries that is not known before.
pub(crate) fn attributes<'a>(
    entries: impl IntoIterator<Item = (&'a str, Expression)>,
) -> Expression {
    let key = |key| ObjectKey::Identifier(Identifier::unchecked(key));
    let object: Object<_, _> = entries
        .into_iter()
        .map(|(name, value)| (key(name), value))
        .collect();
    Expression::Object(object)
}

/// A map of texts, whose keys are data and therefore quoted.
pub(crate) fn map(entries: &BTreeMap<String, String>) -> Expression {
    let entry = |(key, value): (&String, &String)| (ObjectKey::from(key.clone()), text(value));
    Expression::Object(entries.iter().map(entry).collect())
}

/// A function call.
pub(crate) fn call<const N: usize>(name: &str, args: [Expression; N]) -> Expression {
    let call = FuncCall::builder(Identifier::unchecked(name));
    args.into_iter()
        .fold(call, FuncCallBuilder::arg)
        .build()
        .into()
}
