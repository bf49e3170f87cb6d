//! Changing the record of a stack.

use crate::reaper::ReaperError;
use crate::reaper::io::{Io, is_transient};
use crate::record::{Phase, RecordError, StackRecord};
use crate::registry::{RegistryError, Version, Versioned};

/// The record of a stack and the version of it that this run knows.
pub struct HeldRecord<'a> {
    io: Io<'a>,
    record: StackRecord,
    version: Version,
    /// What may have been written although the answer said otherwise.
    uncertain: Vec<StackRecord>,
}

impl<'a> HeldRecord<'a> {
    pub(in crate::reaper) fn new(io: Io<'a>, found: Versioned) -> Self {
        Self {
            io,
            record: found.record,
            version: found.version,
            uncertain: Vec::new(),
        }
    }

    /// The record as it is in the registry.
    #[must_use]
    pub fn record(&self) -> &StackRecord {
        &self.record
    }

    /// Changes the record, for example to name the terraform process.
    ///
    /// # Errors
    /// When the record does not allow the change, somebody else has changed it, or the registry
    /// fails.
    pub async fn update(
        &mut self,
        change: impl FnOnce(&mut StackRecord) -> Result<(), RecordError> + Send,
    ) -> Result<(), ReaperError> {
        let mut next = self.record.clone();
        change(&mut next)?;
        self.write(next).await
    }

    async fn write(&mut self, next: StackRecord) -> Result<(), ReaperError> {
        let stack = next.stack_id.clone();
        let mut tries = self.io.tries(stack.as_str());
        loop {
            let registry = self.io.world.registry;
            match registry.update(&next, &self.version).await {
                Ok(version) => {
                    self.settle(Versioned {
                        record: next,
                        version,
                    });
                    return Ok(());
                }
                Err(RegistryError::Conflict { stack }) => {
                    if !self.is_ours(&next).await? {
                        return Err(RegistryError::Conflict { stack }.into());
                    }
                    if self.record == next {
                        return Ok(());
                    }
                }
                Err(error) => {
                    if is_transient(&error) {
                        self.uncertain.push(next.clone());
                    }
                    tries.again_after_registry(error).await?;
                }
            }
        }
    }

    fn settle(&mut self, found: Versioned) {
        self.record = found.record;
        self.version = found.version;
        self.uncertain.clear();
    }

    /// Whether the record that stood in the way is what this run wrote, now or before.
    async fn is_ours(&mut self, next: &StackRecord) -> Result<bool, ReaperError> {
        let Some(found) = self.io.record(&next.stack_id).await? else {
            return Ok(false);
        };
        let ours = found.record == *next || self.uncertain.contains(&found.record);
        if ours {
            self.settle(found);
        }
        Ok(ours)
    }

    /// Deletes the record, unless another stack has the name by now.
    pub(in crate::reaper) async fn delete(&mut self) -> Result<(), ReaperError> {
        let stack = self.record.stack_id.clone();
        let mut tries = self.io.tries(stack.as_str());
        loop {
            match self.io.world.registry.delete(&stack, &self.version).await {
                Ok(()) => return Ok(()),
                Err(RegistryError::Conflict { .. }) if !self.is_still_done().await? => {
                    return Ok(());
                }
                Err(error) => {
                    let changed = matches!(error, RegistryError::Conflict { .. });
                    if !tries.again(changed || is_transient(&error)).await {
                        return Err(error.into());
                    }
                }
            }
        }
    }

    /// Whether the registry still has this very stack, and has it as done.
    async fn is_still_done(&mut self) -> Result<bool, ReaperError> {
        let Some(found) = self.io.record(&self.record.stack_id).await? else {
            return Ok(false);
        };
        let same = found.record.created_at == self.record.created_at;
        let is_done = found.record.phase == Phase::Done;
        if same && is_done {
            self.settle(found);
        }
        Ok(same && is_done)
    }
}
