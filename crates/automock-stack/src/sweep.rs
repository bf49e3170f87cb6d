//! Finding stacks that nobody will end by themselves any more, and ending them.
//!
//! What there is in the account is looked at before the registry is read: a deploy writes its
//! record before its first resource, so whatever was seen without a record never had one, or has
//! lost it.

use std::collections::BTreeMap;

use automock_hcl::{LOCAL_STATE, RENDERED_STATE, STATE_TAG};
use automock_model::{Region, StackId};
use automock_ttl::aws::{AwsOrphans, OrphanedStack, Orphans};
use automock_ttl::inventory::{OWNERSHIP_TAG, Resource};
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
    /// Whether it was stopped before it had tried all of them.
    pub interrupted: bool,
    /// The stacks that have to go.
    pub stacks: Vec<SweptStack>,
    /// Stacks that need not go, that somebody works on, or of which that can't be known, and stay.
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
        /// The causes of that, the nearest one first.
        causes: Vec<String>,
        /// What is left, where that is known.
        details: Vec<String>,
        /// What to do next, where something can be said.
        hint: Option<String>,
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
/// A stack that could not be removed is part of the result, and so is what was done before the run
/// was stopped.
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
        .await;
    if !options.delete || targets.is_empty() {
        return Ok(sweep);
    }
    if !approve(&sweep) {
        return Err(Error::Declined);
    }
    for (target, swept) in targets.into_iter().zip(&mut sweep.stacks) {
        if cancel.is_cancelled() {
            break;
        }
        events.step(format!("removing {} ({})", target.stack, swept.because));
        let outcome = Box::pin(remove(&outside, &settings, target, events, cancel)).await;
        swept.outcome = Some(outcome);
    }
    sweep.interrupted = cancel.is_cancelled() && sweep.gone() < sweep.stacks.len();
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
            interrupted: false,
            stacks: Vec::new(),
            kept: Vec::new(),
            left_alone: orphans.nameless.clone(),
            unreadable: unseen.chain(unread).collect(),
        }
    }

    fn gone(&self) -> usize {
        let gone = |it: &&SweptStack| matches!(it.outcome, Some(SweepOutcome::Gone { .. }));
        self.stacks.iter().filter(gone).count()
    }

    /// Why the result is less than was asked for, if it is: the sweep was stopped, stacks could not
    /// be removed, or not everything could be looked at.
    #[must_use]
    pub fn shortfall(&self) -> Option<Error> {
        let left = |it: &&SweptStack| matches!(it.outcome, Some(SweepOutcome::Left { .. }));
        let failed = self.stacks.iter().filter(left).count();
        if self.interrupted {
            Some(Error::Interrupted { what: "sweeping" })
        } else if failed > 0 {
            let swept = self.stacks.len();
            Some(Error::SweepFailed { failed, swept })
        } else if self.unreadable.is_empty() {
            None
        } else {
            let unreadable = self.unreadable.len();
            Some(Error::SweptInPart { unreadable })
        }
    }

    async fn judge_all(
        &mut self,
        outside: &Outside,
        session: &Session,
        region: &Region,
        orphans: &Orphans,
        listing: &Listing,
    ) -> Vec<Target> {
        let now = Timestamp::now();
        let mut targets = Vec::new();
        for found in &listing.stacks {
            let record = &found.record;
            let lease = match outside.lease(&record.stack_id).await {
                Ok(lease) => lease,
                // Somebody may be at work on it.
                Err(error) => {
                    let unread = format!("lease of {}: {}", record.stack_id, error.in_full());
                    self.unreadable.push(unread);
                    self.kept.push(record.stack_id.to_string());
                    continue;
                }
            };
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
        targets
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
        if let Some(because) = kept_elsewhere(orphan) {
            self.left_alone.push(because);
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

/// Why a stack without a record here is not forgotten, if its resources say so: where its state is.
fn kept_elsewhere(orphan: &OrphanedStack) -> Option<String> {
    let stack = &orphan.stack_id;
    let tag = |resource: &Resource| resource.tags.get(STATE_TAG).cloned();
    let state = orphan.seen.iter().find_map(tag)?;
    let way_out = match state.as_str() {
        LOCAL_STATE => {
            "it was deployed with `--state local`; `automock destroy --state local` removes it in \
             the folder it was deployed from"
        }
        RENDERED_STATE => {
            "terraform applied it from what `automock render` wrote; `terraform destroy` removes it \
             there"
        }
        _ => "whoever made it keeps its state somewhere else",
    };
    Some(format!(
        "{stack}: {way_out}; its resources carry the tag {OWNERSHIP_TAG} = {stack}"
    ))
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
            events.warning(format!("{stack} is not gone: {}", error.in_full()));
            SweepOutcome::Left {
                because: error.to_string(),
                causes: error.causes(),
                details: error.details(),
                hint: error.hint(),
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

#[cfg(test)]
mod tests {
    use automock_ttl::kind::ResourceKind;

    use super::*;

    fn orphan(state: Option<&str>) -> OrphanedStack {
        let stack: StackId = "shop-dev".parse().unwrap();
        let mut tags = BTreeMap::from([(OWNERSHIP_TAG.to_owned(), stack.to_string())]);
        tags.extend(state.map(|state| (STATE_TAG.to_owned(), state.to_owned())));
        let vpc = Resource::tagged(ResourceKind::Vpc, "vpc-1", "us-east-1", tags, &stack);
        OrphanedStack {
            stack_id: stack,
            seen: vec![vpc],
            created_at: None,
            domain: None,
        }
    }

    #[test]
    fn a_stack_whose_state_is_elsewhere_is_not_forgotten() {
        assert_eq!(kept_elsewhere(&orphan(None)), None);
        for (state, words) in [
            (LOCAL_STATE, "`automock destroy --state local`"),
            (RENDERED_STATE, "`terraform destroy`"),
            ("anything", "somewhere else"),
        ] {
            let because = kept_elsewhere(&orphan(Some(state))).unwrap();
            assert!(because.contains(words), "{because}");
            assert!(because.ends_with("automock:stack = shop-dev"), "{because}");
        }
    }

    fn swept(outcome: Option<SweepOutcome>) -> SweptStack {
        SweptStack {
            stack: "shop-dev".into(),
            reason: SweepReason::Expired,
            because: "its time is up".into(),
            age_seconds: None,
            found: BTreeMap::new(),
            usd_per_month: 0.0,
            outcome,
        }
    }

    #[test]
    fn a_sweep_that_did_less_than_asked_says_so() {
        let mut sweep = Sweep {
            account: "123456789012".into(),
            region: "us-east-1".into(),
            delete: true,
            interrupted: false,
            stacks: Vec::new(),
            kept: Vec::new(),
            left_alone: Vec::new(),
            unreadable: Vec::new(),
        };
        assert!(sweep.shortfall().is_none());
        sweep.unreadable.push("alarm: access denied".into());
        let short = |sweep: &Sweep| sweep.shortfall().unwrap();
        assert!(matches!(
            short(&sweep),
            Error::SweptInPart { unreadable: 1 }
        ));
        sweep.stacks.push(swept(Some(SweepOutcome::Left {
            because: "1 resource remains".into(),
            causes: Vec::new(),
            details: Vec::new(),
            hint: None,
        })));
        assert!(matches!(short(&sweep), Error::SweepFailed { .. }));
        sweep.stacks.push(swept(None));
        sweep.interrupted = true;
        assert!(matches!(short(&sweep), Error::Interrupted { .. }));
    }
}
