//! The stacks of an account and region.

use automock_model::Region;
use automock_ttl::reaper::Journal;
use automock_ttl::record::{Phase, StackRecord};
use jiff::Timestamp;
use serde::Serialize;

use crate::Error;
use crate::aws::Session;
use crate::outside::Outside;
use crate::settings::Settings;
use crate::stack::require_foundation;
use crate::status::seconds_left;
use crate::takeover::{Liveness, liveness};

/// The stacks of an account and region.
#[derive(Clone, Debug, Serialize)]
pub struct StackList {
    /// Account that was looked into.
    pub account: String,
    /// Region that was looked into.
    pub region: String,
    /// The stacks, by id.
    pub stacks: Vec<ListedStack>,
    /// Records and journals that can't be read, with the reason.
    pub unreadable: Vec<String>,
}

/// One stack of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ListedStack {
    /// The stack.
    pub stack: String,
    /// Where it is in its life.
    pub phase: Phase,
    /// When it was created.
    pub created_at: Timestamp,
    /// Seconds since then.
    pub age_seconds: i64,
    /// When its time is over; `null` when it stays.
    pub expires_at: Option<Timestamp>,
    /// Seconds until then, negative when overdue.
    pub seconds_left: Option<i64>,
    /// Where its mock answers.
    pub url: Option<String>,
    /// Who is at work on it: `deploy by ana on build-7`.
    pub operation: Option<String>,
    /// Whether that run is known to be dead.
    pub operation_died: bool,
    /// Why the last run did not finish.
    pub failure: Option<String>,
    /// How far its teardown is; `null` while there is none.
    pub teardown: Option<Ending>,
}

/// How far a teardown is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Ending {
    /// When it began.
    pub started_at: Timestamp,
    /// Everybody who worked on it.
    pub by: Vec<String>,
    /// Resources that are gone.
    pub gone: usize,
    /// What is left, and what holds it.
    pub left: Vec<String>,
    /// How many runs in a row have moved nothing.
    pub idle_ticks: u32,
}

/// Lists the stacks of the session's account in a region.
///
/// # Errors
///
/// When the foundation is missing or the registry can't be read.
pub async fn list(region: &Region, settings: &Settings) -> Result<StackList, Error> {
    let session = Session::connect(region, settings).await?;
    require_foundation(&session, settings, region).await?;
    let outside = Outside::new(&session, settings, region);
    let listing = outside.registry.list().await?;
    let now = Timestamp::now();
    let (mut stacks, mut unread) = (Vec::new(), Vec::new());
    for found in &listing.stacks {
        let record = &found.record;
        let ending = ending(&outside, record).await.unwrap_or_else(|error| {
            let error = error.in_full();
            unread.push(format!("journal of {}: {error}", record.stack_id));
            None
        });
        stacks.push(listed(record, ending, now));
    }
    Ok(StackList {
        account: session.account().to_owned(),
        region: region.to_string(),
        stacks,
        unreadable: listing
            .unreadable
            .iter()
            .map(|entry| format!("{}: {}", entry.key, entry.error))
            .chain(unread)
            .collect(),
    })
}

/// How far the teardown of a stack is, from its journal.
pub(crate) async fn ending(
    outside: &Outside,
    record: &StackRecord,
) -> Result<Option<Ending>, Error> {
    if !matches!(record.phase, Phase::TearingDown | Phase::Done) {
        return Ok(None);
    }
    let journal = outside.journal(&record.stack_id).await?;
    Ok(journal
        .filter(|journal| journal.is_of(record))
        .map(|journal| Ending::of(&journal)))
}

impl Ending {
    fn of(journal: &Journal) -> Self {
        let remains = journal.remains();
        Self {
            started_at: journal.started_at,
            by: journal.actors.clone(),
            gone: remains.gone,
            left: remains
                .left
                .iter()
                .map(|left| format!("{}: {}", left.resource, left.because))
                .chain(
                    remains
                        .unreadable
                        .iter()
                        .map(|it| format!("not seen: {it}")),
                )
                .collect(),
            idle_ticks: remains.idle_ticks,
        }
    }
}

fn listed(record: &StackRecord, ending: Option<Ending>, now: Timestamp) -> ListedStack {
    let operation = record.operation.as_ref();
    ListedStack {
        stack: record.stack_id.to_string(),
        phase: record.phase,
        created_at: record.created_at,
        age_seconds: record.created_at.duration_until(now).as_secs(),
        expires_at: record.expires_at,
        seconds_left: seconds_left(record, now),
        url: record.url.clone(),
        operation: operation.map(|operation| {
            format!(
                "{} by {} on {}",
                operation.kind.word(),
                operation.user,
                operation.host
            )
        }),
        operation_died: operation.is_some_and(|operation| liveness(operation) == Liveness::Dead),
        failure: record.failure.clone(),
        teardown: ending,
    }
}
