//! Removing a stack and proving that nothing of it is left.
//!
//! Terraform removes what its state names; a scan by ownership tags and names finds what the state
//! does not name (a deployer that was killed leaves such resources), and the second scan proves the
//! end. All of it needs only the stack's record: the configuration is a root without modules.

use std::time::Instant;

use automock_hcl::{Backend, TeardownOptions, render_teardown};
use automock_model::{Environment, ProjectName, Region, StackId};
use automock_tf::Terraform;
use automock_ttl::record::{OperationKind, Phase, StackRecord, StateLocation as RecordedState};
use jiff::Timestamp;
use serde::Serialize;
use tokio_util::sync::CancellationToken;

use crate::aws::Session;
use crate::events::Events;
use crate::settings::Settings;
use crate::stack::{Held, require_foundation};
use crate::takeover::{clear_operation, find_dead_lock};
use crate::teardown::Teardown;
use crate::workspace::{StackWorkspace, locate_terraform};
use crate::{Error, registry};

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
