//! Finding stacks that nobody will end by themselves any more, and ending them.
//!
//! What there is in the account is looked at before the registry is read: a deploy writes its
//! record before its first resource, so whatever was seen without a record never had one, or has
//! lost it.

use std::collections::BTreeMap;

use automock_model::{Region, StackId};
use automock_ttl::aws::{AwsOrphans, OrphanedStack, Orphans};
use automock_ttl::inventory::Resource;
use automock_ttl::kind::cost;
use automock_ttl::reaper::Receipt;
use automock_ttl::record::{Operation, Phase, StackRecord};
use automock_ttl::registry::{Listing, RegistryError, Version};
use jiff::Timestamp;
use serde::Serialize;
use tokio_util::sync::CancellationToken;

use crate::Error;
use crate::aws::Session;
use crate::claim::Claim;
use crate::events::Events;
use crate::outside::Outside;
use crate::settings::{Settings, StateLocation};
use crate::stack::require_foundation;
use crate::teardown::{Teardown, Unfinished};

mod judge;

pub use judge::SweepReason;
use judge::{Finding, judge};

/// How a sweep goes.
#[derive(Clone, Copy, Debug, Default)]
pub struct SweepOptions {
    /// Remove what was found; without it nothing is touched.
    pub delete: bool,
}

/// What a sweep found, and what became of it.
#[derive(Clone, Debug, Serialize)]
pub struct Sweep {
    /// Account that was looked into.
    pub account: String,
    /// Region that was looked into.
    pub region: String,
    /// Whether it was to remove what it found.
    pub delete: bool,
    /// The stacks that have to go.
    pub stacks: Vec<SweptStack>,
    /// Stacks that are within their time, or that somebody works on, and stay.
    pub kept: Vec<String>,
    /// What is left to a person, and why.
    pub left_alone: Vec<String>,
    /// What could not be looked at or read: there may be more.
    pub unreadable: Vec<String>,
}

/// A stack that has to go.
#[derive(Clone, Debug, Serialize)]
pub struct SweptStack {
    /// The stack.
    pub stack: String,
    /// Why it has to go.
    pub reason: SweepReason,
    /// The same in words.
    pub because: String,
    /// Seconds since it was made, as far as that is known.
    pub age_seconds: Option<i64>,
    /// How many resources of each kind were seen; tasks, interfaces, dashboards and DNS records
    /// are only looked for when it goes.
    pub found: BTreeMap<String, usize>,
    /// What these cost a month merely by being there, in US dollars at the prices of us-east-1.
    pub usd_per_month: f64,
    /// What became of it; `null` when it was not to be removed.
    pub outcome: Option<SweepOutcome>,
}

/// What became of a stack.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "outcome", rename_all = "kebab-case")]
pub enum SweepOutcome {
    /// Nothing of it is left.
    Gone {
        /// The proof.
        receipt: Box<Receipt>,
    },
    /// Something of it is left, or it could not be begun.
    Left {
        /// Why.
        because: String,
        /// What is left, where that is known.
        details: Vec<String>,
    },
}

/// What is needed to remove a stack.
struct Target {
    stack: StackId,
    /// The run that is known to be dead, or too old to be alive.
    dead: Option<Operation>,
    /// The record that was judged.
    judged: Judged,
}

/// What a stack was judged by.
enum Judged {
    /// A record as it was read.
    Recorded(Version),
    /// Its resources: this is the record to make for it.
    Orphaned(Box<StackRecord>),
}

/// Looks for stacks that are overdue, half-created, half-removed or forgotten, and removes them if
/// that was asked for.
///
/// `approve` decides, knowing what was found; it is not asked when nothing is to be removed.
///
/// # Errors
///
/// When the account or the registry can't be read: then nothing is removed.
/// A stack that could not be removed is part of the result.
pub async fn sweep(
    region: &Region,
    settings: &Settings,
    options: SweepOptions,
    events: &Events,
    cancel: &CancellationToken,
    approve: impl FnOnce(&Sweep) -> bool,
) -> Result<Sweep, Error> {
    let settings = Settings {
        state: StateLocation::S3,
        ..settings.clone()
    };
    let session = Session::connect(region, &settings).await?;
    require_foundation(&session, &settings, region).await?;
    let outside = Outside::new(&session, &settings, region);
    events.step("looking for resources of all stacks");
    let orphans = AwsOrphans::new(session.config(), session.path_style());
    let orphans = Box::pin(orphans.stacks()).await;
    let listing = outside.registry.list().await?;
    let mut sweep = Sweep::new(&session, region, options, &orphans, &listing);
    let targets = sweep
        .judge_all(&outside, &session, region, &orphans, &listing)
        .await?;
    if !options.delete || targets.is_empty() {
        return Ok(sweep);
    }
    if !approve(&sweep) {
        return Err(Error::Declined);
    }
    for (target, swept) in targets.into_iter().zip(&mut sweep.stacks) {
        if cancel.is_cancelled() {
            return Err(Error::Interrupted { what: "sweeping" });
        }
        events.step(format!("removing {} ({})", target.stack, swept.because));
        let outcome = Box::pin(remove(&outside, &settings, target, events, cancel)).await;
        swept.outcome = Some(outcome);
    }
    Ok(sweep)
}

impl Sweep {
    fn new(
        session: &Session,
        region: &Region,
        options: SweepOptions,
        orphans: &Orphans,
        listing: &Listing,
    ) -> Self {
        let unseen = orphans
            .unreadable
            .iter()
            .map(|unseen| format!("{}: {}", unseen.kind, unseen.reason));
        let unread = listing
            .unreadable
            .iter()
            .map(|entry| format!("{}: {}", entry.key, entry.error));
        Self {
            account: session.account().to_owned(),
            region: region.to_string(),
            delete: options.delete,
            stacks: Vec::new(),
            kept: Vec::new(),
            left_alone: orphans.nameless.clone(),
            unreadable: unseen.chain(unread).collect(),
        }
    }

    /// How many stacks could not be removed.
    #[must_use]
    pub fn failed(&self) -> usize {
        let left = |it: &&SweptStack| matches!(it.outcome, Some(SweepOutcome::Left { .. }));
        self.stacks.iter().filter(left).count()
    }

    async fn judge_all(
        &mut self,
        outside: &Outside,
        session: &Session,
        region: &Region,
        orphans: &Orphans,
        listing: &Listing,
    ) -> Result<Vec<Target>, Error> {
        let now = Timestamp::now();
        let mut targets = Vec::new();
        for found in &listing.stacks {
            let record = &found.record;
            let lease = outside.lease(&record.stack_id).await?;
            let seen = orphans
                .stacks
                .iter()
                .find(|it| it.stack_id == record.stack_id);
            let Some(finding) = judge(record, lease.as_ref(), now) else {
                self.kept.push(record.stack_id.to_string());
                continue;
            };
            let age = Some(record.created_at.duration_until(now).as_secs());
            self.add(&record.stack_id, &finding, age, seen);
            targets.push(Target {
                stack: record.stack_id.clone(),
                dead: finding.dead,
                judged: Judged::Recorded(found.version.clone()),
            });
        }
        for orphan in orphans.stacks.iter().filter(|it| !has_record(it, listing)) {
            targets.extend(self.orphan(orphan, session, region, now));
        }
        Ok(targets)
    }

    /// A stack without a record. Where its record can't be derived, or is kept somewhere else, it
    /// is left to a person.
    fn orphan(
        &mut self,
        orphan: &OrphanedStack,
        session: &Session,
        region: &Region,
        now: Timestamp,
    ) -> Option<Target> {
        if orphan.seen.iter().any(is_kept_locally) {
            self.left_alone.push(format!(
                "{}: it was deployed with `--state local` and can be destroyed in the folder it \
                 was deployed from",
                orphan.stack_id
            ));
            return None;
        }
        let record = match orphan.record(session.account_id(), region, now) {
            Ok(record) => record,
            Err(error) => {
                self.left_alone
                    .push(format!("{}: {error}", orphan.stack_id));
                return None;
            }
        };
        let age = orphan.created_at.map(|at| at.duration_until(now).as_secs());
        self.add(&orphan.stack_id, &Finding::orphaned(), age, Some(orphan));
        Some(Target {
            stack: orphan.stack_id.clone(),
            dead: None,
            judged: Judged::Orphaned(Box::new(record)),
        })
    }

    fn add(
        &mut self,
        stack: &StackId,
        finding: &Finding,
        age_seconds: Option<i64>,
        seen: Option<&OrphanedStack>,
    ) {
        let seen = seen.map_or(&[][..], |it| &it.seen);
        let mut found = BTreeMap::new();
        for resource in seen {
            *found.entry(resource.kind.to_string()).or_default() += 1;
        }
        let prices = seen.iter().filter_map(|it| cost::standing_price(it.kind));
        let usd: f64 = prices.map(|price| price.usd_per_month()).sum();
        self.stacks.push(SweptStack {
            stack: stack.to_string(),
            reason: finding.reason,
            because: finding.because.clone(),
            age_seconds,
            found,
            usd_per_month: (usd * 100.0).round() / 100.0,
            outcome: None,
        });
    }
}

/// A record that can't be read is one all the same.
fn has_record(orphan: &OrphanedStack, listing: &Listing) -> bool {
    let stack = &orphan.stack_id;
    let file = format!("/{stack}.json");
    listing.stacks.iter().any(|it| it.record.stack_id == *stack)
        || listing.unreadable.iter().any(|it| it.key.ends_with(&file))
}

/// Whether the deploy that made the resource kept state and record in its own folder.
fn is_kept_locally(resource: &Resource) -> bool {
    resource
        .tags
        .get(automock_hcl::STATE_TAG)
        .is_some_and(|value| value == automock_hcl::LOCAL_STATE)
}

/// Removes one stack with the engine alone.
async fn remove(
    outside: &Outside,
    settings: &Settings,
    target: Target,
    events: &Events,
    cancel: &CancellationToken,
) -> SweepOutcome {
    let stack = target.stack.clone();
    match Box::pin(try_remove(outside, settings, target, events, cancel)).await {
        Ok(receipt) => SweepOutcome::Gone {
            receipt: Box::new(receipt),
        },
        Err(error) => {
            events.warning(format!("{stack} is not gone: {error}"));
            SweepOutcome::Left {
                because: error.to_string(),
                details: error.details(),
            }
        }
    }
}

async fn try_remove(
    outside: &Outside,
    settings: &Settings,
    target: Target,
    events: &Events,
    cancel: &CancellationToken,
) -> Result<Receipt, Error> {
    let version = match target.judged {
        Judged::Recorded(version) => version,
        Judged::Orphaned(record) => record_orphan(outside, &record).await?,
    };
    let claim = Claim::new(outside, settings, false, target.dead).of_judged(version);
    let (reaper, by) = (claim.reaper(), claim.actor_name());
    let mut teardown = claim.begin(&reaper, &target.stack, events).await?;
    let run = Teardown {
        outside,
        by: &by,
        workspace: None,
        lock: None,
        was_complete: false,
        events,
        cancel,
    };
    let finished: Result<Receipt, Unfinished> = Box::pin(run.carry_on(&mut teardown)).await;
    match finished {
        Ok(receipt) => Ok(receipt),
        Err(unfinished) => Err(run.fail(teardown, unfinished).await),
    }
}

/// Makes the record of a stack that has none, so that its removal is told like any other.
async fn record_orphan(outside: &Outside, record: &StackRecord) -> Result<Version, Error> {
    match outside.registry.create(record).await {
        // Somebody has deployed it meanwhile: then it is no orphan any more.
        Err(RegistryError::AlreadyExists { stack }) => Err(Error::ChangedMeanwhile {
            stack: stack.to_string(),
        }),
        created => Ok(created?),
    }
}

/// Whether a stack in this phase has never served.
fn never_served(record: &StackRecord) -> bool {
    record.url.is_none() && matches!(record.phase, Phase::Creating | Phase::Failed)
}
