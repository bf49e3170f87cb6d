//! The policies of the reaper's role.

use super::scope::{LOG, RECORDS, RECORDS_BUCKET, TOPIC};
use super::{DENIED, Document, Grant, Operation, Place, Scope, operations};

/// What all inline policies of a role may have together, white space not counted:
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html>.
pub const INLINE_POLICIES_CHARACTERS: usize = 10_240;

/// What the Lambda service needs to write down what the function says; no code of ours calls it.
pub const RUNTIME: &[Grant] = &[
    Grant {
        action: "logs:CreateLogStream",
        scope: &LOG,
    },
    Grant {
        action: "logs:PutLogEvents",
        scope: &LOG,
    },
];

/// An inline policy of the reaper's role.
#[derive(Clone, Debug)]
pub struct Policy {
    /// Its name in the role.
    pub name: &'static str,
    /// What it says.
    pub document: Document,
}

impl Policy {
    /// The policy as a template for Terraform's `templatefile`.
    #[must_use]
    pub fn template(&self) -> String {
        format!("{:#}\n", self.document.to_json())
    }

    /// The policy in a place, as short as it can be written.
    #[must_use]
    pub fn text(&self, place: &Place) -> String {
        place.fill(&self.document.to_json().to_string())
    }
}

/// The policies of the role: what the reaper keeps, and what it takes away.
#[must_use]
pub fn policies() -> [Policy; 2] {
    let (records, teardown): (Vec<&Grant>, Vec<&Grant>) = operations()
        .flat_map(|operation| operation.grants)
        .chain(RUNTIME)
        .partition(|grant| is_of_foundation(grant.scope));
    [
        Policy {
            name: "records",
            document: Document::allowing(records),
        },
        Policy {
            name: "teardown",
            document: Document::allowing(teardown).denying("NeverWiden", DENIED),
        },
    ]
}

fn is_of_foundation(scope: &Scope) -> bool {
    [&LOG, &RECORDS, &RECORDS_BUCKET, &TOPIC].contains(&scope)
}

/// The scopes of an operation, each once.
pub fn scopes_of(operation: &Operation) -> impl Iterator<Item = &'static Scope> {
    let grants = operation.grants;
    grants.iter().enumerate().filter_map(|(index, grant)| {
        let seen = grants[..index].iter().any(|it| it.scope == grant.scope);
        (!seen).then_some(grant.scope)
    })
}
