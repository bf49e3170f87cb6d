//! Taking a stack for a teardown by a command.

use automock_model::StackId;
use automock_ttl::reaper::{Actor, Begin, Lease, Reaper, ReaperError, Teardown};
use automock_ttl::record::{Operation, OperationKind, Phase};
use automock_ttl::registry::{RegistryError, Version};
use jiff::Timestamp;

use crate::Error;
use crate::error::Remains;
use crate::events::Events;
use crate::outside::Outside;
use crate::registry;
use crate::settings::Settings;

/// Writes before giving up: each one lost means that somebody else wrote meanwhile.
const TRIES: usize = 3;

/// The claim of this process on a stack, and what it may take the stack from.
pub(crate) struct Claim<'a> {
    outside: &'a Outside,
    operation: Operation,
    break_lock: bool,
    /// The run that is known to be dead.
    dead: Option<Operation>,
    /// The version of the record that the decision was made on, where it must still be that one.
    judged: Option<Version>,
}

impl<'a> Claim<'a> {
    pub(crate) fn new(
        outside: &'a Outside,
        settings: &Settings,
        break_lock: bool,
        dead: Option<Operation>,
    ) -> Self {
        Self {
            outside,
            operation: registry::operation(OperationKind::Destroy, settings, Timestamp::now()),
            break_lock,
            dead,
            judged: None,
        }
    }

    /// A claim that is refused when somebody has written the record since it was judged.
    pub(crate) fn of_judged(self, version: Version) -> Self {
        Self {
            judged: Some(version),
            ..self
        }
    }

    /// Who removes, in the words of journals and receipts.
    pub(crate) fn actor_name(&self) -> String {
        actor(&self.operation).name
    }

    pub(crate) fn dead(&self) -> Option<&Operation> {
        self.dead.as_ref()
    }

    pub(crate) fn reaper(&self) -> Reaper<'a> {
        Reaper::new(self.outside.world(), actor(&self.operation))
    }

    /// Refuses a stack that somebody who may live is tearing down.
    pub(crate) async fn look_at_lease(&self, stack: &StackId) -> Result<(), Error> {
        match self.standing_lease(stack).await? {
            Some(lease) if !self.may_take(&lease) => Err(Error::Reaping {
                stack: stack.to_string(),
                holder: lease.name,
                until: lease.until,
            }),
            _ => Ok(()),
        }
    }

    /// Takes the lease, steps the record to its teardown and writes the inventory down.
    pub(crate) async fn begin<'r>(
        &self,
        reaper: &'r Reaper<'a>,
        stack: &StackId,
        events: &Events,
    ) -> Result<Teardown<'r>, Error> {
        if let Some(lease) = self.standing_lease(stack).await?
            && self.may_take(&lease)
        {
            events.warning(format!("taking the lease of {} over", lease.name));
            self.outside.break_lease(stack).await?;
        }
        events.step("writing down what there is");
        let begin = Begin {
            operation: Some(self.operation.clone()),
            replaces: self.dead.clone(),
            unchanged_since: self.judged.clone(),
        };
        match Box::pin(reaper.begin(stack, begin, &mut |_| ())).await {
            Ok(teardown) => Ok(teardown),
            Err(error) => Err(self.not_begun(stack, error, events).await),
        }
    }

    /// Tells a teardown that was refused from one that has begun and could not go on. Nobody works
    /// on the latter any more, so the record must not say so.
    async fn not_begun(&self, stack: &StackId, error: ReaperError, events: &Events) -> Error {
        let is_conflict = matches!(error, ReaperError::Registry(RegistryError::Conflict { .. }));
        match self.withdraw(stack).await {
            Ok(false) if is_conflict && self.judged.is_some() => Error::ChangedMeanwhile {
                stack: stack.to_string(),
            },
            Ok(false) => error.into(),
            Ok(true) => Error::DestroyFailed {
                stack: stack.to_string(),
                remains: Box::new(Remains::unknown()),
                source: Some(Box::new(error.into())),
            },
            Err(unread) => {
                events.warning(format!(
                    "the teardown of {stack} may have begun, and its record may name this run \
                     still: {unread}"
                ));
                error.into()
            }
        }
    }

    /// Takes this run's operation out of the record; tells whether it was in there, which means
    /// that the record says that the stack is being torn down.
    async fn withdraw(&self, stack: &StackId) -> Result<bool, RegistryError> {
        for _ in 0..TRIES {
            let Some(found) = self.outside.registry.get(stack).await? else {
                return Ok(false);
            };
            let mut record = found.record;
            let ours = record.operation.as_ref() == Some(&self.operation);
            if record.phase != Phase::TearingDown || !ours {
                return Ok(false);
            }
            record.operation = None;
            record.updated_at = Timestamp::now();
            match self.outside.registry.update(&record, &found.version).await {
                Err(RegistryError::Conflict { .. }) => {}
                updated => return updated.map(|_| true),
            }
        }
        Ok(true)
    }

    async fn standing_lease(&self, stack: &StackId) -> Result<Option<Lease>, Error> {
        let lease = self.outside.lease(stack).await?;
        Ok(lease.filter(|lease| !lease.is_over(Timestamp::now())))
    }

    /// The lease of a run that is known to be dead need not be waited for.
    fn may_take(&self, lease: &Lease) -> bool {
        let is_dead = |dead: &Operation| lease.holder == run_of(dead);
        self.break_lock || self.dead.as_ref().is_some_and(is_dead)
    }
}

/// Who removes, in words and for the lease.
fn actor(operation: &Operation) -> Actor {
    let host = operation.host.split('#').next().unwrap_or_default();
    let name = format!("{} by {} on {host}", operation.kind.word(), operation.user);
    Actor::new(name, run_of(operation))
}

/// What identifies the run of an operation.
fn run_of(operation: &Operation) -> String {
    format!(
        "{}:{}:{}",
        operation.host, operation.pid, operation.started_at
    )
}
