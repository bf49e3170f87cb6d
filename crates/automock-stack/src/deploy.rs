//! Creating or changing a stack, and knowing when its mock answers.

use std::time::Instant;

use automock_model::{Expectations, Foundation, Partition};
use automock_tf::command::ApplyOptions;
use automock_tf::{Cancel, Event as TfEvent, Events as TfEvents};
use automock_ttl::record::{Operation, OperationKind, Phase, StackNames};
use jiff::Timestamp;
use serde::Serialize;
use tokio_util::sync::CancellationToken;

use crate::aws::scaling::Bounds;
use crate::error::Remains;
use crate::events::{Event, Events};
use crate::health::{HealthOptions, wait};
use crate::plan::{PLAN_FILE, Prepared, StackPlan};
use crate::progress::Tracker;
use crate::settings::StateLocation;
use crate::stack::{Held, Stack};
use crate::takeover::{clear_lock, clear_operation};
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
    /// [`Error::DeployFailed`] says what exists when terraform did not finish;
    /// [`Error::Unhealthy`] when all is there and the mock does not answer. Every other error
    /// comes before anything was changed.
    pub async fn deploy(
        &self,
        expectations: &Expectations,
        options: DeployOptions,
        events: &Events,
        cancel: &CancellationToken,
        approve: impl FnOnce(&StackPlan) -> bool,
    ) -> Result<Deployment, Error> {
        let started = Instant::now();
        let mut held = self.take(options.break_lock, events, cancel).await?;
        let prepared = self
            .prepare_unlocked(expectations, options, &held, events, cancel)
            .await?;
        if prepared.plan.has_changes && !approve(&prepared.plan) {
            return Err(Error::Declined);
        }
        self.begin(&mut held.held).await?;
        self.subscribe(events).await;
        let mut held = held.held;
        if prepared.plan.has_changes {
            self.apply(&prepared, &mut held, events, cancel).await?;
        }
        self.finish(
            &prepared,
            held,
            expectations,
            options,
            events,
            cancel,
            started,
        )
        .await
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
            return Ok(Taken {
                held: Held::new(self.registry(), record),
                dead: None,
            });
        };
        let mut held = Held::existing(self.registry(), found);
        let dead = clear_operation(&mut held, break_lock, events, cancel).await?;
        Ok(Taken { held, dead })
    }

    async fn prepare_unlocked(
        &self,
        expectations: &Expectations,
        options: DeployOptions,
        taken: &Taken,
        events: &Events,
        cancel: &CancellationToken,
    ) -> Result<Prepared, Error> {
        // A lock that a dead run left would make the plan fail; looking costs one request.
        let package = crate::render::check_settings(&self.project, &self.settings)?;
        let workspace = self.write_workspace(expectations, package)?;
        if taken.held.is_stored() {
            workspace.init(events).await?;
            let dead = taken.dead.as_ref();
            clear_lock(
                &self.session,
                &taken.held,
                dead,
                &workspace,
                options.break_lock,
                events,
            )
            .await?;
        }
        self.prepare(expectations, events, cancel).await
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
        let foundation = Foundation::new(
            self.session.account_id().clone(),
            self.project.region.clone(),
        );
        match notify::subscribe(&self.session, &foundation.topic_arn(), mail).await {
            Ok(pending) if pending.is_empty() => {}
            Ok(pending) => events.warning(format!(
                "{} will hear nothing before the subscription mail from AWS is confirmed",
                pending.join(", ")
            )),
            Err(error) => {
                events.warning(format!("no mail will be sent: {error}: {}", error.cause()))
            }
        }
    }

    async fn apply(
        &self,
        prepared: &Prepared,
        held: &mut Held,
        events: &Events,
        cancel: &CancellationToken,
    ) -> Result<(), Error> {
        events.step(format!("applying {} changes", prepared.plan.counts.steps()));
        let applied = run_apply(prepared, held, events, cancel).await;
        let Err(source) = applied else { return Ok(()) };
        let remains = remains(&prepared.workspace).await;
        self.record_failure(held, &source.to_string(), events).await;
        Err(Error::DeployFailed {
            stack: self.id(),
            remains: Box::new(remains),
            source: Box::new(source),
        })
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "the last step of one flow, split for length"
    )]
    async fn finish(
        &self,
        prepared: &Prepared,
        mut held: Held,
        expectations: &Expectations,
        options: DeployOptions,
        events: &Events,
        cancel: &CancellationToken,
        started: Instant,
    ) -> Result<Deployment, Error> {
        let outputs = prepared
            .workspace
            .terraform()
            .outputs()
            .await
            .map_err(Error::terraform("read the outputs"))?;
        let output = |name: &str| {
            outputs
                .get(name)
                .and_then(|output| output.as_str().map(str::to_owned))
        };
        held.record.url = output("url");
        let health = if options.skip_health {
            None
        } else {
            events.step("waiting for healthy targets");
            match wait(&self.session, &self.names, options.health, events, cancel).await {
                Ok(health) => Some(health),
                Err(error) => {
                    self.record_failure(&mut held, &error.to_string(), events)
                        .await;
                    return Err(error);
                }
            }
        };
        held.record.finish(Phase::Active, Timestamp::now())?;
        held.save().await?;
        Ok(Deployment {
            stack: self.id(),
            url: output("url").unwrap_or_default(),
            control_url: output("control_url"),
            dashboard_url: output("dashboard_name").map(|name| self.dashboard_url(&name)),
            expires_at: held.record.expires_at,
            revision: expectations.revision().to_string(),
            healthy: health.map(|health| health.healthy),
            tasks: Bounds {
                min: self.project.tasks.min,
                max: self.project.tasks.max,
            },
            changes: prepared.plan.counts,
            seconds: started.elapsed().as_secs_f64(),
        })
    }

    /// Remembers why a run did not finish. The error itself matters more than a record that can't
    /// be written, so that is only warned about.
    async fn record_failure(&self, held: &mut Held, failure: &str, events: &Events) {
        held.record.failure = Some(failure.to_owned());
        let finished = held.record.finish(Phase::Failed, Timestamp::now());
        let saved = match finished {
            Ok(()) => held.save().await,
            Err(error) => Err(error.into()),
        };
        if let Err(error) = saved {
            events.warning(format!(
                "the registry does not know of this failure: {error}"
            ));
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

/// Applies the plan file; the record learns terraform's process as soon as there is one.
async fn run_apply(
    prepared: &Prepared,
    held: &mut Held,
    events: &Events,
    cancel: &CancellationToken,
) -> Result<(), Error> {
    let (sender, mut messages) = TfEvents::channel();
    let mut tracker = Tracker::new(prepared.plan.counts.steps(), Instant::now());
    let terraform = prepared.workspace.terraform();
    let options = ApplyOptions::plan(PLAN_FILE);
    let cancel = Cancel::on(cancel.clone());
    let apply = terraform.apply(&options, &sender, &cancel);
    tokio::pin!(apply);
    loop {
        tokio::select! {
            Some(message) = messages.recv() => {
                observe(&message.event, held, &mut tracker, events).await?;
                events.detail(&message.text);
            }
            outcome = &mut apply => {
                while let Ok(message) = messages.try_recv() {
                    observe(&message.event, held, &mut tracker, events).await?;
                }
                return outcome.map(drop).map_err(Error::terraform("apply the plan"));
            }
        }
    }
}

pub(crate) async fn observe(
    event: &TfEvent,
    held: &mut Held,
    tracker: &mut Tracker,
    events: &Events,
) -> Result<(), Error> {
    let now = Instant::now();
    if let TfEvent::Started(started) = event {
        if let Some(operation) = &mut held.record.operation {
            operation.terraform_pid = Some(started.pid);
            held.save().await?;
        }
    } else if tracker.take(event, now) {
        events.send(Event::Progress(tracker.progress(now)));
    }
    Ok(())
}

/// What exists according to the state; a state that can't be read is said to be unreadable.
pub(crate) async fn remains(workspace: &StackWorkspace) -> Remains {
    match workspace.terraform().state_list().await {
        Ok(addresses) => Remains {
            in_state: addresses
                .iter()
                .map(ToString::to_string)
                .filter(|address| !address.starts_with("data.") && !address.contains(".data."))
                .collect(),
            ..Remains::default()
        },
        Err(error) => Remains {
            unreadable: vec![format!("the Terraform state: {error}")],
            ..Remains::default()
        },
    }
}
