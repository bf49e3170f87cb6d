//! Whether a stack that has a record has to go. Pure.

use automock_ttl::deadline::{Decision, decide};
use automock_ttl::reaper::Lease;
use automock_ttl::record::{Operation, Phase, StackRecord};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::never_served;
use crate::takeover::{Liveness, liveness};

/// After this long without a sign of life a run on another machine counts as dead. The longest
/// apply of a stack takes some fifteen minutes.
const SILENT: SignedDuration = SignedDuration::from_hours(1);

/// Why a stack has to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum SweepReason {
    /// Its time is up.
    Expired,
    /// Its first deploy died or failed.
    HalfCreated,
    /// Its teardown has begun and nobody works on it.
    HalfRemoved,
    /// Its resources exist, and no record of it does.
    Orphaned,
    /// All of it is gone but its record and perhaps its reaper.
    Tombstone,
}

/// A stack that has to go, and what is known about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Finding {
    pub(super) reason: SweepReason,
    pub(super) because: String,
    pub(super) dead: Option<Operation>,
}

impl Finding {
    fn new(reason: SweepReason, because: impl Into<String>, dead: Option<Operation>) -> Self {
        Self {
            reason,
            because: because.into(),
            dead,
        }
    }

    pub(super) fn orphaned() -> Self {
        Self::new(
            SweepReason::Orphaned,
            "its resources exist and no record of it does",
            None,
        )
    }
}

/// Says why a stack has to go. A stack that somebody may be at work on stays, whatever its time.
pub(super) fn judge(
    record: &StackRecord,
    lease: Option<&Lease>,
    now: Timestamp,
) -> Option<Finding> {
    judge_with(record, lease, now, |operation| {
        liveness(operation) == Liveness::Dead
    })
}

fn judge_with(
    record: &StackRecord,
    lease: Option<&Lease>,
    now: Timestamp,
    is_dead: impl Fn(&Operation) -> bool,
) -> Option<Finding> {
    if lease.is_some_and(|lease| !lease.is_over(now)) {
        return None;
    }
    let silent = record.updated_at.duration_until(now) >= SILENT;
    let dead = match &record.operation {
        Some(operation) if is_dead(operation) || (silent && is_elsewhere(operation)) => {
            Some(operation.clone())
        }
        Some(_) => return None,
        None => None,
    };
    let died = dead.is_some();
    let found = |reason, because: &str| Some(Finding::new(reason, because, dead.clone()));
    match (record.phase, decide(record, now)) {
        (Phase::Done, _) => found(SweepReason::Tombstone, "it is gone and its record is not"),
        (Phase::TearingDown, _) => found(
            SweepReason::HalfRemoved,
            "its teardown has begun and nobody works on it",
        ),
        (_, Decision::Expire { overdue }) => Some(Finding::new(
            SweepReason::Expired,
            format!("its time is up for {overdue:#}"),
            dead.clone(),
        )),
        _ if never_served(record) && (died || silent) => {
            found(SweepReason::HalfCreated, "its first deploy did not finish")
        }
        _ => None,
    }
}

/// A run of this machine can be judged by its process and needs no rule of thumb.
fn is_elsewhere(operation: &Operation) -> bool {
    operation.host != crate::registry::this_machine()
}

#[cfg(test)]
mod tests {
    use automock_model::Project;
    use automock_ttl::reaper::Actor;
    use automock_ttl::record::{NewStack, OperationKind, StackNames, StateLocation};

    use super::*;

    fn start() -> Timestamp {
        "2026-01-02T12:00:00Z".parse().unwrap()
    }

    fn after(minutes: i64) -> Timestamp {
        start() + SignedDuration::from_mins(minutes)
    }

    fn operation() -> Operation {
        Operation {
            kind: OperationKind::Deploy,
            user: "ana".into(),
            host: "build-7#0".into(),
            pid: 7,
            terraform_pid: None,
            started_at: start(),
        }
    }

    fn record(phase: Phase, operation: Option<Operation>) -> StackRecord {
        let project = Project::new("shop".parse().unwrap());
        let account = "123456789012".parse().unwrap();
        let new = NewStack {
            stack_id: project.stack_id(),
            names: StackNames::of(&project, &account),
            project: project.name,
            environment: project.environment,
            region: project.region.to_string(),
            account,
            ttl_seconds: Some(4 * 3600),
            warning_lead_seconds: 600,
            state: StateLocation::Local { path: "s".into() },
            operation,
            automock_version: "0.1.0".into(),
        };
        let mut record = StackRecord::new(new, start());
        record.phase = phase;
        record
    }

    fn reason(record: &StackRecord, minutes: i64, is_dead: bool) -> Option<SweepReason> {
        judge_with(record, None, after(minutes), |_| is_dead).map(|it| it.reason)
    }

    #[test]
    fn a_stack_within_its_time_stays() {
        let mut active = record(Phase::Active, None);
        active.url = Some("http://mock".into());
        assert_eq!(reason(&active, 239, false), None);
        assert_eq!(reason(&active, 240, false), Some(SweepReason::Expired));
        active.phase = Phase::Updating;
        active.operation = Some(operation());
        assert_eq!(reason(&active, 100, true), None, "it served before");
        active.phase = Phase::Failed;
        active.operation = None;
        assert_eq!(reason(&active, 100, true), None, "it served before");
    }

    #[test]
    fn a_first_deploy_that_died_is_half_created() {
        let creating = record(Phase::Creating, Some(operation()));
        assert_eq!(reason(&creating, 5, false), None, "it may be alive");
        assert_eq!(reason(&creating, 5, true), Some(SweepReason::HalfCreated));
        assert_eq!(reason(&creating, 60, false), Some(SweepReason::HalfCreated));
        let failed = record(Phase::Failed, None);
        assert_eq!(reason(&failed, 5, false), None, "somebody may mend it");
        assert_eq!(reason(&failed, 60, false), Some(SweepReason::HalfCreated));
    }

    #[test]
    fn whoever_holds_the_lease_is_left_in_peace() {
        let ending = record(Phase::TearingDown, None);
        let actor = Actor::new("reaper", "run-1");
        let lease = Lease::new(&ending.stack_id, &actor, start(), after(15));
        let judged = |minutes| judge_with(&ending, Some(&lease), after(minutes), |_| false);
        assert_eq!(judged(14), None);
        assert_eq!(
            judged(15).map(|it| it.reason),
            Some(SweepReason::HalfRemoved)
        );
    }

    #[test]
    fn an_expired_stack_that_is_being_deployed_stays() {
        let creating = record(Phase::Creating, Some(operation()));
        let mut busy = creating.clone();
        busy.updated_at = after(230);
        assert_eq!(reason(&busy, 241, false), None);
        assert_eq!(reason(&creating, 300, false), Some(SweepReason::Expired));
    }

    #[test]
    fn a_tombstone_is_cleared_away() {
        let done = record(Phase::Done, None);
        assert_eq!(reason(&done, 1, false), Some(SweepReason::Tombstone));
    }
}
