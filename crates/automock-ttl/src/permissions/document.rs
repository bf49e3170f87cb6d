//! Policy documents.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::{Condition, Grant, Scope};

/// A policy document, whose texts may still hold what [`Place`](super::Place) fills in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Document {
    /// Its statements in their order.
    pub statements: Vec<Statement>,
}

/// One statement of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Statement {
    /// Actions that are allowed on what a scope covers.
    Allow {
        /// The actions, sorted.
        actions: BTreeSet<&'static str>,
        /// What they may be used on.
        scope: &'static Scope,
    },
    /// Actions that are denied on everything.
    Deny {
        /// The statement's `Sid`.
        name: &'static str,
        /// The actions.
        actions: BTreeSet<&'static str>,
    },
}

impl Document {
    /// One statement for each scope of the grants.
    #[must_use]
    pub fn allowing<'a>(grants: impl IntoIterator<Item = &'a Grant>) -> Self {
        let mut by_scope: BTreeMap<&str, (&'static Scope, BTreeSet<&'static str>)> =
            BTreeMap::new();
        for grant in grants {
            let entry = by_scope.entry(grant.scope.name);
            let (_, actions) = entry.or_insert_with(|| (grant.scope, BTreeSet::new()));
            actions.insert(grant.action);
        }
        let statements = by_scope
            .into_values()
            .map(|(scope, actions)| Statement::Allow { actions, scope })
            .collect();
        Self { statements }
    }

    /// The same document with some actions denied.
    #[must_use]
    pub fn denying(mut self, name: &'static str, actions: &[&'static str]) -> Self {
        let actions = actions.iter().copied().collect();
        self.statements.push(Statement::Deny { name, actions });
        self
    }

    /// The actions that some statement allows.
    #[must_use]
    pub fn allowed(&self) -> BTreeSet<&'static str> {
        let allowed = self
            .statements
            .iter()
            .filter_map(|statement| match statement {
                Statement::Allow { actions, .. } => Some(actions),
                Statement::Deny { .. } => None,
            });
        allowed.flatten().copied().collect()
    }

    /// The document as IAM reads it.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let statements = self.statements.iter().map(Statement::to_json).collect();
        object([
            ("Statement", Value::Array(statements)),
            ("Version", json!("2012-10-17")),
        ])
    }
}

impl Statement {
    fn to_json(&self) -> Value {
        match self {
            Self::Allow { actions, scope } => {
                let mut members = vec![
                    ("Action", json!(actions)),
                    ("Effect", json!("Allow")),
                    ("Resource", json!(scope.resources)),
                    ("Sid", json!(scope.name)),
                ];
                if !scope.conditions.is_empty() {
                    members.push(("Condition", conditions(scope.conditions)));
                }
                object(members)
            }
            Self::Deny { name, actions } => object([
                ("Action", json!(actions)),
                ("Effect", json!("Deny")),
                ("Resource", json!("*")),
                ("Sid", json!(name)),
            ]),
        }
    }
}

/// Conditions as IAM groups them: by operator, then by key.
fn conditions(conditions: &[Condition]) -> Value {
    let mut operators: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for condition in conditions {
        let values = match condition.values {
            [only] => json!(only),
            values => json!(values),
        };
        let keys = operators.entry(condition.operator).or_default();
        keys.push((condition.key, values));
    }
    object(
        operators
            .into_iter()
            .map(|(operator, keys)| (operator, object(keys))),
    )
}

/// An object with its members in the order of their names, whatever a build makes of
/// [`Map`](serde_json::Map): generated files depend on it.
fn object<'a>(members: impl IntoIterator<Item = (&'a str, Value)>) -> Value {
    let members: BTreeMap<_, _> = members.into_iter().collect();
    Value::Object(
        members
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect(),
    )
}
