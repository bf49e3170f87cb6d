//! Taking over from a run that died: its operation in the record, its lock on the state.

use std::time::Duration;

use automock_tf::LockId;
use automock_ttl::reaper::TerraformLock;
use automock_ttl::record::{Operation, StackRecord, StateLocation as RecordedState};
use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use crate::Error;
use crate::aws::{Session, objects};
use crate::events::Events;
use crate::held::Held;
use crate::lock::{Here, Holder, LockInfo, judge_holder};
use crate::registry::{is_alive, this_host, this_machine};
use crate::workspace::StackWorkspace;

/// How often the end of an orphaned terraform is looked for.
const POLL: Duration = Duration::from_secs(2);

/// What became of a recorded operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Liveness {
    /// It goes on, or can't be judged from here: hands off.
    Running,
    /// Its process is gone, but its terraform still works and will store its state.
    Orphaned(u32),
    /// Nothing of it runs any more.
    Dead,
}

/// Makes a record free for a new operation, or says who holds it.
///
/// An operation of this host is judged by its processes. One of another host can't be judged, so
/// only `break_lock` takes it away.
pub(crate) async fn clear_operation(
    held: &mut Held,
    break_lock: bool,
    events: &Events,
    cancel: &CancellationToken,
) -> Result<Option<Operation>, Error> {
    let Some(operation) = held.record.operation.clone() else {
        return Ok(None);
    };
    match liveness(&operation) {
        Liveness::Dead => {}
        Liveness::Running | Liveness::Orphaned(_) if break_lock => {}
        Liveness::Orphaned(pid) => wait_for_end(pid, events, cancel).await?,
        Liveness::Running => {
            return Err(Error::Busy {
                stack: held.record.stack_id.to_string(),
                operation: Box::new(operation),
            });
        }
    }
    events.warning(format!(
        "taking over from a {} by {} (process {} on {}) that did not finish",
        operation.kind.word(),
        operation.user,
        operation.pid,
        operation.host
    ));
    held.record.abandon_operation(Timestamp::now());
    Ok(Some(operation))
}

/// Judges a recorded operation by the processes of this host.
pub(crate) fn liveness(operation: &Operation) -> Liveness {
    judge(operation, &this_machine(), is_alive)
}

fn judge(operation: &Operation, this_machine: &str, is_alive: impl Fn(u32) -> bool) -> Liveness {
    if operation.host != this_machine || is_alive(operation.pid) {
        return Liveness::Running;
    }
    match operation.terraform_pid {
        Some(pid) if is_alive(pid) => Liveness::Orphaned(pid),
        _ => Liveness::Dead,
    }
}

/// A terraform whose deployer died goes on by itself: letting it finish loses no resource.
async fn wait_for_end(pid: u32, events: &Events, cancel: &CancellationToken) -> Result<(), Error> {
    events.step(format!(
        "waiting for the terraform (process {pid}) of a run that died to finish and store its state"
    ));
    while is_alive(pid) {
        tokio::select! {
            () = tokio::time::sleep(POLL) => {}
            () = cancel.cancelled() => {
                return Err(Error::Interrupted { what: "waiting for another terraform" });
            }
        }
    }
    Ok(())
}

/// Finds a lock that may be taken away, or says who holds it.
///
/// Only S3 state has locks that outlive their process. A lock may be taken away when its holder is
/// known to be dead, or when the caller says so.
pub(crate) async fn find_dead_lock(
    session: &Session,
    record: &StackRecord,
    read_at: Timestamp,
    dead: Option<&Operation>,
    break_lock: bool,
) -> Result<Option<LockInfo>, Error> {
    let RecordedState::S3 { bucket, key, .. } = &record.state else {
        return Ok(None);
    };
    let lock = objects::state_lock(session, bucket, key).await?;
    // The lock of a teardown goes with the lease: whoever takes the teardown up has it.
    let Some(lock) = lock.filter(|lock| lock.who != TerraformLock::REAPER) else {
        return Ok(None);
    };
    let recorded = dead.and_then(|operation| {
        operation
            .terraform_pid
            .map(|pid| (operation.host.as_str(), pid))
    });
    let here = Here {
        host: this_host(),
        machine: this_machine(),
        looked_at: read_at,
    };
    if break_lock || judge_holder(&lock, &here, recorded, is_alive) == Holder::Dead {
        return Ok(Some(lock));
    }
    Err(Error::Locked {
        stack: record.stack_id.to_string(),
        lock: Box::new(lock),
    })
}

/// Takes a lock away; the workspace must be initialised.
pub(crate) async fn remove_lock(
    lock: &LockInfo,
    workspace: &StackWorkspace,
    events: &Events,
) -> Result<(), Error> {
    events.warning(format!(
        "removing the state lock {} that {} left behind",
        lock.id, lock.who
    ));
    workspace
        .terraform()
        .force_unlock(&LockId::new(lock.id.as_str()))
        .await
        .map_err(Error::terraform("remove the state lock"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use automock_ttl::record::OperationKind;

    fn operation(host: &str, pid: u32, terraform_pid: Option<u32>) -> Operation {
        Operation {
            kind: OperationKind::Deploy,
            user: "ana".into(),
            host: host.into(),
            pid,
            terraform_pid,
            started_at: Timestamp::UNIX_EPOCH,
        }
    }

    #[test]
    fn only_this_host_can_judge() {
        let alive = |pid| pid == 2;
        let table = [
            (operation("here", 1, None), Liveness::Dead),
            (operation("here", 1, Some(3)), Liveness::Dead),
            (operation("here", 1, Some(2)), Liveness::Orphaned(2)),
            (operation("here", 2, Some(3)), Liveness::Running),
            (operation("there", 1, None), Liveness::Running),
        ];
        for (operation, verdict) in table {
            assert_eq!(judge(&operation, "here", alive), verdict, "{operation:?}");
        }
    }
}
