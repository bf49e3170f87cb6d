//! The tables of the reaper's permissions in the documentation.

use std::collections::{BTreeMap, BTreeSet};

use automock_ttl::permissions::{Access, DENIED, Operation, operations, scopes_of};

use super::artifact::Artifact;
use super::markers;
use crate::error::Error;
use crate::workspace::Workspace;

const PATH: &str = "docs/permissions.md";

/// Fills the tables between the markers.
pub(crate) fn generate(workspace: &Workspace) -> Result<Vec<Artifact>, Error> {
    let Some(document) = workspace.read(PATH)? else {
        return Ok(Vec::new());
    };
    let text = markers::splice(PATH, &document, &tables())?;
    Ok(vec![Artifact {
        path: PATH.to_owned(),
        text,
    }])
}

fn tables() -> String {
    let section = |words: &str, rows: Vec<String>| {
        let rows = rows.join("\n");
        format!("### What it {words}\n\n| on | actions |\n|---|---|\n{rows}")
    };
    [
        section("deletes and changes", allowed(|it| it != Access::Read)),
        section("reads", allowed(|it| it == Access::Read)),
        format!("### What it is denied\n\n{}", list(DENIED.iter().copied())),
    ]
    .join("\n\n")
}

/// One row for each scope.
fn allowed(access: impl Fn(Access) -> bool) -> Vec<String> {
    let mut by_scope: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for operation in operations().filter(|it| access(it.access)) {
        for scope in scopes_of(operation) {
            let actions = by_scope.entry(scope.words).or_default();
            actions.extend(actions_on(operation, scope.name));
        }
    }
    by_scope
        .into_iter()
        .map(|(words, actions)| format!("| {words} | {} |", list(actions)))
        .collect()
}

fn actions_on(operation: &'static Operation, scope: &str) -> impl Iterator<Item = &'static str> {
    let grants = operation.grants.iter();
    grants
        .filter(move |grant| grant.scope.name == scope)
        .map(|grant| grant.action)
}

fn list<'a>(actions: impl IntoIterator<Item = &'a str>) -> String {
    let actions: Vec<_> = actions.into_iter().map(|it| format!("`{it}`")).collect();
    actions.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_action_is_told() {
        let text = tables();
        let grants = operations().flat_map(|operation| operation.grants);
        for action in grants
            .map(|grant| grant.action)
            .chain(DENIED.iter().copied())
        {
            assert!(text.contains(&format!("`{action}`")), "{action}");
        }
    }

    #[test]
    fn a_row_names_a_scope_and_its_actions() {
        let rows = allowed(|it| it == Access::Delete);
        let topic = rows.iter().find(|row| row.contains("`events:DeleteRule`"));
        assert_eq!(
            topic.map(String::as_str),
            Some("| rules named `automock-*` on the default bus | `events:DeleteRule` |")
        );
    }
}
