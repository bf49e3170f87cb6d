//! The steps of a teardown: terraform, what it does not know, and the proof of the end.

use std::time::Duration;

use automock_model::Foundation;
use automock_tf::command::DestroyOptions as TfDestroyOptions;
use automock_tf::{Cancel, Events as TfEvents};
use automock_ttl::aws::{AwsInventory, AwsRemover, Clients, SystemClock};
use automock_ttl::inventory::Inventory;
use automock_ttl::kind::ResourceKind;
use automock_ttl::record::{Phase, StackRecord, StateLocation as RecordedState};
use automock_ttl::teardown::{self, Limits, remove_all};
use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use crate::aws::Session;
use crate::aws::objects::{self, Versions};
use crate::deploy::{may_hold_lock, remains};
use crate::error::Remains;
use crate::events::{Event, Events};
use crate::follow::follow;
use crate::lock::LockInfo;
use crate::stack::Held;
use crate::takeover::remove_lock;
use crate::workspace::StackWorkspace;
use crate::{Error, ErrorKind};

/// The end is proven by two clean scans this far apart: some of AWS's lists lag behind.
const BETWEEN_SCANS: Duration = Duration::from_secs(5);

/// Scans before giving up on two clean ones in a row.
const MOST_SCANS: usize = 6;

/// How long to stay with resources that the state does not name before terraform has its turn.
const EARLY_PATIENCE: Duration = Duration::from_mins(2);

/// Resources that were removed, or left alone, without terraform.
#[derive(Debug, Default)]
pub(crate) struct Direct {
    pub(crate) removed: Vec<String>,
    pub(crate) left_alone: Vec<String>,
}

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

/// Discovery and removal with the same clients.
struct Aws {
    inventory: AwsInventory,
    remover: AwsRemover,
}

/// A teardown that has been agreed to and recorded.
pub(crate) struct Teardown<'a> {
    pub(crate) session: &'a Session,
    pub(crate) workspace: &'a StackWorkspace,
    pub(crate) events: &'a Events,
    pub(crate) cancel: &'a CancellationToken,
}

impl Teardown<'_> {
    /// Removes everything and forgets the stack.
    pub(crate) async fn run(
        &self,
        held: &mut Held,
        lock: Option<&LockInfo>,
        was_complete: bool,
    ) -> Result<(u64, Direct), Unfinished> {
        self.workspace.force_init(self.events).await?;
        if let Some(lock) = lock {
            remove_lock(lock, self.workspace, self.events).await?;
        }
        let clients = Clients::new(self.session.config(), self.session.path_style());
        let cloud = Aws {
            inventory: AwsInventory::with_clients(clients.clone()),
            remover: AwsRemover::with_clients(clients),
        };
        let mut direct = Direct::default();
        if !was_complete {
            // Whatever a dead run made last is not in the state, and all of it depends on what is:
            // terraform would wait for it in vain.
            self.remove_unnamed(&cloud, &held.record, &mut direct)
                .await?;
        }
        let mut by_terraform = 0;
        match self.run_terraform(held).await {
            Ok(count) => by_terraform += count,
            Err(error) if is_final(&error) => return Err(error.into()),
            Err(error) => self
                .events
                .warning(format!("{error}; removing the rest without it")),
        }
        self.prove_absence(&cloud, &held.record, &mut direct)
            .await?;
        // What was removed directly is still in the state. It must be empty before it goes.
        by_terraform += self.run_terraform(held).await?;
        self.forget(held).await?;
        Ok((by_terraform, direct))
    }

    /// Scans until two scans in a row found nothing, and removes what the others find.
    async fn prove_absence(
        &self,
        cloud: &Aws,
        record: &StackRecord,
        direct: &mut Direct,
    ) -> Result<(), Unfinished> {
        self.events.step("looking for leftovers");
        let mut clean = 0;
        for _ in 0..MOST_SCANS {
            let inventory = cloud.inventory.scan(record).await;
            clean = if inventory.is_clean() { clean + 1 } else { 0 };
            self.remove_found(cloud, inventory, Limits::default(), direct)
                .await?;
            if clean == 2 {
                return Ok(());
            }
            self.pause(BETWEEN_SCANS).await?;
        }
        Err(Unfinished {
            remains: Remains {
                unreadable: vec![format!("{MOST_SCANS} scans in a row found something new")],
                ..Remains::default()
            },
            cause: None,
        })
    }

    /// Removes what AWS shows and the state does not name.
    async fn remove_unnamed(
        &self,
        cloud: &Aws,
        record: &StackRecord,
        direct: &mut Direct,
    ) -> Result<(), Unfinished> {
        self.events
            .step("looking for resources outside of the state");
        let state = self
            .workspace
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
        let mut inventory = cloud.inventory.scan(record).await;
        inventory.found.retain(|resource| {
            // The reaper stays until all else is gone.
            let is_reaper = matches!(
                resource.kind,
                ResourceKind::LambdaFunction | ResourceKind::EventRule
            );
            resource.may_be_deleted() && !is_reaper && !named(&resource.id, resource.arn.as_deref())
        });
        match self
            .remove_found(cloud, inventory, early_limits(), direct)
            .await
        {
            Err(unfinished) if unfinished.cause.is_none() => {
                // Terraform may free what holds these; the scan after it takes the rest.
                self.events
                    .warning("some of them can't go yet; going on with terraform");
                Ok(())
            }
            other => other,
        }
    }

    async fn remove_found(
        &self,
        cloud: &Aws,
        inventory: Inventory,
        limits: Limits,
        direct: &mut Direct,
    ) -> Result<(), Unfinished> {
        let events = self.events.clone();
        let mut on_event = move |event: teardown::Event| report(&events, &event);
        let removal = remove_all(
            &cloud.remover,
            &SystemClock,
            inventory,
            limits,
            &mut on_event,
        );
        let report = tokio::select! {
            report = removal => report,
            () = self.cancel.cancelled() => {
                return Err(Error::Interrupted { what: "removing leftovers" }.into());
            }
        };
        direct
            .removed
            .extend(report.removed.iter().map(ToString::to_string));
        for resource in &report.foreign {
            let name = resource.to_string();
            if !direct.left_alone.contains(&name) {
                direct.left_alone.push(name);
            }
        }
        if report.is_clean() {
            return Ok(());
        }
        Err(Unfinished {
            remains: Remains {
                in_state: Vec::new(),
                outside_state: report
                    .remaining
                    .iter()
                    .map(|left| format!("{}: {}", left.resource, left.hold))
                    .collect(),
                unreadable: report
                    .unreadable
                    .iter()
                    .map(|unseen| format!("{}: {}", unseen.kind, unseen.reason))
                    .collect(),
            },
            cause: None,
        })
    }

    /// Has terraform remove what its state names; a state that can't be read is an error, because
    /// an empty one is what allows it to be deleted.
    async fn run_terraform(&self, held: &mut Held) -> Result<u64, Error> {
        let total = remains(self.workspace).await?.in_state.len() as u64;
        if total == 0 {
            return Ok(0);
        }
        self.events.step(format!("removing {total} resources"));
        let (sender, messages) = TfEvents::channel();
        let terraform = self.workspace.terraform();
        let options = TfDestroyOptions::default();
        let cancel = Cancel::on(self.cancel.clone());
        let run = terraform.destroy(&options, &sender, &cancel);
        let outcome = follow(run, messages, total, Some(held), self.events)
            .await
            .map_err(Error::terraform("destroy the stack"))?;
        Ok(outcome.summary.map_or(total, |summary| summary.remove))
    }

    async fn pause(&self, time: Duration) -> Result<(), Error> {
        tokio::select! {
            () = tokio::time::sleep(time) => Ok(()),
            () = self.cancel.cancelled() => Err(Error::Interrupted { what: "looking for leftovers" }),
        }
    }

    /// Removes state and record: the very last acts.
    async fn forget(&self, held: &mut Held) -> Result<(), Error> {
        match held.record.state.clone() {
            RecordedState::S3 { bucket, key, .. } => {
                objects::delete_versions(self.session, &bucket, &key, Versions::All).await?;
                // Terraform released its lock; one that is there now is somebody else's.
                let lock = format!("{key}.tflock");
                objects::delete_versions(self.session, &bucket, &lock, Versions::OfDeleted).await?;
            }
            _ => {
                for name in ["terraform.tfstate", "terraform.tfstate.backup"] {
                    let path = self.workspace.dir().join(name);
                    match std::fs::remove_file(&path) {
                        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                            return Err(Error::io("remove", path)(error));
                        }
                        _ => {}
                    }
                }
            }
        }
        held.record.finish(Phase::Done, Timestamp::now())?;
        held.delete().await?;
        if let RecordedState::S3 { bucket, .. } = &held.record.state {
            let key = Foundation::registry_key(&held.record.stack_id);
            objects::delete_versions(self.session, bucket, &key, Versions::OfDeleted).await?;
        }
        Ok(())
    }

    /// Says what remains, and remembers it in the record.
    pub(crate) async fn fail(&self, mut held: Held, unfinished: Unfinished) -> Error {
        let mut left = remains(self.workspace).await.unwrap_or_default();
        left.outside_state = unfinished.remains.outside_state;
        left.unreadable = unfinished.remains.unreadable;
        let operation = held.record.operation.clone();
        let keeps_lock = unfinished.cause.as_ref().is_some_and(may_hold_lock);
        let error = Error::DestroyFailed {
            stack: held.record.stack_id.to_string(),
            remains: Box::new(left),
            source: unfinished.cause.map(Box::new),
        };
        held.record.failure = Some(error.to_string());
        let finished = held.record.finish(Phase::TearingDown, Timestamp::now());
        if keeps_lock {
            // The next run judges by it whether the lock that may remain can be taken away.
            held.record.operation = operation;
        }
        if finished.is_err() || held.save().await.is_err() {
            self.events
                .warning("the registry does not know that this teardown did not finish");
        }
        error
    }
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

fn report(events: &Events, event: &teardown::Event) {
    let (resource, state) = match event {
        teardown::Event::Started(resource) => (resource, "removing".to_owned()),
        teardown::Event::Gone(resource) => (resource, "gone".to_owned()),
        teardown::Event::Failed { resource, failure } => (resource, format!("failed: {failure}")),
        teardown::Event::LeftAlone(resource) => {
            events.detail(format!("{resource} is not the stack's and is left alone"));
            return;
        }
        _ => return,
    };
    events.send(Event::Removal {
        resource: resource.to_string(),
        state,
    });
}
