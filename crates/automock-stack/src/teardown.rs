//! The steps of a teardown by a command: terraform, then the engine for the rest and the proof.

use std::path::Path;
use std::time::Duration;

use automock_tf::command::DestroyOptions as TfDestroyOptions;
use automock_tf::{Cancel, Events as TfEvents};
use automock_ttl::inventory::Inventory;
use automock_ttl::reaper::{self, ReaperError, Receipt, Tick};
use automock_ttl::record::{Phase, StackRecord};
use automock_ttl::teardown::{self, Limits, remove_all};
use tokio_util::sync::CancellationToken;

use crate::deploy::{may_hold_lock, remains};
use crate::error::Remains;
use crate::events::Events;
use crate::follow::{Owner, TeardownOwner, follow};
use crate::lock::LockInfo;
use crate::outside::Outside;
use crate::removals::Sink;
use crate::workspace::StackWorkspace;
use crate::{Error, ErrorKind};

/// How long to stay with resources that the state does not name before terraform has its turn.
const EARLY_PATIENCE: Duration = Duration::from_mins(2);

/// Who is held responsible for what terraform removed.
pub(crate) const TERRAFORM: &str = "terraform";

/// Why a teardown did not come to its end.
pub(crate) struct Unfinished {
    remains: Remains,
    cause: Option<Error>,
}

impl<E: Into<Error>> From<E> for Unfinished {
    fn from(error: E) -> Self {
        Self {
            remains: Remains::default(),
            cause: Some(error.into()),
        }
    }
}

/// A teardown that has been agreed to.
pub(crate) struct Teardown<'a> {
    pub(crate) outside: &'a Outside,
    /// Who removes, in the words of the receipt.
    pub(crate) by: &'a str,
    /// Where terraform runs, if it can.
    pub(crate) workspace: Option<&'a StackWorkspace>,
    /// A lock that a dead run left on the state.
    pub(crate) lock: Option<&'a LockInfo>,
    /// Whether the last run on the stack finished.
    pub(crate) was_complete: bool,
    pub(crate) events: &'a Events,
    pub(crate) cancel: &'a CancellationToken,
}

impl Teardown<'_> {
    /// Removes everything, proves it, and forgets the stack; returns what terraform removed.
    pub(crate) async fn run(
        &self,
        held: &mut reaper::Teardown<'_>,
    ) -> Result<(u64, Receipt), Unfinished> {
        if let Some(lock) = self.lock {
            self.outside
                .remove_state_lock(held.record(), lock, self.events)
                .await?;
        }
        let by_terraform = match self.with_terraform(held).await {
            Ok(count) => count,
            Err(error) if is_final(&error) => return Err(error.into()),
            Err(error) => {
                let because = format!("terraform did not finish: {error}");
                self.events
                    .warning(format!("{because}; removing the rest without it"));
                held.note(because);
                0
            }
        };
        let receipt = self.carry_on(held).await?;
        Ok((by_terraform, receipt))
    }

    async fn with_terraform(&self, held: &mut reaper::Teardown<'_>) -> Result<u64, Error> {
        let Some(workspace) = self.workspace else {
            return Ok(0);
        };
        if held.record().phase == Phase::Done {
            return Ok(0);
        }
        workspace.force_init(self.events).await?;
        if !self.was_complete {
            // Whatever a dead run made last is not in the state, and all of it depends on what is:
            // terraform would wait for it in vain.
            self.remove_unnamed(workspace, held).await?;
        }
        self.run_terraform(workspace, held).await
    }

    /// Has terraform remove what its state names.
    async fn run_terraform(
        &self,
        workspace: &StackWorkspace,
        held: &mut reaper::Teardown<'_>,
    ) -> Result<u64, Error> {
        let total = remains(workspace).await?.in_state.len() as u64;
        if total == 0 {
            return Ok(0);
        }
        self.events
            .step(format!("removing {total} resources with terraform"));
        let (sender, messages) = TfEvents::channel();
        let terraform = workspace.terraform();
        let options = TfDestroyOptions::default();
        let (stop, mut lost) = (self.cancel.child_token(), None);
        let cancel = Cancel::on(stop.clone());
        let run = terraform.destroy(&options, &sender, &cancel);
        let (record, lease) = held.parts();
        let owner = Owner::Teardown(TeardownOwner {
            record,
            lease,
            stop: &stop,
            lost: &mut lost,
        });
        let outcome = follow(run, messages, total, owner, self.events).await;
        if let Some(lost) = lost {
            return Err(lost.into());
        }
        // Also a run that failed or was stopped has removed something.
        let noted = self.note_gone(held, TERRAFORM).await;
        let outcome = outcome.map_err(Error::terraform("destroy the stack"))?;
        noted?;
        Ok(outcome.summary.map_or(total, |summary| summary.remove))
    }

    /// Looks what has gone, and holds `by` responsible for it.
    async fn note_gone(&self, held: &mut reaper::Teardown<'_>, by: &str) -> Result<(), Error> {
        let mut sink = Sink::new(self.events, held.journal());
        let noted = held.note_gone(by, &mut |event| sink.take(event)).await;
        if let Err(error) = &noted {
            self.events.warning(format!(
                "the receipt may not say what {by} removed: {error}"
            ));
        }
        Ok(noted?)
    }

    /// Removes what AWS shows and the state does not name.
    async fn remove_unnamed(
        &self,
        workspace: &StackWorkspace,
        held: &mut reaper::Teardown<'_>,
    ) -> Result<(), Error> {
        self.events
            .step("looking for resources outside of the state");
        let inventory = self.unnamed(workspace, held.record()).await?;
        let mut sink = Sink::new(self.events, held.journal());
        let mut on_event = |event: teardown::Event| sink.resource(&event);
        let world = self.outside.world();
        let removal = remove_all(
            world.cloud,
            world.clock,
            inventory,
            early_limits(),
            &mut on_event,
        );
        let (_, lease) = held.parts();
        let report = tokio::select! {
            report = removal => Some(report),
            lost = lease.keep_on() => return Err(lost.into()),
            () = self.cancel.cancelled() => None,
        };
        let noted = match &report {
            Some(report) if report.removed.is_empty() => Ok(()),
            _ => self.note_gone(held, self.by).await,
        };
        let Some(report) = report else {
            return Err(Error::Interrupted {
                what: "removing resources outside of the state",
            });
        };
        noted?;
        if !report.is_clean() {
            // Terraform may free what holds these; the engine takes the rest after it.
            self.events
                .warning("some of them can't go yet; going on with terraform");
        }
        Ok(())
    }

    async fn unnamed(
        &self,
        workspace: &StackWorkspace,
        record: &StackRecord,
    ) -> Result<Inventory, Error> {
        let state = workspace
            .terraform()
            .state()
            .await
            .map_err(Error::terraform("read the state"))?;
        let named = |id: &str, arn: Option<&str>| {
            state
                .iter()
                .flat_map(|state| &state.resources)
                .any(|resource| {
                    resource.id.as_deref() == Some(id)
                        || (arn.is_some() && resource.arn.as_deref() == arn)
                })
        };
        let mut inventory = self.outside.inventory().scan(record).await;
        inventory.found.retain(|resource| {
            // The reaper stays until all else is gone.
            resource.may_be_deleted()
                && !resource.kind.is_reaper()
                && !named(&resource.id, resource.arn.as_deref())
        });
        Ok(inventory)
    }

    /// Has the engine remove what is left, prove that nothing is, and forget the stack.
    pub(crate) async fn carry_on(
        &self,
        held: &mut reaper::Teardown<'_>,
    ) -> Result<Receipt, Unfinished> {
        self.events.step("looking for leftovers");
        let mut sink = Sink::new(self.events, held.journal());
        let mut on_event = |event: reaper::Event| sink.take(event);
        let cancelled = || self.cancel.is_cancelled();
        let run = held.carry_on(Limits::default(), &cancelled, &mut on_event);
        match Box::pin(run).await? {
            Tick::Finished { receipt } => Ok(*receipt),
            // The lease is this run's own: what is held is the lock on the state.
            Tick::Busy { holder, until } => Err(Error::StateLocked {
                stack: held.record().stack_id.to_string(),
                holder,
                until,
            }
            .into()),
            Tick::Stuck { remains } | Tick::Progressing { remains } => Err(Unfinished {
                cause: self.cancel.is_cancelled().then_some(Error::Interrupted {
                    what: "looking for leftovers",
                }),
                remains: left_in_words(remains),
            }),
            other => Err(Error::Reaper(ReaperError::Unfinished {
                stack: held.record().stack_id.clone(),
                phase: held.record().phase,
                what: other.word().to_owned(),
            })
            .into()),
        }
    }

    /// Says what remains, and remembers it in the record; the stack's reaper may go on at once.
    pub(crate) async fn fail(
        &self,
        mut held: reaper::Teardown<'_>,
        unfinished: Unfinished,
    ) -> Error {
        let mut left = self.remains().await;
        left.outside_state = unfinished.remains.outside_state;
        left.unreadable.extend(unfinished.remains.unreadable);
        // The next run judges by the operation whether a lock that may remain can be taken away.
        let keeps_lock = unfinished.cause.as_ref().is_some_and(may_hold_lock);
        let error = Error::DestroyFailed {
            stack: held.record().stack_id.to_string(),
            remains: Box::new(left),
            source: unfinished.cause.map(Box::new),
        };
        let failure = error.to_string();
        let remember = held.parts().0.update(|record| {
            record.failure = Some(failure);
            record.operation = record.operation.take().filter(|_| keeps_lock);
            Ok(())
        });
        let remembered = remember.await;
        if remembered.is_err() || held.release().await.is_err() {
            self.events
                .warning("the registry does not know that this teardown did not finish");
        }
        error
    }

    /// What Terraform's state names.
    async fn remains(&self) -> Remains {
        match self.workspace {
            Some(workspace) => remains(workspace).await.unwrap_or_default(),
            None => Remains::default(),
        }
    }
}

fn left_in_words(remains: reaper::Remains) -> Remains {
    let line = |left: &reaper::Left| format!("{}: {}", left.resource, left.because);
    Remains {
        in_state: Vec::new(),
        outside_state: remains.left.iter().map(line).collect(),
        unreadable: remains.unreadable,
    }
}

/// Removes what a stack with local state leaves in its workspace.
pub(crate) fn forget_local_state(workspace: &Path) -> Result<(), Error> {
    for name in ["terraform.tfstate", "terraform.tfstate.backup"] {
        let path = workspace.join(name);
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(Error::io("remove", path)(error));
            }
            _ => {}
        }
    }
    Ok(())
}

fn early_limits() -> Limits {
    Limits {
        patience: EARLY_PATIENCE,
        ..Limits::default()
    }
}

/// Errors after which going on without terraform would be wrong or pointless.
fn is_final(error: &Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::Interrupted | ErrorKind::Credentials | ErrorKind::Locked
    )
}
