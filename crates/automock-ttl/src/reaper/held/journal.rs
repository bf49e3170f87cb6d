//! Reading and writing a journal.

use super::{HeldObject, Write};
use crate::reaper::io::Io;
use crate::reaper::{DocumentError, Event, Journal, ReaperError, journal_key};
use crate::record::StackRecord;

/// The journal of the teardown that this run works on.
pub(in crate::reaper) struct HeldJournal<'a> {
    io: Io<'a>,
    held: HeldObject,
    journal: Journal,
    /// The journal as it was last written.
    written: Option<Journal>,
}

impl<'a> HeldJournal<'a> {
    /// Reads the journal of the stack's teardown, or begins one.
    pub(in crate::reaper) async fn read(
        io: Io<'a>,
        record: &StackRecord,
    ) -> Result<Self, ReaperError> {
        let key = journal_key(&record.stack_id);
        let found = io.get(&key).await?;
        let parsed = found.as_ref().map(|it| Journal::from_json(&it.bytes));
        let held = HeldObject::new(key.clone(), found.map(|it| it.version));
        let written = match parsed {
            Some(Ok(journal)) if journal.is_of(record) => Some(journal),
            // The journal of an earlier stack of this name has done its duty.
            None | Some(Ok(_) | Err(DocumentError::Malformed(_))) => None,
            Some(Err(source)) => return Err(ReaperError::Unreadable { key, source }),
        };
        let journal = written
            .clone()
            .unwrap_or_else(|| Journal::open(record, io.now()));
        Ok(Self {
            io,
            held,
            journal,
            written,
        })
    }

    /// Whether the teardown was under way before.
    pub(in crate::reaper) fn is_stored(&self) -> bool {
        self.written.is_some()
    }

    pub(in crate::reaper) fn journal(&self) -> &Journal {
        &self.journal
    }

    /// The journal, for changes that [`Self::save`] writes.
    pub(in crate::reaper) fn change(&mut self) -> &mut Journal {
        &mut self.journal
    }

    /// Writes what has changed.
    ///
    /// A journal that somebody else has written is as good as a lost lease.
    pub(in crate::reaper) async fn save(&mut self) -> Result<(), ReaperError> {
        if self.written.as_ref() == Some(&self.journal) {
            return Ok(());
        }
        self.journal.revision = self.journal.revision.saturating_add(1);
        self.journal.written_by.clone_from(&self.io.actor.run);
        match self.held.write(self.io, &self.journal.to_json()).await? {
            Write::Stored => {
                self.written = Some(self.journal.clone());
                Ok(())
            }
            Write::Lost => Err(ReaperError::LeaseLost {
                stack: self.journal.stack.clone(),
            }),
        }
    }

    /// Writes what has changed, or else does so the next time: AWS shows what has become of the
    /// resources, and what is lost is a time or a name. A journal that was never written stays so.
    pub(in crate::reaper) async fn save_soon(
        &mut self,
        events: &mut (dyn FnMut(Event) + Send),
    ) -> Result<(), ReaperError> {
        if !self.is_stored() {
            return Ok(());
        }
        match self.save().await {
            Err(error @ ReaperError::Objects { .. }) => {
                events(Event::Trouble(format!("the journal lags behind: {error}")));
                Ok(())
            }
            other => other,
        }
    }
}
