//! Who may do what in a world.

use std::{collections::BTreeSet, fmt};

use serde::Deserialize;
use serde_json::{Value, json};

use crate::{Emulator, TestkitError};

/// What the requests of an access key are held to.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Rights<'a> {
    /// The policies that a role of this world has at the moment of each request, its permissions
    /// boundary included; the value is the role's ARN.
    Role(&'a str),
    /// Policy documents by name.
    Policies(&'a [(&'a str, Value)]),
    /// Nothing: the access key may do everything again, as all others may.
    Everything,
}

/// A request that was refused.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Denial {
    /// The operation, such as `ec2:DeleteVpc`.
    pub operation: String,
    /// The IAM action that was missing.
    pub action: String,
    /// The ARN that it was missing for.
    pub resource: String,
    /// Why: nothing allows it, something denies it, or the emulator does not know.
    pub reason: String,
}

/// A statement that allowed something, with the first resource that it was used for.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Use {
    /// The policy's name in its role.
    pub policy: String,
    /// The statement's `Sid`.
    pub statement: String,
    /// The IAM action.
    pub action: String,
    /// The ARN.
    pub resource: String,
}

#[derive(Deserialize)]
struct Report {
    denials: Vec<Denial>,
    used: Vec<Use>,
}

impl Emulator {
    /// Holds every request that is signed with the access key to some rights, from now on.
    ///
    /// What is not allowed is answered as the service answers it. An operator, a condition key or
    /// a changing operation that the emulator does not know is denied, with that reason.
    ///
    /// # Errors
    /// When there is no such role, or the control endpoint does not answer.
    pub fn enforce(&self, access_key: &str, rights: &Rights<'_>) -> Result<(), TestkitError> {
        let mut body = json!({"access_key": access_key});
        match rights {
            Rights::Role(arn) => body["role_arn"] = json!(arn),
            Rights::Policies(policies) => {
                let policies = policies
                    .iter()
                    .map(|(name, it)| ((*name).to_owned(), it.clone()));
                body["policies"] = Value::Object(policies.collect());
            }
            Rights::Everything => {}
        }
        self.control.post::<Value>("enforce", &body).map(drop)
    }

    /// The requests that were refused so far, oldest first.
    ///
    /// # Errors
    /// When the control endpoint does not answer.
    pub fn denials(&self) -> Result<Vec<Denial>, TestkitError> {
        Ok(self.control.get::<Report>("access")?.denials)
    }

    /// The statements that allowed something so far, once for each action.
    ///
    /// # Errors
    /// When the control endpoint does not answer.
    pub fn statements_used(&self) -> Result<Vec<Use>, TestkitError> {
        Ok(self.control.get::<Report>("access")?.used)
    }

    /// The IAM actions that were allowed and used so far.
    ///
    /// # Errors
    /// When the control endpoint does not answer.
    pub fn actions_used(&self) -> Result<BTreeSet<String>, TestkitError> {
        let used = self.statements_used()?;
        Ok(used.into_iter().map(|it| it.action).collect())
    }
}

impl fmt::Display for Denial {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            operation,
            action,
            resource,
            reason,
        } = self;
        write!(
            formatter,
            "{operation} needs {action} on {resource}: {reason}"
        )
    }
}
