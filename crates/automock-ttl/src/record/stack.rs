//! The record of one stack, as it is kept in the registry.

use std::collections::BTreeMap;
use std::path::PathBuf;

use automock_model::{AccountId, Environment, ProjectName, StackId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{IllegalTransition, Operation, OperationKind, Phase, RecordError, StackNames};
use crate::deadline;

/// The schema that this version of the crate writes, and the newest one that it reads.
pub const SCHEMA_VERSION: u32 = 1;

/// What is known about a stack without asking the cloud.
///
/// Fields that a later version added within the same schema version are kept in `extra` and
/// written back, so an older AutoMock does not lose them. A newer schema version is refused.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StackRecord {
    /// Version of this layout.
    pub schema_version: u32,
    /// The stack's identity, unique in its account and region.
    pub stack_id: StackId,
    /// Name of the project.
    pub project: ProjectName,
    /// Name of the environment.
    pub environment: Environment,
    /// AWS region of the stack.
    pub region: String,
    /// AWS account of the stack.
    pub account: AccountId,
    /// Where the stack is in its life.
    pub phase: Phase,
    /// Whether its teardown began while a deploy was not finished: then Terraform's state may lack
    /// what was made last.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub interrupted: bool,
    /// When the record was made, before the first resource.
    pub created_at: Timestamp,
    /// When the record was last changed.
    pub updated_at: Timestamp,
    /// When the stack's time is up; without it the stack stays.
    pub expires_at: Option<Timestamp>,
    /// When the warning about the end was sent.
    pub warned_at: Option<Timestamp>,
    /// The run of the reaper that sent it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warned_by: Option<String>,
    /// The time to live that was asked for; without it the stack stays.
    pub ttl_seconds: Option<u64>,
    /// How long before the end the warning is due.
    pub warning_lead_seconds: u64,
    /// Where Terraform's state is.
    pub state: StateLocation,
    /// The operation that is running or was cut off.
    pub operation: Option<Operation>,
    /// Why the last deploy or teardown did not finish.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
    /// The AutoMock that wrote this record last.
    pub automock_version: String,
    /// Where the mock answers, once it does.
    pub url: Option<String>,
    /// What discovery asks for.
    pub names: StackNames,
    /// Fields of a later version.
    #[serde(flatten)]
    pub extra: BTreeMap<String, Value>,
}

/// Where Terraform's state of a stack is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
#[non_exhaustive]
pub enum StateLocation {
    /// An object in the foundation bucket.
    S3 {
        /// Name of the bucket.
        bucket: String,
        /// Key of the state object.
        key: String,
        /// Region of the bucket.
        region: String,
    },
    /// A file on the machine that deployed.
    Local {
        /// Path of the state file.
        path: PathBuf,
    },
}

/// What a record is made from.
#[derive(Clone, Debug)]
pub struct NewStack {
    /// The stack's identity.
    pub stack_id: StackId,
    /// Name of the project.
    pub project: ProjectName,
    /// Name of the environment.
    pub environment: Environment,
    /// AWS region.
    pub region: String,
    /// AWS account.
    pub account: AccountId,
    /// Time to live; without it the stack stays.
    pub ttl_seconds: Option<u64>,
    /// How long before the end the warning is due.
    pub warning_lead_seconds: u64,
    /// Where Terraform's state is going to be.
    pub state: StateLocation,
    /// The deploy that makes the stack.
    pub operation: Option<Operation>,
    /// Version of the AutoMock that makes the stack.
    pub automock_version: String,
    /// Names for discovery.
    pub names: StackNames,
}

impl StackRecord {
    /// The record of a stack that is about to be made.
    ///
    /// The time to live counts from here, so that a deploy that dies half-way expires as well.
    #[must_use]
    pub fn new(stack: NewStack, now: Timestamp) -> Self {
        Self {
            schema_version: SCHEMA_VERSION,
            stack_id: stack.stack_id,
            project: stack.project,
            environment: stack.environment,
            region: stack.region,
            account: stack.account,
            phase: Phase::Creating,
            interrupted: false,
            created_at: now,
            updated_at: now,
            expires_at: stack.ttl_seconds.map(|ttl| deadline::after(now, ttl)),
            warned_at: None,
            warned_by: None,
            ttl_seconds: stack.ttl_seconds,
            warning_lead_seconds: stack.warning_lead_seconds,
            state: stack.state,
            operation: stack.operation,
            failure: None,
            automock_version: stack.automock_version,
            url: None,
            names: stack.names,
            extra: BTreeMap::new(),
        }
    }

    /// Reads a record.
    ///
    /// # Errors
    /// When the bytes are no record, or one of a newer schema version.
    pub fn from_json(bytes: &[u8]) -> Result<Self, RecordError> {
        #[derive(Deserialize)]
        struct Schema {
            schema_version: u32,
        }
        let Schema {
            schema_version: found,
        } = serde_json::from_slice(bytes)?;
        if found > SCHEMA_VERSION {
            return Err(RecordError::NewerSchema {
                found,
                known: SCHEMA_VERSION,
            });
        }
        Ok(serde_json::from_slice(bytes)?)
    }

    /// Writes the record, indented and with a final newline, the same bytes for the same record.
    ///
    /// # Errors
    /// When `extra` shadows a field of the record.
    pub fn to_json(&self) -> Result<Vec<u8>, RecordError> {
        let mut bytes = serde_json::to_vec_pretty(self)?;
        bytes.push(b'\n');
        Ok(bytes)
    }

    /// Takes the step to another phase.
    ///
    /// # Errors
    /// When the life of a stack has no such step.
    pub fn step(&mut self, to: Phase, now: Timestamp) -> Result<(), RecordError> {
        self.phase = self.phase.step(to)?;
        self.updated_at = now;
        Ok(())
    }

    /// Takes the stack for an operation and, for a deploy or destroy, steps to its phase.
    ///
    /// Whether a recorded operation still lives can only be judged on its own machine, so the
    /// caller first removes a dead one with [`Self::abandon_operation`].
    ///
    /// # Errors
    /// When another operation holds the stack, or the phase does not allow this one.
    pub fn begin(&mut self, operation: Operation, now: Timestamp) -> Result<(), RecordError> {
        if let Some(running) = &self.operation {
            return Err(RecordError::Busy(Box::new(running.clone())));
        }
        self.phase = self.phase_during(operation.kind)?;
        self.operation = Some(operation);
        self.failure = None;
        self.updated_at = now;
        Ok(())
    }

    fn phase_during(&self, kind: OperationKind) -> Result<Phase, IllegalTransition> {
        match (kind, self.phase) {
            (OperationKind::Destroy, phase) => phase.step(Phase::TearingDown),
            (OperationKind::Deploy, Phase::Creating) => Ok(Phase::Creating),
            // Without a URL the stack never served: its first deploy is still under way.
            (OperationKind::Deploy, Phase::Failed) if self.url.is_none() => Ok(Phase::Creating),
            (OperationKind::Deploy, phase) => phase.step(Phase::Updating),
            (OperationKind::Push, Phase::Active) => Ok(Phase::Active),
            (OperationKind::Push, from) => Err(IllegalTransition {
                from,
                to: Phase::Active,
            }),
        }
    }

    /// Ends the operation in the given phase; staying in the same phase is allowed.
    ///
    /// # Errors
    /// When the life of a stack has no such step.
    pub fn finish(&mut self, phase: Phase, now: Timestamp) -> Result<(), RecordError> {
        if phase != self.phase {
            self.phase = self.phase.step(phase)?;
        }
        self.operation = None;
        self.updated_at = now;
        Ok(())
    }

    /// Drops an operation whose process is gone, and returns it.
    ///
    /// A deploy that was cut off leaves a failed stack.
    pub fn abandon_operation(&mut self, now: Timestamp) -> Option<Operation> {
        let dead = self.operation.take()?;
        if matches!(self.phase, Phase::Creating | Phase::Updating) {
            self.phase = Phase::Failed;
        }
        self.updated_at = now;
        Some(dead)
    }

    /// Moves the end of the stack, or takes it away with `None`; a new warning becomes due.
    ///
    /// # Errors
    /// When the stack is being torn down or is gone.
    pub fn set_expiry(
        &mut self,
        expires_at: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<(), RecordError> {
        if matches!(self.phase, Phase::TearingDown | Phase::Done) {
            return Err(RecordError::NotExtendable(self.phase));
        }
        self.expires_at = expires_at;
        self.warned_at = None;
        self.warned_by = None;
        self.updated_at = now;
        Ok(())
    }

    /// Remembers that the warning was sent.
    pub fn mark_warned(&mut self, now: Timestamp) {
        self.warned_at = Some(now);
        self.updated_at = now;
    }

    /// Takes the right to send the warning for a run; the run makes the record differ from that
    /// of another run that does so in the same moment.
    pub fn claim_warning(&mut self, run: &str, now: Timestamp) {
        self.mark_warned(now);
        self.warned_by = Some(run.to_owned());
    }

    /// Gives that right back: the warning was certainly not sent.
    pub fn unclaim_warning(&mut self, now: Timestamp) {
        self.warned_at = None;
        self.warned_by = None;
        self.updated_at = now;
    }
}

#[cfg(test)]
mod tests;
