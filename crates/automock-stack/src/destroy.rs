//! Removing a stack and proving that nothing of it is left.
//!
//! Terraform removes what its state names. The engine of the reaper removes what is left then: what
//! a deployer that was killed left outside of the state, or all of it where terraform fails, is
//! missing, or its state is lost. Two looks that find nothing prove the end. All of it needs only
//! the stack's record: the configuration is a root without modules.

use std::time::Instant;

use automock_hcl::{Backend, TeardownOptions, render_teardown};
use automock_model::{Region, StackId};
use automock_tf::Terraform;
use automock_ttl::reaper::Receipt;
use automock_ttl::record::{Phase, StackRecord, StateLocation as RecordedState};
use serde::Serialize;
use tokio_util::sync::CancellationToken;

use crate::aws::Session;
use crate::claim::Claim;
use crate::events::Events;
use crate::held::Held;
use crate::identity::{self, ProjectOf};
use crate::outside::Outside;
use crate::settings::Settings;
use crate::stack::require_foundation;
use crate::takeover::{clear_operation, find_dead_lock};
use crate::teardown::{TERRAFORM, Teardown, forget_local_state};
use crate::workspace::{StackWorkspace, locate_terraform};
use crate::{Error, registry};

/// How a destroy goes.
#[derive(Clone, Debug, Default)]
pub struct DestroyOptions {
    /// The project that the stack must belong to, where the caller knows it.
    pub of_project: Option<ProjectOf>,
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
    /// Resources that were removed without terraform.
    pub directly: Vec<String>,
    /// Resources that carry one of the stack's names and not its tag, and were left alone.
    pub left_alone: Vec<String>,
    /// How long it took, in seconds.
    pub seconds: f64,
    /// The proof that nothing is left: what there was, who removed it and when.
    pub receipt: Receipt,
}

/// Removes a stack.
///
/// `approve` decides, knowing what is about to go.
///
/// # Errors
///
/// [`Error::NoStack`] when the registry does not know it, [`Error::Reaping`] when somebody tears it
/// down already, [`Error::DestroyFailed`] when something remains; destroying again goes on from
/// there, and so does the stack's own reaper.
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
    let session = session?;
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
    identity::check(&held.record, &session, region, options.of_project.as_ref())?;
    let was_complete = held.record.phase == Phase::Active && held.record.operation.is_none();
    let dead = clear_operation(&mut held, options.break_lock, events, cancel).await?;
    let outside = Outside::new(&session, settings, region);
    let claim = Claim::new(&outside, settings, options.break_lock, dead);
    claim.look_at_lease(stack).await?;
    let terraform = usable(terraform, events);
    if !approve(&preview(&held.record)) {
        return Err(Error::Declined);
    }
    if cancel.is_cancelled() {
        return Err(Error::Interrupted { what: "asking" });
    }
    let lock = find_dead_lock(&session, &held, claim.dead(), options.break_lock).await?;
    let workspace = terraform
        .map(|terraform| write_workspace(&terraform, &session, settings, region, &held.record))
        .map_or(Ok(None), |written| written_or_without(written, events))?;
    // The record is claimed before the lock goes: whoever else wants the stack finds it taken.
    let (reaper, by) = (claim.reaper(), claim.actor_name());
    let mut teardown = claim.begin(&reaper, stack, events).await?;
    let run = Teardown {
        outside: &outside,
        by: &by,
        workspace: workspace.as_ref(),
        lock: lock.as_ref(),
        was_complete,
        events,
        cancel,
    };
    match Box::pin(run.run(&mut teardown)).await {
        Ok((by_terraform, receipt)) => {
            if matches!(held.record.state, RecordedState::Local { .. }) {
                forget_local_state(&settings.workspace_dir(stack.as_str()))?;
            }
            Ok(Destroyed::new(by_terraform, receipt, started))
        }
        Err(error) => Err(run.fail(teardown, error).await),
    }
}

/// A terraform that can't be used is no reason to keep a stack: the engine needs none.
fn usable(terraform: Result<Terraform, Error>, events: &Events) -> Option<Terraform> {
    match terraform {
        Ok(terraform) => Some(terraform),
        Err(error) => {
            events.warning(format!("{error}; going on without terraform"));
            None
        }
    }
}

/// A workspace that can't be written is no reason to keep a stack either, unless somebody else is at
/// work in it. A state that an earlier run could not store stays where it is: nobody but terraform
/// needs it, and what it names is found by its tags.
fn written_or_without(
    written: Result<StackWorkspace, Error>,
    events: &Events,
) -> Result<Option<StackWorkspace>, Error> {
    match written {
        Ok(workspace) => Ok(Some(workspace)),
        Err(error @ Error::FolderBusy { .. }) => Err(error),
        Err(error @ Error::UnsavedState { .. }) => {
            events.warning(format!(
                "{error}; going on without terraform: what that state names is found by its tags, \
                 and the file stays until you remove it"
            ));
            Ok(None)
        }
        Err(error) => {
            events.warning(format!("{}; going on without terraform", error.in_full()));
            Ok(None)
        }
    }
}

impl Destroyed {
    fn new(by_terraform: u64, receipt: Receipt, started: Instant) -> Self {
        let directly = receipt
            .resources
            .iter()
            .filter(|removed| removed.deleted_by != TERRAFORM);
        Self {
            stack: receipt.stack.to_string(),
            by_terraform,
            directly: directly
                .map(|removed| format!("{} {}", removed.kind, removed.name))
                .collect(),
            left_alone: receipt
                .left_alone
                .iter()
                .map(|left| format!("{} {}: {}", left.kind, left.name, left.because))
                .collect(),
            seconds: started.elapsed().as_secs_f64(),
            receipt,
        }
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

#[cfg(test)]
mod tests {
    use std::path::PathBuf;
    use std::sync::{Arc, Mutex};

    use super::*;

    fn without(error: Error) -> (Result<Option<StackWorkspace>, Error>, String) {
        let said = Arc::new(Mutex::new(String::new()));
        let heard = Arc::clone(&said);
        let events = Events::new(move |event| {
            *heard.lock().unwrap() = format!("{event:?}");
        });
        let outcome = written_or_without(Err(error), &events);
        let said = said.lock().unwrap().clone();
        (outcome, said)
    }

    #[test]
    fn a_folder_that_cannot_be_used_keeps_no_stack() {
        let path = PathBuf::from(".automock/shop-dev/errored.tfstate");
        let (outcome, said) = without(Error::UnsavedState { path });
        assert!(matches!(outcome, Ok(None)));
        assert!(said.contains("the file stays"), "{said}");
        let denied = std::io::ErrorKind::PermissionDenied.into();
        let (outcome, said) = without(Error::io("create", ".automock")(denied));
        assert!(matches!(outcome, Ok(None)));
        assert!(said.contains("permission denied"), "{said}");
    }

    #[test]
    fn a_folder_that_somebody_works_in_is_left_to_them() {
        let path = PathBuf::from(".automock/shop-dev");
        let (outcome, _) = without(Error::FolderBusy { path });
        assert!(outcome.is_err());
    }
}
