//! An object that only this run writes.

use crate::reaper::io::Io;
use crate::reaper::{Condition, Object, ObjectVersion, ReaperError, Written};

/// An object and the version of it that this run knows.
pub(in crate::reaper) struct HeldObject {
    key: String,
    version: Option<ObjectVersion>,
    /// What was sent and may have been written, whatever the answer said.
    uncertain: Vec<Vec<u8>>,
}

/// What became of a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::reaper) enum Write {
    /// The object holds the bytes.
    Stored,
    /// Somebody else has written it.
    Lost,
}

/// Whose the object is that stood in the way of a write.
enum Whose {
    /// It holds the very bytes that were to be written.
    Written,
    /// It holds what this run wrote before.
    Ours,
    /// It is as it was expected: another write was under way at the same moment, perhaps a lost one
    /// of this run.
    AsExpected,
    Theirs,
}

impl HeldObject {
    /// An object as it was read; `None` means that there was none.
    pub(in crate::reaper) fn new(key: String, found: Option<ObjectVersion>) -> Self {
        Self {
            key,
            version: found,
            uncertain: Vec::new(),
        }
    }

    pub(in crate::reaper) fn key(&self) -> &str {
        &self.key
    }

    /// Writes the bytes, unless somebody else has written since.
    ///
    /// The bytes must be of this run only; whatever it writes names the run or counts its writes.
    pub(in crate::reaper) async fn write(
        &mut self,
        io: Io<'_>,
        bytes: &[u8],
    ) -> Result<Write, ReaperError> {
        let key = self.key.clone();
        let mut tries = io.tries(&key);
        loop {
            // Before it is sent: this future may be dropped at any time.
            self.uncertain.push(bytes.to_vec());
            let put = io.world.objects.put(&key, bytes.to_vec(), self.condition());
            match put.await {
                Ok(Written::Stored(version)) => {
                    self.settle(version);
                    return Ok(Write::Stored);
                }
                Ok(Written::Refused) => match self.whose(io, bytes).await? {
                    Whose::Written => return Ok(Write::Stored),
                    // Each such turn uses up one uncertain write, so there are few.
                    Whose::Ours => {}
                    Whose::AsExpected if tries.again(true).await => {}
                    Whose::AsExpected | Whose::Theirs => return Ok(Write::Lost),
                },
                Err(failure) => tries.again_after(&failure, "write", &key).await?,
            }
        }
    }

    /// Whether the object is still what this run has read or written last.
    pub(in crate::reaper) async fn is_unchanged(&self, io: Io<'_>) -> Result<bool, ReaperError> {
        let found = io.get(&self.key).await?;
        Ok(found.map(|object| object.version) == self.version)
    }

    fn condition(&self) -> Condition {
        self.version
            .clone()
            .map_or(Condition::Absent, Condition::Unchanged)
    }

    fn settle(&mut self, version: ObjectVersion) {
        self.version = Some(version);
        self.uncertain.clear();
    }

    async fn whose(&mut self, io: Io<'_>, bytes: &[u8]) -> Result<Whose, ReaperError> {
        let Some(Object {
            bytes: found,
            version,
        }) = io.get(&self.key).await?
        else {
            return Ok(match self.version {
                None => Whose::AsExpected,
                Some(_) => Whose::Theirs,
            });
        };
        if self.version.as_ref() == Some(&version) {
            return Ok(Whose::AsExpected);
        }
        if found == bytes {
            self.settle(version);
            return Ok(Whose::Written);
        }
        if self.uncertain.contains(&found) {
            self.settle(version);
            return Ok(Whose::Ours);
        }
        Ok(Whose::Theirs)
    }
}
