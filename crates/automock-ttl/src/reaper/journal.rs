//! What a teardown remembers from run to run.
//!
//! The truth is what AWS shows; the journal only keeps what AWS cannot show any more: what
//! there was, who asked for its end and when, whom the reaper has told, and since when nothing
//! was seen. Everything here is pure; the module `held` reads and writes it.

use automock_model::{AccountId, StackId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Actor, DocumentError, Left, NamedByState, NoticeKind, Remains, document};
use crate::inventory::{Inventory, Ownership, Resource};
use crate::kind::ResourceKind;
use crate::record::StackRecord;

mod entry;

pub use entry::{Entry, Source};

#[cfg(test)]
mod tests;

/// The schema that this version of the crate writes, and the newest one that it reads.
pub const JOURNAL_SCHEMA_VERSION: u32 = 1;

/// After this many runs in a row without any movement people are told that it is stuck.
pub const IDLE_TICKS_TO_TELL: u32 = 3;

/// The memory of one teardown of one stack.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Journal {
    /// Version of this layout.
    pub schema_version: u32,
    /// Which teardown it is, unique for the stack for all times.
    pub epoch: String,
    /// The stack.
    pub stack: StackId,
    /// Its account.
    pub account: AccountId,
    /// Its region.
    pub region: String,
    /// When the record of the stack was made; it tells a stack from a later one of its name.
    pub stack_created_at: Timestamp,
    /// When the teardown began.
    pub started_at: Timestamp,
    /// Everybody who worked on it, in order of appearance.
    pub actors: Vec<String>,
    /// When the inventory was written down; without it that is still to be done.
    pub frozen_at: Option<Timestamp>,
    /// The resources of the stack, in the order in which they were found.
    pub items: Vec<Entry>,
    /// What the last look found in the stack's place that is not the stack's.
    pub foreign: Vec<Resource>,
    /// What Terraform's state names, exists and is not the stack's.
    pub disowned: Vec<Resource>,
    /// What Terraform's state names and nobody could look at yet.
    pub unexamined: Vec<NamedByState>,
    /// Whether Terraform's state was there, and written by a run that came to its end.
    #[serde(default)]
    pub state_is_complete: bool,
    /// What the last look could not see, in words.
    pub unreadable: Vec<String>,
    /// What a person should know about this teardown.
    pub notes: Vec<String>,
    /// Who was told what.
    pub notices: Notices,
    /// How many runs have worked on it.
    pub ticks: u32,
    /// How many runs in a row have moved nothing, the present one included.
    pub idle_ticks: u32,
    /// When a look first found nothing, with nothing found by any look since.
    pub clean_since: Option<Timestamp>,
    /// When the second such look found nothing.
    pub proven_at: Option<Timestamp>,
    /// How often it was written; it tells one text from the next.
    pub revision: u64,
    /// The run that wrote it last.
    pub written_by: String,
}

/// Who was told what, each at most once.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notices {
    /// That the teardown has begun.
    pub start: Option<Notice>,
    /// That nothing moves; forgotten when something does.
    pub stuck: Option<Notice>,
    /// That nothing is left.
    pub finish: Option<Notice>,
}

/// A notice that was, or may have been, sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// When it was claimed, which is before it is sent.
    pub claimed_at: Timestamp,
    /// The run that claimed it.
    pub run: String,
    /// When it was certainly sent.
    pub sent_at: Option<Timestamp>,
}

impl Journal {
    /// The journal of a teardown that begins.
    #[must_use]
    pub fn open(record: &StackRecord, now: Timestamp) -> Self {
        Self {
            schema_version: JOURNAL_SCHEMA_VERSION,
            epoch: epoch(record.created_at, now),
            stack: record.stack_id.clone(),
            account: record.account.clone(),
            region: record.region.clone(),
            stack_created_at: record.created_at,
            started_at: now,
            actors: Vec::new(),
            frozen_at: None,
            items: Vec::new(),
            foreign: Vec::new(),
            disowned: Vec::new(),
            unexamined: Vec::new(),
            state_is_complete: false,
            unreadable: Vec::new(),
            notes: Vec::new(),
            notices: Notices::default(),
            ticks: 0,
            idle_ticks: 0,
            clean_since: None,
            proven_at: None,
            revision: 0,
            written_by: String::new(),
        }
    }

    /// Reads a journal.
    ///
    /// # Errors
    /// When the bytes are no journal, or one of a newer schema version.
    pub fn from_json(bytes: &[u8]) -> Result<Self, DocumentError> {
        document::read(bytes, JOURNAL_SCHEMA_VERSION)
    }

    /// Writes the journal.
    #[must_use]
    pub fn to_json(&self) -> Vec<u8> {
        document::write_compactly(self)
    }

    /// Whether it is of this stack and not of an earlier one with the same name.
    #[must_use]
    pub fn is_of(&self, record: &StackRecord) -> bool {
        self.stack == record.stack_id && self.stack_created_at == record.created_at
    }

    /// A run begins to work on it.
    ///
    /// The run counts as one without movement until it moves something, so that runs that die
    /// are counted as well.
    pub fn join(&mut self, actor: &Actor) {
        self.ticks = self.ticks.saturating_add(1);
        self.idle_ticks = self.idle_ticks.saturating_add(1);
        if !self.actors.contains(&actor.name) {
            self.actors.push(actor.name.clone());
        }
    }

    /// Adds a note that is not there yet.
    pub fn note(&mut self, note: impl Into<String>) {
        let note = note.into();
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }

    /// Something has moved: the runs without movement are over.
    fn moved(&mut self) {
        self.idle_ticks = 0;
        self.notices.stuck = None;
    }

    /// The entry of a resource.
    #[must_use]
    pub fn entry(&self, kind: ResourceKind, id: &str) -> Option<&Entry> {
        self.items.iter().find(|entry| entry.is(kind, id))
    }

    fn entry_mut(&mut self, resource: &Resource) -> Option<&mut Entry> {
        self.items
            .iter_mut()
            .find(|entry| entry.is(resource.kind, &resource.id))
    }

    /// Takes in what a look has found: new resources of the stack, resources that are there
    /// against all expectation, and whose each of them is now.
    pub fn see(&mut self, inventory: &Inventory, now: Timestamp) {
        self.foreign = inventory.foreign().cloned().collect();
        for resource in &inventory.found {
            match self.entry_mut(resource) {
                Some(entry) => entry.seen(resource),
                None if resource.belongs_to_stack() => {
                    self.items
                        .push(Entry::new(resource.clone(), Source::Scan, now));
                }
                None => {}
            }
        }
    }

    /// Takes in a look at a single resource that Terraform's state names.
    pub fn examined(&mut self, named: &NamedByState, found: Option<Resource>, now: Timestamp) {
        self.unexamined.retain(|other| other != named);
        let Some(resource) = found else {
            self.note(format!(
                "{} ({}) is in Terraform's state and did not exist any more",
                named.address, named.id
            ));
            return;
        };
        if let Some(entry) = self.entry_mut(&resource) {
            entry.address = Some(named.address.clone());
            entry.seen(&resource);
        } else if resource.belongs_to_stack() {
            let mut entry = Entry::new(resource, Source::State, now);
            entry.address = Some(named.address.clone());
            self.items.push(entry);
        } else {
            self.disown(resource);
        }
    }

    /// Finds what Terraform's state names among what was found already.
    pub fn match_named(&mut self) {
        let items = &mut self.items;
        self.unexamined.retain(|named| {
            let found = items.iter_mut().find(|entry| entry.is_named(named));
            let Some(entry) = found else { return true };
            entry.address = Some(named.address.clone());
            false
        });
    }

    /// A known resource that a scan did not show is there all the same.
    pub fn still_there(&mut self, known: &Resource, found: &Resource) {
        if let Some(entry) = self.entry_mut(known) {
            entry.seen(found);
        }
        if !found.belongs_to_stack() {
            self.disown(found.clone());
        }
    }

    fn disown(&mut self, resource: Resource) {
        let same = |it: &Resource| it.kind == resource.kind && it.id == resource.id;
        if !self.disowned.iter().any(same) {
            self.disowned.push(resource);
        }
    }

    /// The inventory is complete as far as it could be looked at, Terraform's state included.
    pub fn freeze(&mut self, now: Timestamp) {
        self.frozen_at.get_or_insert(now);
    }

    /// Decides about what Terraform's state tells best, now that it was read.
    pub fn settle_claims(&mut self) {
        let mut disowned = Vec::new();
        let is_complete = self.state_is_complete;
        self.items.retain_mut(|entry| {
            let is_foreign = entry.settle_claim(is_complete) == Some(false);
            if is_foreign {
                disowned.push(entry.resource.clone());
            }
            !is_foreign
        });
        for resource in disowned {
            self.disown(resource);
        }
    }

    /// The removal of a resource is about to be asked for.
    pub fn asked(&mut self, resource: &Resource, by: &str, now: Timestamp) {
        if let Some(entry) = self.entry_mut(resource) {
            entry.asked(by, now);
        }
    }

    /// The removal of a resource was certainly not begun.
    pub fn refused(&mut self, resource: &Resource) {
        if let Some(entry) = self.entry_mut(resource) {
            entry.refused();
        }
    }

    /// The removal of a resource was accepted.
    pub fn requested(&mut self, resource: &Resource, by: &str, now: Timestamp) {
        if self
            .entry_mut(resource)
            .is_some_and(|entry| entry.requested(by, now))
        {
            self.moved();
        }
    }

    /// A resource does not exist any more. `by` is who is held responsible where nobody is known
    /// to have asked for its removal.
    pub fn gone(&mut self, resource: &Resource, by: &str, now: Timestamp) {
        if self
            .entry_mut(resource)
            .is_some_and(|entry| entry.gone(by, now))
        {
            self.moved();
        }
    }

    /// Says what holds a resource.
    pub fn held(&mut self, resource: &Resource, because: impl Into<String>) {
        if let Some(entry) = self.entry_mut(resource) {
            entry.hold = Some(because.into());
        }
    }

    /// A look that was over at `now` found nothing. The first of them counts.
    pub fn clean(&mut self, now: Timestamp) {
        if self.clean_since.is_none() {
            self.clean_since = Some(now);
            self.moved();
        }
    }

    /// A look found something, or could not see everything.
    pub fn not_clean(&mut self) {
        self.clean_since = None;
    }

    /// Nothing was there twice.
    pub fn prove(&mut self, now: Timestamp) {
        if self.proven_at.is_none() {
            self.proven_at = Some(now);
            self.moved();
        }
    }

    /// Takes the right to send a notice; tells whether it was free.
    pub fn claim(&mut self, kind: NoticeKind, run: &str, now: Timestamp) -> bool {
        let Some(slot) = self.notice_mut(kind) else {
            return false;
        };
        if slot.is_some() {
            return false;
        }
        *slot = Some(Notice {
            claimed_at: now,
            run: run.to_owned(),
            sent_at: None,
        });
        true
    }

    /// The notice was sent.
    pub fn confirm(&mut self, kind: NoticeKind, now: Timestamp) {
        if let Some(Some(notice)) = self.notice_mut(kind) {
            notice.sent_at = Some(now);
        }
    }

    /// The notice was certainly not sent: it can be tried again.
    pub fn unclaim(&mut self, kind: NoticeKind) {
        if let Some(slot) = self.notice_mut(kind) {
            *slot = None;
        }
    }

    fn notice_mut(&mut self, kind: NoticeKind) -> Option<&mut Option<Notice>> {
        match kind {
            NoticeKind::Warning => None,
            NoticeKind::Start => Some(&mut self.notices.start),
            NoticeKind::Stuck => Some(&mut self.notices.stuck),
            NoticeKind::Finish => Some(&mut self.notices.finish),
        }
    }

    /// Whether people have to be told that nothing moves.
    #[must_use]
    pub fn is_stuck(&self) -> bool {
        self.idle_ticks >= IDLE_TICKS_TO_TELL
    }

    /// The resources that have to go before the reaper's own parts, and have not.
    pub fn open_items(&self) -> impl Iterator<Item = &Entry> {
        self.items
            .iter()
            .filter(|entry| entry.is_open() && !entry.resource.kind.is_reaper())
    }

    /// A number that grows whenever a resource is asked to go for the first time, or has gone.
    #[must_use]
    pub fn movements(&self) -> usize {
        let asked = self.items.iter().filter(|it| it.requested_at.is_some());
        let gone = self.items.iter().filter(|it| it.gone_at.is_some());
        asked.count() + gone.count()
    }

    /// What is left, for people.
    #[must_use]
    pub fn remains(&self) -> Remains {
        let unexamined = self
            .unexamined
            .iter()
            .map(|named| format!("{} ({})", named.address, named.id));
        Remains {
            gone: self.items.iter().filter(|it| it.gone_at.is_some()).count(),
            left: self.open_items().map(left).collect(),
            unreadable: self.unreadable.iter().cloned().chain(unexamined).collect(),
            left_alone: self.left_alone().map(in_words).collect(),
            idle_ticks: self.idle_ticks,
        }
    }

    /// What lies in the stack's place, belongs to somebody else and is left alone.
    pub fn left_alone(&self) -> impl Iterator<Item = &Resource> {
        let listed = |resource: &&Resource| {
            !self
                .foreign
                .iter()
                .any(|it| it.kind == resource.kind && it.id == resource.id)
        };
        self.foreign
            .iter()
            .chain(self.disowned.iter().filter(listed))
    }
}

/// Terraform's lock and the receipt are named after it, so it has no characters that need care.
fn epoch(created_at: Timestamp, now: Timestamp) -> String {
    let text = |at: Timestamp| at.strftime("%Y%m%dT%H%M%S%.3fZ").to_string();
    format!("{}-{}", text(created_at), text(now))
}

fn left(entry: &Entry) -> Left {
    Left {
        resource: entry.resource.clone(),
        because: entry.hold.clone().unwrap_or_else(|| "not tried yet".into()),
    }
}

fn in_words(resource: &Resource) -> String {
    match &resource.ownership {
        Ownership::Foreign { because } => format!("{resource}: {because}"),
        _ => resource.to_string(),
    }
}
