//! The proof that nothing of a stack is left.

use std::fmt;

use automock_model::{AccountId, StackId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{DocumentError, Entry, Journal, document};
use crate::inventory::{Ownership, Resource};
use crate::kind::{ResourceKind, cost};
use crate::record::StackRecord;

/// The schema that this version of the crate writes, and the newest one that it reads.
pub const RECEIPT_SCHEMA_VERSION: u32 = 1;

/// What there was of a stack, who made it go and when, and what was left alone.
///
/// It is made from the journal alone: the same journal gives the same bytes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Receipt {
    /// Version of this layout.
    pub schema_version: u32,
    /// The stack.
    pub stack: StackId,
    /// Its account.
    pub account: AccountId,
    /// Its region.
    pub region: String,
    /// Which teardown it was.
    pub epoch: String,
    /// When the stack was made.
    pub created_at: Timestamp,
    /// When the teardown began.
    pub started_at: Timestamp,
    /// When a second look found nothing any more.
    pub finished_at: Timestamp,
    /// Everybody who worked on it.
    pub actors: Vec<String>,
    /// Every resource that there was, in the order in which they went.
    pub resources: Vec<Removed>,
    /// The parts of the stack's reaper, which go right after this was written.
    pub going_last: Vec<Last>,
    /// What lies in the stack's place, belongs to somebody else and was left alone.
    pub left_alone: Vec<Leftover>,
    /// What the things that were left alone cost a month, in US dollars, as far as that is known.
    pub left_alone_usd_per_month: f64,
    /// What else a person should know.
    pub notes: Vec<String>,
}

/// A resource that is gone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Removed {
    /// What it was.
    pub kind: ResourceKind,
    /// What AWS called it.
    pub id: String,
    /// Its ARN, if it had one.
    pub arn: Option<String>,
    /// What a person called it.
    pub name: String,
    /// Terraform's address, if its state named it.
    pub address: Option<String>,
    /// Who made it go.
    pub deleted_by: String,
    /// When it was seen to be gone.
    pub deleted_at: Timestamp,
    /// How long that took from the first request; without it nobody here has asked.
    pub seconds: Option<f64>,
}

/// A part of the stack's reaper.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Last {
    /// What it is.
    pub kind: ResourceKind,
    /// What AWS calls it.
    pub id: String,
    /// Its ARN, if it has one.
    pub arn: Option<String>,
}

/// Something that was left alone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Leftover {
    /// What it is.
    pub kind: ResourceKind,
    /// What AWS calls it.
    pub id: String,
    /// Its ARN, if it has one.
    pub arn: Option<String>,
    /// What a person calls it.
    pub name: String,
    /// Why it was left alone.
    pub because: String,
    /// What it costs a month merely by being there, in US dollars, where its kind has a price.
    pub usd_per_month: Option<f64>,
}

impl Receipt {
    /// The receipt of a teardown that is proven to be over.
    ///
    /// Before the proof the end is the time at which the journal says that nothing moved last.
    #[must_use]
    pub fn of(journal: &Journal) -> Self {
        let mut gone: Vec<_> = journal.items.iter().filter_map(removed).collect();
        gone.sort_by(|a, b| (a.deleted_at, a.kind, &a.id).cmp(&(b.deleted_at, b.kind, &b.id)));
        let going_last = journal.items.iter().filter(|it| is_last(it)).map(last);
        let mut left_alone: Vec<_> = journal.left_alone().map(leftover).collect();
        left_alone.sort_by(|a, b| (a.kind, &a.id).cmp(&(b.kind, &b.id)));
        let costs = left_alone.iter().filter_map(|it| it.usd_per_month);
        Self {
            schema_version: RECEIPT_SCHEMA_VERSION,
            stack: journal.stack.clone(),
            account: journal.account.clone(),
            region: journal.region.clone(),
            epoch: journal.epoch.clone(),
            created_at: journal.stack_created_at,
            started_at: journal.started_at,
            finished_at: journal.proven_at.unwrap_or(journal.started_at),
            actors: journal.actors.clone(),
            resources: gone,
            going_last: going_last.collect(),
            left_alone_usd_per_month: cost::in_cents(costs.sum()),
            left_alone,
            notes: journal.notes.clone(),
        }
    }

    /// What can be said about a stack whose record is done and whose journal is not there any
    /// more.
    #[must_use]
    pub fn without_journal(record: &StackRecord) -> Self {
        let mut journal = Journal::open(record, record.updated_at);
        journal.prove(record.updated_at);
        journal.note("the journal of this teardown is not there any more");
        Self::of(&journal)
    }

    /// Reads a receipt.
    ///
    /// # Errors
    /// When the bytes are no receipt, or one of a newer schema version.
    pub fn from_json(bytes: &[u8]) -> Result<Self, DocumentError> {
        document::read(bytes, RECEIPT_SCHEMA_VERSION)
    }

    /// Writes the receipt.
    #[must_use]
    pub fn to_json(&self) -> Vec<u8> {
        document::write(self)
    }

    /// How long the teardown took, in seconds.
    #[must_use]
    pub fn seconds(&self) -> f64 {
        seconds(self.started_at, self.finished_at)
    }
}

fn is_last(entry: &Entry) -> bool {
    entry.is_open() && entry.resource.kind.is_reaper()
}

fn last(entry: &Entry) -> Last {
    Last {
        kind: entry.resource.kind,
        id: entry.resource.id.clone(),
        arn: entry.resource.arn.clone(),
    }
}

fn removed(entry: &Entry) -> Option<Removed> {
    let deleted_at = entry.gone_at?;
    let resource = &entry.resource;
    Some(Removed {
        kind: resource.kind,
        id: resource.id.clone(),
        arn: resource.arn.clone(),
        name: resource.name.clone(),
        address: entry.address.clone(),
        deleted_by: entry.gone_by.clone().unwrap_or_default(),
        deleted_at,
        seconds: entry.remover().map(|(at, _)| seconds(at, deleted_at)),
    })
}

fn leftover(resource: &Resource) -> Leftover {
    let because = match &resource.ownership {
        Ownership::Foreign { because } => because.clone(),
        _ => "it is not the stack's".to_owned(),
    };
    Leftover {
        kind: resource.kind,
        id: resource.id.clone(),
        arn: resource.arn.clone(),
        name: resource.name.clone(),
        because,
        usd_per_month: cost::standing_price(resource.kind).map(|price| price.usd_per_month()),
    }
}

/// Seconds with milliseconds, so that the text of a receipt stays short.
fn seconds(from: Timestamp, to: Timestamp) -> f64 {
    (from.duration_until(to).as_secs_f64() * 1000.0).round() / 1000.0
}

impl fmt::Display for Receipt {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            formatter,
            "Nothing of {} is left in account {}, {}.",
            self.stack, self.account, self.region
        )?;
        writeln!(
            formatter,
            "Made {:.0}; teardown {:.0} to {:.0} by {}.",
            self.created_at,
            self.started_at,
            self.finished_at,
            self.actors.join(", ")
        )?;
        writeln!(formatter, "\n{} resources are gone:", self.resources.len())?;
        for removed in &self.resources {
            writeln!(formatter, "  {removed}")?;
        }
        for last in &self.going_last {
            writeln!(formatter, "  {} {}: goes last", last.kind, last.id)?;
        }
        self.fmt_left_alone(formatter)?;
        for note in &self.notes {
            writeln!(formatter, "\nNote: {note}")?;
        }
        Ok(())
    }
}

impl Receipt {
    fn fmt_left_alone(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.left_alone.is_empty() {
            return Ok(());
        }
        writeln!(
            formatter,
            "\nLeft alone, because it is not the stack's (about ${:.2} a month at the prices of \
             us-east-1):",
            self.left_alone_usd_per_month
        )?;
        for leftover in &self.left_alone {
            write!(
                formatter,
                "  {} {}: {}",
                leftover.kind, leftover.name, leftover.because
            )?;
            match leftover.usd_per_month {
                Some(usd) => writeln!(formatter, " (${usd:.2} a month)")?,
                None => writeln!(formatter)?,
            }
        }
        Ok(())
    }
}

impl fmt::Display for Removed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.kind, self.name)?;
        if !self.id.contains(&self.name) {
            write!(formatter, " ({})", self.id)?;
        }
        write!(formatter, ": {:.0} by {}", self.deleted_at, self.deleted_by)?;
        match self.seconds {
            Some(seconds) => write!(formatter, ", {seconds:.0} s"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests;
