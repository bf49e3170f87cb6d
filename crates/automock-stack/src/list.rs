//! The stacks of an account and region.

use automock_model::Region;
use automock_ttl::record::{Phase, StackRecord};
use jiff::Timestamp;
use serde::Serialize;

use crate::aws::Session;
use crate::settings::Settings;
use crate::stack::require_foundation;
use crate::status::seconds_left;
use crate::takeover::{Liveness, liveness};
use crate::{Error, registry};

/// The stacks of an account and region.
#[derive(Clone, Debug, Serialize)]
pub struct StackList {
    /// Account that was looked into.
    pub account: String,
    /// Region that was looked into.
    pub region: String,
    /// The stacks, by id.
    pub stacks: Vec<ListedStack>,
    /// Records that can't be read, with the reason.
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
}

/// Lists the stacks of the session's account in a region.
///
/// # Errors
///
/// When the foundation is missing or the registry can't be read.
pub async fn list(region: &Region, settings: &Settings) -> Result<StackList, Error> {
    let session = Session::connect(region, settings).await?;
    require_foundation(&session, settings, region).await?;
    let listing = registry::open(&session, settings, region).list().await?;
    let now = Timestamp::now();
    Ok(StackList {
        account: session.account().to_owned(),
        region: region.to_string(),
        stacks: listing
            .stacks
            .iter()
            .map(|found| listed(&found.record, now))
            .collect(),
        unreadable: listing
            .unreadable
            .iter()
            .map(|entry| format!("{}: {}", entry.key, entry.error))
            .collect(),
    })
}

fn listed(record: &StackRecord, now: Timestamp) -> ListedStack {
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
    }
}
