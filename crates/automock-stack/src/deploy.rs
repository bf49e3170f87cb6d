//! Creating or changing a stack, and knowing when its mock answers.

use std::time::{Duration, Instant};

use automock_model::{EngineKind, Expectations, Partition};
use automock_tf::command::ApplyOptions;
use automock_tf::output::Outputs;
use automock_tf::{Cancel, Events as TfEvents};
use automock_ttl::aws::AwsInventory;
use automock_ttl::record::{Operation, OperationKind, Phase, StackNames, StackRecord};
use automock_ttl::registry::Versioned;
use jiff::Timestamp;
use serde::Serialize;
use tokio_util::sync::CancellationToken;

use crate::aws::objects;
use crate::aws::scaling::Bounds;
use crate::confirm::{Confirmations, Outcome, Settling};
use crate::doctor::{Check, Verdict};
use crate::engine_image::supply;
use crate::error::Remains;
use crate::events::Events;
use crate::follow::{Owner, follow};
use crate::health::{Health, HealthOptions, wait};
use crate::held::Held;
use crate::plan::{PLAN_FILE, Prepared, StackPlan};
use crate::preflight::preflight;
use crate::push::PushOptions;
use crate::render::Parts;
use crate::settings::StateLocation;
use crate::stack::Stack;
use crate::takeover::{clear_operation, find_dead_lock, remove_lock};
use crate::workspace::StackWorkspace;
use crate::{Error, notify, registry};

/// How a deploy goes.
#[derive(Clone, Copy, Debug, Default)]
pub struct DeployOptions {
    /// How to wait for healthy targets.
    pub health: HealthOptions,
    /// Return as soon as terraform is done, without waiting for healthy targets.
    pub skip_health: bool,
    /// Take the stack from a run that is certainly dead but can't be judged from here.
    pub break_lock: bool,
}

/// What a deploy made.
#[derive(Clone, Debug, Serialize)]
pub struct Deployment {
    /// The stack.
    pub stack: String,
    /// Where the mock answers.
    pub url: String,
    /// Where the control API answers, when it is open.
    pub control_url: Option<String>,
    /// The stack's page in the CloudWatch console.
    pub dashboard_url: Option<String>,
    /// When the stack's time is over; `null` when it stays.
    pub expires_at: Option<Timestamp>,
    /// Revision of the expectations that the tasks serve.
    pub revision: String,
    /// Healthy targets, or `null` when that was not waited for.
    pub healthy: Option<u32>,
    /// Bounds of the task count.
    pub tasks: Bounds,
    /// What was changed.
    pub changes: crate::plan::Counts,
    /// How long it took, in seconds.
    pub seconds: f64,
}

impl Stack {
    /// Creates the stack, or changes it to what the project says.
    ///
    /// `approve` is shown the plan and decides; it is not asked when nothing changes. The stack's
    /// record is written before the first resource, and its time to live begins anew.
    ///
    /// # Errors
    ///
    /// [`Error::DeployFailed`] says what exists when something failed after the first change;
    /// [`Error::Unhealthy`] when all is there and the mock does not answer, [`Error::RolledBack`] when
    /// ECS went back to the tasks of the previous deployment. Every other error
    /// comes before anything of the stack was changed.
    pub async fn deploy(
        &self,
        expectations: &Expectations,
        options: DeployOptions,
        events: &Events,
        cancel: &CancellationToken,
        approve: impl FnOnce(&StackPlan) -> bool,
    ) -> Result<Deployment, Error> {
        let started = Instant::now();
        self.refuse_what_does_not_fit(expectations)?;
        let taken = self.take(options.break_lock, events, cancel).await?;
        let parts = self.check_parts().await?;
        let exists = taken.held.is_stored();
        self.refuse_without_room(&parts, exists, events).await?;
        let workspace = self.write_workspace(expectations, &parts)?;
        workspace.init(events).await?;
        let (dead, break_lock) = (taken.dead.as_ref(), options.break_lock);
        if let Some(lock) = find_dead_lock(
            &self.session,
            &taken.held.record,
            taken.held.read_at(),
            dead,
            break_lock,
        )
        .await?
        {
            remove_lock(&lock, &workspace, events).await?;
        }
        let prepared = self.prepare(workspace, events, cancel).await?;
        if prepared.plan.has_changes && !approve(&prepared.plan) {
            return Err(Error::Declined);
        }
        if cancel.is_cancelled() {
            return Err(Error::Interrupted { what: "planning" });
        }
        if let Some(image) = &parts.engine {
            let foundation = self.foundation();
            let (session, settings) = (&self.session, &self.settings);
            Box::pin(supply(
                image,
                &foundation,
                session,
                settings,
                events,
                cancel,
            ))
            .await?;
        }
        if let Some(mirror) = &parts.mirror {
            let foundation = self.foundation();
            let (session, settings) = (&self.session, &self.settings);
            Box::pin(mirror.supply(&foundation, session, settings, events, cancel)).await?;
        }
        let mut held = taken.held;
        self.begin(&mut held).await?;
        let run = DeployRun {
            stack: self,
            prepared: &prepared,
            expectations,
            options,
            events,
            cancel,
            started,
        };
        match Box::pin(run.carry_out(&mut held)).await {
            Ok(deployment) => Ok(deployment),
            Err(error) => Err(run.fail(held, error).await),
        }
    }

    /// Finds the stack's record, or makes one, and frees it from runs that died.
    async fn take(
        &self,
        break_lock: bool,
        events: &Events,
        cancel: &CancellationToken,
    ) -> Result<Taken, Error> {
        self.require_foundation().await?;
        let Some(found) = self.record().await? else {
            let now = Timestamp::now();
            let operation = registry::operation(OperationKind::Deploy, &self.settings, now);
            let record =
                registry::new_record(&self.project, &self.session, &self.settings, operation, now);
            self.refuse_unrecorded(&record).await?;
            return Ok(Taken {
                held: Held::new(self.registry(), record),
                dead: None,
            });
        };
        match found.record.phase {
            Phase::TearingDown => return Err(Error::TearingDown { stack: self.id() }),
            Phase::Done => return self.replace(found).await,
            _ => {}
        }
        let mut held = Held::existing(self.registry(), found);
        let dead = clear_operation(&mut held, break_lock, events, cancel).await?;
        Ok(Taken { held, dead })
    }

    /// Takes the place of a stack that is gone and of which only the record is left. What its own
    /// reaper may have left would be refused as somebody else's.
    async fn replace(&self, found: Versioned) -> Result<Taken, Error> {
        let (now, registry) = (Timestamp::now(), self.registry());
        let operation = registry::operation(OperationKind::Deploy, &self.settings, now);
        let record =
            registry::new_record(&self.project, &self.session, &self.settings, operation, now);
        self.refuse_unrecorded(&record).await?;
        registry
            .delete(&found.record.stack_id, &found.version)
            .await?;
        Ok(Taken {
            held: Held::new(registry, record),
            dead: None,
        })
    }

    /// Refuses to build on resources that carry the stack's tag and are somebody else's business: a
    /// later destroy could not tell them apart.
    async fn refuse_unrecorded(&self, record: &StackRecord) -> Result<(), Error> {
        let inventory = AwsInventory::new(self.session.config(), self.session.path_style());
        let found = Box::pin(inventory.scan(record)).await;
        let resources: Vec<String> = found.of_stack().map(ToString::to_string).collect();
        if resources.is_empty() {
            return Ok(());
        }
        Err(Error::Unrecorded {
            stack: self.id(),
            resources,
        })
    }

    /// Refuses a stack that the account has no room for, and says where it can't grow.
    async fn refuse_without_room(
        &self,
        parts: &Parts,
        exists: bool,
        events: &Events,
    ) -> Result<(), Error> {
        events.step("asking whether the account has room");
        let image = parts.engine.as_ref();
        let found = preflight(&self.project, &self.session, image, exists);
        let (bad, rest): (Vec<Check>, _) = Box::pin(found)
            .await
            .into_iter()
            .partition(|check| check.verdict == Verdict::Bad);
        for check in rest.iter().filter(|check| check.verdict == Verdict::Note) {
            match &check.hint {
                Some(hint) => events.warning(format!("{}; {hint}", check.finding)),
                None => events.detail(check.finding.clone()),
            }
        }
        if bad.is_empty() {
            return Ok(());
        }
        Err(Error::NoRoom { checks: bad })
    }

    /// Writes the record before anything is created; the time to live begins here.
    async fn begin(&self, held: &mut Held) -> Result<(), Error> {
        let now = Timestamp::now();
        if held.is_stored() {
            let operation = registry::operation(OperationKind::Deploy, &self.settings, now);
            held.record.begin(operation, now)?;
        }
        let ttl = self.project.ttl.duration.seconds();
        held.record.ttl_seconds = ttl;
        held.record.warning_lead_seconds = self.project.ttl.warning_seconds;
        held.record
            .set_expiry(ttl.map(|ttl| automock_ttl::deadline::after(now, ttl)), now)?;
        held.record.names = StackNames::of(&self.project, self.session.account_id());
        env!("CARGO_PKG_VERSION").clone_into(&mut held.record.automock_version);
        held.save().await
    }

    /// Sees to it that the project's mail addresses hear of the stack's end; a failure is no
    /// reason not to deploy.
    async fn subscribe(&self, events: &Events) {
        let mail = &self.project.ttl.mail;
        let has_end = self.project.ttl.duration.seconds().is_some();
        if mail.is_empty() || !has_end || self.settings.state == StateLocation::Local {
            return;
        }
        let foundation = self.foundation();
        match notify::subscribe(&self.session, &foundation.topic_arn(), mail).await {
            Ok(pending) if pending.is_empty() => {}
            Ok(pending) => events.warning(format!(
                "{} will hear nothing before the subscription mail from AWS is confirmed",
                pending.join(", ")
            )),
            Err(error) => {
                events.warning(format!("no mail will be sent: {error}: {}", error.cause()));
            }
        }
    }

    fn dashboard_url(&self, name: &str) -> String {
        let region = &self.project.region;
        let domain = console_domain(region.partition());
        format!(
            "https://{region}.{domain}/cloudwatch/home?region={region}#dashboards/dashboard/{name}"
        )
    }
}

/// Host of the AWS console in each partition:
/// <https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html>.
fn console_domain(partition: Partition) -> &'static str {
    match partition {
        Partition::AwsCn => "console.amazonaws.cn",
        Partition::AwsUsGov => "console.amazonaws-us-gov.com",
        Partition::Aws => "console.aws.amazon.com",
    }
}

/// A record that is ours to work with, and the dead operation it was taken from.
struct Taken {
    held: Held,
    dead: Option<Operation>,
}

/// A deploy that has been agreed to and recorded.
struct DeployRun<'a> {
    stack: &'a Stack,
    prepared: &'a Prepared,
    expectations: &'a Expectations,
    options: DeployOptions,
    events: &'a Events,
    cancel: &'a CancellationToken,
    started: Instant,
}

impl DeployRun<'_> {
    async fn carry_out(&self, held: &mut Held) -> Result<Deployment, Error> {
        self.stack.subscribe(self.events).await;
        if self.prepared.plan.has_changes {
            self.apply(held).await?;
        }
        let outputs = self.outputs().await?;
        let output = |name: &str| {
            let output = outputs.get(name)?;
            output.as_str().map(str::to_owned)
        };
        held.record.url = output("url");
        held.save().await?;
        let applied = output("task_definition_arn");
        let health = Box::pin(self.wait(held, applied.as_deref())).await?;
        held.record.finish(Phase::Active, Timestamp::now())?;
        held.save().await?;
        let stack = self.stack;
        Ok(Deployment {
            stack: stack.id(),
            url: output("url").unwrap_or_default(),
            control_url: output("control_url"),
            dashboard_url: output("dashboard_name").map(|name| stack.dashboard_url(&name)),
            expires_at: held.record.expires_at,
            revision: self.expectations.revision().to_string(),
            healthy: health.map(|health| health.healthy),
            tasks: Bounds {
                min: stack.project.tasks.min,
                max: stack.project.tasks.max,
            },
            changes: self.prepared.plan.counts,
            seconds: self.started.elapsed().as_secs_f64(),
        })
    }

    async fn apply(&self, held: &mut Held) -> Result<(), Error> {
        let total = self.prepared.plan.counts.steps();
        self.events.step(format!("applying {total} changes"));
        let (sender, messages) = TfEvents::channel();
        let terraform = self.prepared.workspace.terraform();
        let options = ApplyOptions::plan(PLAN_FILE);
        let cancel = Cancel::on(self.cancel.clone());
        let apply = terraform.apply(&options, &sender, &cancel);
        follow(apply, messages, total, Owner::Record(held), self.events)
            .await
            .map(drop)
            .map_err(Error::terraform("apply the plan"))
    }

    async fn outputs(&self) -> Result<Outputs, Error> {
        let terraform = self.prepared.workspace.terraform();
        terraform
            .outputs()
            .await
            .map_err(Error::terraform("read the outputs"))
    }

    async fn wait(&self, held: &mut Held, applied: Option<&str>) -> Result<Option<Health>, Error> {
        if self.options.skip_health {
            return Ok(None);
        }
        self.events.step("waiting for healthy targets");
        let (session, names) = (&self.stack.session, &self.stack.names);
        let health = wait(
            session,
            names,
            applied,
            self.options.health,
            self.events,
            self.cancel,
        );
        let bucket = held.record.names.config_bucket.clone();
        let both = async {
            let (health, ()) =
                tokio::try_join!(Box::pin(health), self.confirmed(&bucket, applied))?;
            Ok(Some(health))
        };
        held.alive_during(Box::pin(both), self.events).await
    }

    /// Waits until every task of AutoMock's engine serves the expectations; those that this deployment
    /// replaces need not, which may be too small for them, or too old. Without a new deployment
    /// the tasks are healthy whatever they say about them.
    async fn confirmed(&self, bucket: &str, applied: Option<&str>) -> Result<(), Error> {
        let stack = self.stack;
        let project = &stack.project;
        if project.engine.kind != EngineKind::AutoMock {
            return Ok(());
        }
        let key = &stack.names.expectations_key;
        let confirmations = Confirmations {
            session: &stack.session,
            names: &stack.names,
            bucket,
            revision: self.expectations.revision(),
            since: objects::last_modified(&stack.session, bucket, key).await?,
            definition: applied,
        };
        let options = PushOptions {
            // Where tasks don't even start, their health says more.
            timeout: self.options.health.timeout + Duration::from_secs(30),
            ..PushOptions::default()
        };
        let settling = Settling::for_reload(project.engine.reload_every_seconds);
        let (events, cancel) = (Events::ignore(), self.cancel);
        match confirmations
            .wait(options, settling, &events, cancel)
            .await?
        {
            Outcome::Served { .. } => Ok(()),
            Outcome::Refused(refusal) => Err(Error::Refused {
                stack: stack.id(),
                refusal,
            }),
            Outcome::Silent { confirmed, tasks } => Err(Error::NotConfirmed {
                revision: confirmations.revision.to_string(),
                confirmed,
                tasks,
                waited_seconds: options.timeout.as_secs(),
                has_loader: false,
            }),
        }
    }

    /// Remembers why the run did not finish, and says what exists now.
    async fn fail(&self, mut held: Held, error: Error) -> Error {
        let operation = held.record.operation.clone();
        let finished = held.record.finish(Phase::Failed, Timestamp::now());
        held.record.failure = Some(error.to_string());
        if may_hold_lock(&error) {
            // The next run judges by it whether the lock that may remain can be taken away.
            held.record.operation = operation;
        }
        // The error itself matters more than a record that can't be written.
        let saved = match finished {
            Ok(()) => held.save().await,
            Err(error) => Err(error.into()),
        };
        if let Err(error) = saved {
            self.events.warning(format!(
                "the registry does not know of this failure: {error}"
            ));
        }
        if is_after_apply(&error) {
            return error;
        }
        Error::DeployFailed {
            stack: self.stack.id(),
            remains: Box::new(
                remains(&self.prepared.workspace)
                    .await
                    .unwrap_or_else(|error| Remains {
                        unreadable: vec![format!("the Terraform state: {error}")],
                        ..Remains::default()
                    }),
            ),
            source: Box::new(error),
        }
    }
}

/// All is applied by then: what failed is the mock, or the wait for it.
fn is_after_apply(error: &Error) -> bool {
    matches!(
        error,
        Error::Unhealthy { .. }
            | Error::RolledBack { .. }
            | Error::Refused { .. }
            | Error::NotConfirmed { .. }
            | Error::Interrupted { .. }
    )
}

/// Whether terraform ended in a way that leaves its lock behind.
pub(crate) fn may_hold_lock(error: &Error) -> bool {
    let Error::Terraform { source, .. } = error else {
        return false;
    };
    match source.as_ref() {
        automock_tf::Error::Interrupted(interruption) => interruption.lock_may_remain,
        automock_tf::Error::Failed(failure) => failure.signal.is_some(),
        _ => false,
    }
}

/// What exists according to the state.
pub(crate) async fn remains(workspace: &StackWorkspace) -> Result<Remains, Error> {
    let addresses = workspace
        .terraform()
        .state_list()
        .await
        .map_err(Error::terraform("read the state"))?;
    let is_data = |address: &String| address.starts_with("data.") || address.contains(".data.");
    Ok(Remains {
        in_state: addresses
            .iter()
            .map(ToString::to_string)
            .filter(|address| !is_data(address))
            .collect(),
        ..Remains::default()
    })
}
