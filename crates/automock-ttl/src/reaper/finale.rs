//! The last acts, once it is proven that nothing is left.
//!
//! Receipt, mail, Terraform's state and its lock, the record says "done", the rule, the function,
//! the record itself, the lease. Each is safe to do again, and none is done before the one ahead
//! of it; so wherever a run dies, the next one goes on from what it finds. What wakes the next
//! run goes after everything that needs one. From the rule on nothing wakes another one but
//! Lambda itself, which tries an invocation twice more that did not end well.

use super::held::{HeldObject, Write};
use super::notify::notify;
use super::rounds::Watch;
use super::state_lock::StateLock;
use super::teardown::Teardown;
use super::{Event, Message, NoticeKind, ReaperError, Receipt, Tick, receipt_key};
use crate::inventory::Inventory;
use crate::kind::ResourceKind;
use crate::record::Phase;
use crate::teardown::{Limits, Report, remove_watched};

impl Teardown<'_> {
    /// Everything from the proof on.
    pub(super) async fn finish(
        &mut self,
        limits: Limits,
        events: &mut (dyn FnMut(Event) + Send),
    ) -> Result<Tick, ReaperError> {
        self.lease.keep().await?;
        let receipt = self.write_receipt(events).await?;
        self.lease.keep().await?;
        let message = Message::finish(&receipt);
        let journal = &mut self.journal;
        notify(self.io, journal, NoticeKind::Finish, message, events).await?;
        self.lease.keep().await?;
        if let Some(busy) = self.purge_state(events).await? {
            return Ok(busy);
        }
        self.journal.save().await?;
        self.lease.keep().await?;
        let now = self.io.now();
        self.record
            .update(|record| {
                record.failure = None;
                record.finish(Phase::Done, now)
            })
            .await?;
        events(Event::Done);
        Box::pin(self.last_acts(limits, events)).await
    }

    /// Writes the receipt, or finds the one that an earlier run wrote.
    async fn write_receipt(
        &mut self,
        events: &mut (dyn FnMut(Event) + Send),
    ) -> Result<Receipt, ReaperError> {
        let key = receipt_key(&self.journal().stack, &self.journal().epoch);
        let receipt = Receipt::of(self.journal());
        let mut held = HeldObject::new(key.clone(), None);
        if held.write(self.io, &receipt.to_json()).await? == Write::Stored {
            events(Event::ReceiptWritten { key });
            return Ok(receipt);
        }
        Ok(self.stored_receipt(&key).await?.unwrap_or(receipt))
    }

    async fn stored_receipt(&self, key: &str) -> Result<Option<Receipt>, ReaperError> {
        let Some(found) = self.io.get(key).await? else {
            return Ok(None);
        };
        let receipt = Receipt::from_json(&found.bytes);
        receipt.map(Some).map_err(|source| ReaperError::Unreadable {
            key: key.to_owned(),
            source,
        })
    }

    /// Deletes Terraform's state under its lock. A lock of somebody else stops it.
    async fn purge_state(
        &self,
        events: &mut (dyn FnMut(Event) + Send),
    ) -> Result<Option<Tick>, ReaperError> {
        let Some(lock) = StateLock::of(self.io, self.record.record()) else {
            return Ok(None);
        };
        if let Some(busy) = self.hold_state().await? {
            return Ok(Some(busy));
        }
        lock.purge_with_state().await?;
        events(Event::StatePurged {
            key: lock.state.clone(),
        });
        Ok(None)
    }

    /// Everything after the record says that nothing is left.
    pub(super) async fn last_acts(
        &mut self,
        limits: Limits,
        events: &mut (dyn FnMut(Event) + Send),
    ) -> Result<Tick, ReaperError> {
        self.lease.shorten().await?;
        if let Some(tick) = self.remove_reaper(limits, events).await? {
            return Ok(tick);
        }
        let receipt = self.final_receipt().await?;
        self.lease.keep().await?;
        self.record.delete().await?;
        events(Event::Forgotten);
        if let Err(error) = self.lease.purge().await {
            events(Event::Trouble(format!("the lease is left behind: {error}")));
        }
        Ok(Tick::Finished {
            receipt: Box::new(receipt),
        })
    }

    async fn final_receipt(&self) -> Result<Receipt, ReaperError> {
        if !self.journal.is_stored() {
            return Ok(Receipt::without_journal(self.record()));
        }
        let key = receipt_key(&self.journal().stack, &self.journal().epoch);
        let stored = self.stored_receipt(&key).await?;
        Ok(stored.unwrap_or_else(|| Receipt::of(self.journal())))
    }

    /// Removes the rule and then the function; tells what the run comes to if they are not gone.
    async fn remove_reaper(
        &mut self,
        limits: Limits,
        events: &mut (dyn FnMut(Event) + Send),
    ) -> Result<Option<Tick>, ReaperError> {
        let inventory = self.reaper_parts().await;
        if inventory.is_clean() {
            return Ok(None);
        }
        let has_rule = inventory
            .of_stack()
            .any(|it| it.kind == ResourceKind::EventRule);
        let mut watch = Watch {
            io: self.io,
            lease: &mut self.lease,
            journal: &mut self.journal,
            cancelled: &|| false,
            events,
            stopped_by: None,
        };
        let world = self.io.world;
        let report = remove_watched(world.cloud, world.clock, inventory, limits, &mut watch).await;
        if let Some(error) = watch.stopped_by {
            return Err(error);
        }
        if report.is_clean() {
            return Ok(None);
        }
        self.unless_removed(&report, has_rule)
    }

    /// While the rule is there it wakes the next run. Without it only a run that fails is
    /// followed by another one.
    fn unless_removed(&self, report: &Report, had_rule: bool) -> Result<Option<Tick>, ReaperError> {
        let is_rule = |kind| kind == ResourceKind::EventRule;
        let rule_is_left = report.remaining.iter().any(|it| is_rule(it.resource.kind));
        if had_rule && rule_is_left {
            return Ok(Some(self.progressing()));
        }
        let left = report.remaining.iter();
        let left = left.map(|it| format!("{}: {}", it.resource, it.hold));
        let unseen = report.unreadable.iter();
        let unseen = unseen.map(|it| format!("{}: {}", it.kind, it.reason));
        Err(ReaperError::Unfinished {
            stack: self.record().stack_id.clone(),
            phase: self.record().phase,
            what: left.chain(unseen).collect::<Vec<_>>().join("; "),
        })
    }

    /// The stack's own rule and function, as they are now.
    async fn reaper_parts(&self) -> Inventory {
        let scan = self.io.world.scanner.scan(self.record.record()).await;
        let own = scan.found.into_iter();
        Inventory {
            found: own
                .filter(|it| it.kind.is_reaper() && it.may_be_deleted())
                .collect(),
            unreadable: scan
                .unreadable
                .into_iter()
                .filter(|it| it.kind.is_reaper())
                .collect(),
        }
    }
}
