//! Taking a stack for a teardown by a command.

use automock_model::StackId;
use automock_ttl::reaper::{Actor, Begin, Lease, Reaper, Teardown};
use automock_ttl::record::{Operation, OperationKind};
use jiff::Timestamp;

use crate::Error;
use crate::events::Events;
use crate::outside::Outside;
use crate::registry;
use crate::settings::Settings;

/// The claim of this process on a stack, and what it may take the stack from.
pub(crate) struct Claim<'a> {
    outside: &'a Outside,
    operation: Operation,
    break_lock: bool,
    /// The run that is known to be dead.
    dead: Option<Operation>,
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
        }
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
        };
        Ok(Box::pin(reaper.begin(stack, begin, &mut |_| ())).await?)
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
