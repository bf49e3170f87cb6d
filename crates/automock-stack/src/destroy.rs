//! Removing a stack and proving that nothing of it is left.
//!
//! Terraform removes what its state names; a scan by ownership tags and names finds what the state
//! does not name (a deployer that was killed leaves such resources), and the second scan proves the
//! end. All of it needs only the stack's record: the configuration is a root without modules.

use std::time::{Duration, Instant};

use automock_hcl::{Backend, TeardownOptions, render_teardown};
use automock_model::{Environment, Foundation, ProjectName, Region, StackId};
use automock_tf::command::DestroyOptions as TfDestroyOptions;
use automock_tf::{Cancel, Events as TfEvents, Terraform};
use automock_ttl::aws::{AwsInventory, AwsRemover, Clients, SystemClock};
use automock_ttl::inventory::Inventory;
use automock_ttl::kind::ResourceKind;
use automock_ttl::record::{OperationKind, Phase, StackRecord, StateLocation as RecordedState};
use automock_ttl::teardown::{self, Limits, remove_all};
use jiff::Timestamp;
use serde::Serialize;
use tokio_util::sync::CancellationToken;

use crate::aws::Session;
use crate::aws::objects::{self, Versions};
use crate::deploy::{may_hold_lock, remains};
use crate::error::Remains;
use crate::events::{Event, Events};
use crate::follow::follow;
use crate::lock::LockInfo;
use crate::settings::Settings;
use crate::stack::{Held, require_foundation};
use crate::takeover::{clear_operation, find_dead_lock, remove_lock};
use crate::workspace::{StackWorkspace, locate_terraform};
use crate::{Error, ErrorKind, registry};

/// The end is proven by two clean scans this far apart: some of AWS's lists lag behind.
const BETWEEN_SCANS: Duration = Duration::from_secs(5);

/// Scans before giving up on two clean ones in a row.
const MOST_SCANS: usize = 6;

/// How long to stay with resources that the state does not name before terraform has its turn.
const EARLY_PATIENCE: Duration = Duration::from_mins(2);

/// How a destroy goes.
#[derive(Clone, Debug, Default)]
pub struct DestroyOptions {
    /// The project and environment that the stack must belong to. Two projects can have stacks of
    /// the same id; a caller that starts from a project file names it here.
    pub of_project: Option<(ProjectName, Environment)>,
    /// Take the stack from a run that is certainly dead but can't be judged from here.
    pub break_lock: bool,
}

/// What is about to be destroyed, for the person who decides.
#[derive(Clone, Debug, Serialize)]
pub struct DestroyPreview {
    /// The stack.
    pub stack: String,
    /// Account of the stack.
    pub account: String,
    /// Region of the stack.
    pub region: String,
    /// Where it is in its life.
    pub phase: Phase,
    /// Where its mock answers.
    pub url: Option<String>,
}

/// What a destroy removed.
#[derive(Clone, Debug, Serialize)]
pub struct Destroyed {
    /// The stack.
    pub stack: String,
    /// Resources that terraform removed.
    pub by_terraform: u64,
    /// Resources that were removed directly, because the state did not name them.
    pub directly: Vec<String>,
    /// Resources that carry one of the stack's names and not its tag, and were left alone.
    pub left_alone: Vec<String>,
    /// How long it took, in seconds.
    pub seconds: f64,
}

/// Removes a stack.
///
/// `approve` decides, knowing what is about to go.
///
/// # Errors
///
/// [`Error::NoStack`] when the registry does not know it, [`Error::DestroyFailed`] when something
/// remains; destroying again goes on from there.
pub async fn destroy(
    stack: &StackId,
    region: &Region,
    settings: &Settings,
    options: DestroyOptions,
    events: &Events,
    cancel: &CancellationToken,
    approve: impl FnOnce(&DestroyPreview) -> bool,
) -> Result<Destroyed, Error> {
    let started = Instant::now();
    let (terraform, session) = tokio::join!(
        locate_terraform(settings),
        Session::connect(region, settings),
    );
    let (terraform, session) = (terraform?, session?);
    require_foundation(&session, settings, region).await?;
    let registry = registry::open(&session, settings, region);
    let Some(found) = registry.get(stack).await? else {
        return Err(Error::NoStack {
            stack: stack.to_string(),
            account: session.account().to_owned(),
            region: region.to_string(),
        });
    };
    let mut held = Held::existing(registry, found);
    check_identity(&held.record, &session, region, &options)?;
    let was_complete = held.record.phase == Phase::Active && held.record.operation.is_none();
    let dead = clear_operation(&mut held, options.break_lock, events, cancel).await?;
    if !approve(&preview(&held.record)) {
        return Err(Error::Declined);
    }
    if cancel.is_cancelled() {
        return Err(Error::Interrupted { what: "asking" });
    }
    let lock = find_dead_lock(&session, &held, dead.as_ref(), options.break_lock).await?;
    let workspace = write_workspace(&terraform, &session, settings, region, &held.record)?;
    // The record is claimed before the lock goes: whoever else wants the stack finds it taken.
    let now = Timestamp::now();
    held.record.begin(
        registry::operation(OperationKind::Destroy, settings, now),
        now,
    )?;
    held.save().await?;
    let teardown = Teardown {
        session: &session,
        workspace: &workspace,
        events,
        cancel,
    };
    match teardown.run(&mut held, lock.as_ref(), was_complete).await {
        Ok((by_terraform, direct)) => Ok(Destroyed {
            stack: stack.to_string(),
            by_terraform,
            directly: direct.removed,
            left_alone: direct.left_alone,
            seconds: started.elapsed().as_secs_f64(),
        }),
        Err(error) => Err(teardown.fail(held, error).await),
    }
}

/// Refuses to look for a stack where it is not: every scan there would be clean.
fn check_identity(
    record: &StackRecord,
    session: &Session,
    region: &Region,
    options: &DestroyOptions,
) -> Result<(), Error> {
    if record.account != *session.account_id() || record.region != region.as_str() {
        return Err(Error::Elsewhere {
            stack: record.stack_id.to_string(),
            account: record.account.to_string(),
            region: record.region.clone(),
        });
    }
    match &options.of_project {
        Some((project, environment))
            if (&record.project, &record.environment) != (project, environment) =>
        {
            Err(Error::NameTaken {
                stack: record.stack_id.to_string(),
                project: record.project.to_string(),
                environment: record.environment.to_string(),
            })
        }
        _ => Ok(()),
    }
}

fn preview(record: &StackRecord) -> DestroyPreview {
    DestroyPreview {
        stack: record.stack_id.to_string(),
        account: record.account.to_string(),
        region: record.region.clone(),
        phase: record.phase,
        url: record.url.clone(),
    }
}

/// A root without modules against the stack's state: terraform removes all that the state names.
fn write_workspace(
    terraform: &Terraform,
    session: &Session,
    settings: &Settings,
    region: &Region,
    record: &StackRecord,
) -> Result<StackWorkspace, Error> {
    let backend = match &record.state {
        RecordedState::S3 {
            bucket,
            key,
            region,
        } => Backend::S3 {
            bucket: Some(bucket.clone()),
            key: key.clone(),
            region: region.clone(),
            lock_table: None,
            path_style: session.path_style(),
        },
        _ => Backend::Local {
            path: Settings::local_state_file().display().to_string(),
        },
    };
    let rendered = render_teardown(&TeardownOptions {
        backend,
        region: region.clone(),
        account_id: session.account_id().clone(),
        path_style: session.path_style(),
    });
    let dir = settings.workspace_dir(record.stack_id.as_str());
    StackWorkspace::write(terraform, dir, &rendered, &[])
}

/// Resources that were removed, or left alone, without terraform.
#[derive(Debug, Default)]
struct Direct {
    removed: Vec<String>,
    left_alone: Vec<String>,
}

/// Why a teardown did not come to its end.
struct Unfinished {
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

struct Teardown<'a> {
    session: &'a Session,
    workspace: &'a StackWorkspace,
    events: &'a Events,
    cancel: &'a CancellationToken,
}

impl Teardown<'_> {
    async fn run(
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
    async fn fail(&self, mut held: Held, unfinished: Unfinished) -> Error {
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
