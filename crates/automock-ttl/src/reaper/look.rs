//! One look at everything: what AWS shows, what Terraform's state names, what the journal knows.

use futures::stream::{self, StreamExt as _};
use jiff::Timestamp;

use super::io::Io;
use super::state_file::named_by_state;
use super::teardown::Teardown;
use super::{Entry, Event, NamedByState, ReaperError};
use crate::failure::CloudFailure;
use crate::inventory::{Inventory, Ownership, Resource, Unreadable};
use crate::record::{StackRecord, StateLocation};
use crate::teardown::{Event as CloudEvent, Presence};

/// How many resources are looked at at the same time.
const PARALLEL: usize = 8;

/// What a look has found.
pub(super) struct Looked {
    /// When it began.
    pub(super) began_at: Timestamp,
    /// What there is to remove, and what could not be seen.
    pub(super) inventory: Inventory,
    /// Why Terraform's state could not be read, if it had to be.
    pub(super) state: Option<CloudFailure>,
}

/// What a look at one known resource has shown.
enum Seen {
    Gone,
    /// It is there, as it is now.
    There(Resource),
    Unknown(CloudFailure),
}

/// Which proof counts for a resource that has no tag.
///
/// A tag can be taken away, so it is read again in any case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Proof {
    /// The one that was found before: what it came from may be gone. The removal compares what it
    /// deletes with what was proven.
    Earlier,
    /// One that holds now: what was removed and is there again may be somebody else's.
    Fresh,
}

impl Looked {
    /// Whether nothing of the stack is there, apart from its reaper, and everything could be
    /// looked at.
    pub(super) fn is_clean(&self) -> bool {
        self.inventory.is_clean() && self.state.is_none()
    }

    /// Why some of it could not be looked at.
    pub(super) fn failures(&self) -> impl Iterator<Item = &CloudFailure> {
        let kinds = self.inventory.unreadable.iter().map(|it| &it.reason);
        kinds.chain(&self.state)
    }

    fn in_words(&self) -> Vec<String> {
        let kinds = self.inventory.unreadable.iter();
        let kinds = kinds.map(|unseen| format!("{}: {}", unseen.kind, unseen.reason));
        let state = self.state.iter();
        kinds
            .chain(state.map(|reason| format!("Terraform's state: {reason}")))
            .collect()
    }
}

impl Teardown<'_> {
    /// Looks at everything and takes it into the journal. `by` is who is held responsible for
    /// what has gone although nobody is known to have asked for it.
    pub(super) async fn look(
        &mut self,
        by: &str,
        events: &mut (dyn FnMut(Event) + Send),
    ) -> Result<Looked, ReaperError> {
        let began_at = self.io.now();
        let state = self.read_state().await?;
        let scan = self.io.world.scanner.scan(self.record.record()).await;
        self.journal.change().see(&scan, self.io.now());
        self.lease.keep().await?;
        let mut unreadable = scan.unreadable.clone();
        unreadable.extend(self.examine_named().await);
        self.lease.keep().await?;
        let (hidden, reasons) = self.look_for_missing(&scan.found, by, events).await;
        unreadable.extend(reasons);
        if state.is_none() {
            self.journal.change().settle_claims();
            self.freeze(events);
        }
        unreadable.retain(|unseen| !unseen.kind.is_reaper());
        if unreadable.is_empty() && state.is_none() && self.journal().open_items().next().is_none()
        {
            unreadable = self.look_for_returned(&scan.found).await;
        }
        let looked = Looked {
            began_at,
            inventory: self.inventory(&hidden, unreadable),
            state,
        };
        self.journal.change().unreadable = looked.in_words();
        events(Event::Looked {
            left: self.journal().open_items().count(),
            unreadable: self.journal().unreadable.clone(),
        });
        Ok(looked)
    }

    /// What is left to remove. What could not be looked at is not a part of it, because nobody
    /// may delete what nobody can see; it is unreadable instead, and holds up what depends on it.
    fn inventory(&self, hidden: &[Resource], unreadable: Vec<Unreadable>) -> Inventory {
        let open = self.journal.journal().open_items();
        let found = open.map(|entry| &entry.resource);
        Inventory {
            found: found.filter(|it| !has(hidden, it)).cloned().collect(),
            unreadable,
        }
    }

    /// Reads once what Terraform's state names. What can't be read at all is told; what is no
    /// state names nothing, and the tags have to do.
    async fn read_state(&mut self) -> Result<Option<CloudFailure>, ReaperError> {
        let StateLocation::S3 { key, .. } = &self.record.record().state else {
            return Ok(None);
        };
        if self.journal.journal().frozen_at.is_some() {
            return Ok(None);
        }
        let bytes = match self.io.get(key).await {
            Ok(found) => found.map(|object| object.bytes).unwrap_or_default(),
            Err(ReaperError::Objects { source, .. }) => return Ok(Some(source)),
            Err(error) => return Err(error),
        };
        let journal = self.journal.change();
        match named_by_state(&bytes) {
            Ok(named) => journal.unexamined = named,
            Err(error) => journal.note(format!(
                "what Terraform's state names is not known: {error}"
            )),
        }
        Ok(None)
    }

    fn freeze(&mut self, events: &mut (dyn FnMut(Event) + Send)) {
        if self.journal.journal().frozen_at.is_some() {
            return;
        }
        let now = self.io.now();
        let journal = self.journal.change();
        journal.freeze(now);
        for resource in journal.left_alone() {
            events(CloudEvent::LeftAlone(resource.clone()).into());
        }
        events(Event::Frozen {
            resources: journal.items.len(),
            foreign: journal.left_alone().count(),
        });
    }

    /// Looks at what Terraform's state names and the scan did not show.
    async fn examine_named(&mut self) -> Vec<Unreadable> {
        let journal = self.journal.change();
        journal.match_named();
        let (io, record) = (self.io, self.record.record());
        let looks = journal
            .unexamined
            .clone()
            .into_iter()
            .map(|named| async move {
                let found = examine(io, record, &named).await;
                (named, found)
            });
        let answers: Vec<_> = stream::iter(looks).buffered(PARALLEL).collect().await;
        let mut unreadable = Vec::new();
        for (named, found) in answers {
            match found {
                Ok(found) => self.journal.change().examined(&named, found, io.now()),
                Err(reason) => unreadable.push(Unreadable {
                    kind: named.kind,
                    reason,
                }),
            }
        }
        unreadable
    }

    /// Looks at what is left according to the journal and was not shown by the scan. What could
    /// not be looked at is returned.
    async fn look_for_missing(
        &mut self,
        shown: &[Resource],
        by: &str,
        events: &mut (dyn FnMut(Event) + Send),
    ) -> (Vec<Resource>, Vec<Unreadable>) {
        let missing = self.unshown(shown, Entry::is_open);
        let mut hidden = (Vec::new(), Vec::new());
        for (resource, seen) in self.see_each(missing, Proof::Earlier).await {
            let now = self.io.now();
            let journal = self.journal.change();
            match seen {
                Seen::Gone => {
                    journal.gone(&resource, responsible(&resource, by), now);
                    events(CloudEvent::Gone(resource).into());
                }
                Seen::There(found) => journal.still_there(&resource, &found),
                Seen::Unknown(reason) => {
                    hidden.1.push(Unreadable {
                        kind: resource.kind,
                        reason,
                    });
                    hidden.0.push(resource);
                }
            }
        }
        hidden
    }

    /// Looks once more at everything that was removed, because AWS's answers are not always
    /// consistent at once. What ended with its owner can't come back without it.
    async fn look_for_returned(&mut self, shown: &[Resource]) -> Vec<Unreadable> {
        let was_removed = |entry: &Entry| {
            let kind = entry.resource.kind;
            entry.gone_at.is_some() && !kind.is_reaper() && !kind.is_wait_only()
        };
        let gone = self.unshown(shown, was_removed);
        let mut unreadable = Vec::new();
        for (resource, seen) in self.see_each(gone, Proof::Fresh).await {
            match seen {
                Seen::Gone => {}
                // Somebody else's thing may have the name by now.
                Seen::There(found) if !found.belongs_to_stack() => {}
                Seen::There(found) => self.journal.change().still_there(&resource, &found),
                Seen::Unknown(reason) => unreadable.push(Unreadable {
                    kind: resource.kind,
                    reason,
                }),
            }
        }
        unreadable
    }

    /// The entries of the journal that are as wanted and that the scan did not show.
    fn unshown(&self, shown: &[Resource], wanted: impl Fn(&Entry) -> bool) -> Vec<Entry> {
        let items = self.journal.journal().items.iter();
        items
            .filter(|entry| wanted(entry) && !has(shown, &entry.resource))
            .cloned()
            .collect()
    }

    async fn see_each(&self, entries: Vec<Entry>, proof: Proof) -> Vec<(Resource, Seen)> {
        let (io, record) = (self.io, self.record.record());
        let looks = entries.into_iter().map(|entry| async move {
            let seen = see_one(io, record, &entry, proof).await;
            (entry.resource, seen)
        });
        stream::iter(looks).buffered(PARALLEL).collect().await
    }
}

/// Looks whether a resource is still there and still the stack's.
async fn see_one(io: Io<'_>, record: &StackRecord, entry: &Entry, proof: Proof) -> Seen {
    let mut tries = io.tries(&entry.resource.id);
    loop {
        match see_once(io, record, entry, proof).await {
            Seen::Unknown(failure) if tries.again(failure.is_transient()).await => {}
            other => return other,
        }
    }
}

async fn see_once(io: Io<'_>, record: &StackRecord, entry: &Entry, proof: Proof) -> Seen {
    let resource = &entry.resource;
    let asks_again = proof == Proof::Fresh || resource.ownership == Ownership::Tagged;
    match io.world.cloud.presence(resource).await {
        Presence::Gone => Seen::Gone,
        Presence::Unknown(failure) => Seen::Unknown(failure),
        Presence::Present if asks_again => {
            match io.world.scanner.examine(record, &named(entry)).await {
                Ok(Some(found)) => Seen::There(found),
                Ok(None) if proof == Proof::Fresh => Seen::Gone,
                Ok(None) => Seen::Unknown(CloudFailure::ServerFault {
                    code: "Inconsistent".to_owned(),
                    message: format!("{resource} is there and can't be described"),
                }),
                Err(failure) => Seen::Unknown(failure),
            }
        }
        Presence::Present | Presence::Leaving => Seen::There(resource.clone()),
    }
}

/// Looks at a resource that Terraform's state names.
async fn examine(
    io: Io<'_>,
    record: &StackRecord,
    named: &NamedByState,
) -> Result<Option<Resource>, CloudFailure> {
    let mut tries = io.tries(&named.id);
    loop {
        match io.world.scanner.examine(record, named).await {
            Err(failure) if tries.again(failure.is_transient()).await => {}
            other => return other,
        }
    }
}

fn named(entry: &Entry) -> NamedByState {
    NamedByState {
        kind: entry.resource.kind,
        address: entry.address.clone().unwrap_or_default(),
        id: entry.resource.id.clone(),
        arn: entry.resource.arn.clone(),
        name: Some(entry.resource.name.clone()),
    }
}

fn has(resources: &[Resource], resource: &Resource) -> bool {
    resources
        .iter()
        .any(|it| it.kind == resource.kind && it.id == resource.id)
}

/// What is only waited for ends with what it belongs to.
pub(super) fn responsible<'a>(resource: &Resource, by: &'a str) -> &'a str {
    if resource.kind.is_wait_only() {
        "AWS, with what it belonged to"
    } else {
        by
    }
}
