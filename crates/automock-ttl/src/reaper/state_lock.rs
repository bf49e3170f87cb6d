//! Terraform's lock on a stack's state, as terraform itself keeps it in S3.
//!
//! Whoever holds it may be creating things, so a teardown waits for it, though not for ever; and
//! a teardown that holds it keeps a late `apply` from creating things behind its back.

use std::fmt::Write as _;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::held::{HeldObject, Write};
use super::io::Io;
use super::{Object, ReaperError, terraform_lock_key};
use crate::record::{StackRecord, StateLocation};
use crate::teardown::later;

/// For how long somebody else's lock is respected. The longest apply of a stack takes some
/// fifteen minutes.
pub const LOCK_IS_STALE_AFTER: Duration = Duration::from_hours(1);

/// Attempts at a lock that others take and give back at the same time.
const ATTEMPTS: usize = 3;

/// A lock as terraform writes it to `<key of the state>.tflock`.
///
/// Format: `statemgr.LockInfo` of terraform; the field names are terraform's own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct TerraformLock {
    /// What `terraform force-unlock` asks for.
    #[serde(rename = "ID")]
    pub id: String,
    /// What the holder does, such as `OperationTypeApply`.
    #[serde(default)]
    pub operation: String,
    /// Anything that the holder wants to say.
    #[serde(default)]
    pub info: String,
    /// `user@host` of the holder.
    #[serde(default)]
    pub who: String,
    /// The holder's version.
    #[serde(default)]
    pub version: String,
    /// When it was taken.
    #[serde(default)]
    pub created: Option<Timestamp>,
    /// What is locked.
    #[serde(default)]
    pub path: String,
}

impl TerraformLock {
    /// Who holds the locks of teardowns.
    pub const REAPER: &'static str = "automock@reaper";

    /// The lock of a teardown. Every run of the same teardown takes the same one for its own.
    #[must_use]
    pub fn of_teardown(epoch: &str, path: &str, now: Timestamp) -> Self {
        Self {
            id: lock_id(epoch),
            operation: "OperationTypeDestroy".to_owned(),
            info: "the stack is being torn down".to_owned(),
            who: Self::REAPER.to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            created: Some(now),
            path: path.to_owned(),
        }
    }

    /// Whether a teardown took the lock, rather than somebody's terraform.
    #[must_use]
    pub fn is_of_a_teardown(&self) -> bool {
        self.who == Self::REAPER
    }

    /// The holder in words: `apply by ana@build-7`.
    #[must_use]
    pub fn in_words(&self) -> String {
        let operation = self.operation.strip_prefix("OperationType");
        let operation = operation.unwrap_or(&self.operation).to_lowercase();
        match (operation.as_str(), self.who.as_str()) {
            ("", "") => format!("terraform (lock {})", self.id),
            ("", who) => format!("terraform by {who}"),
            (operation, "") => format!("terraform {operation}"),
            (operation, who) => format!("terraform {operation} by {who}"),
        }
    }
}

/// An id in the shape of terraform's, the same for the same teardown.
fn lock_id(epoch: &str) -> String {
    let mut hex = String::with_capacity(32);
    for byte in &Sha256::digest(epoch)[..16] {
        let _ = write!(hex, "{byte:02x}");
    }
    let part = |from, to| &hex[from..to];
    [
        part(0, 8),
        part(8, 12),
        part(12, 16),
        part(16, 20),
        part(20, 32),
    ]
    .join("-")
}

/// Somebody else's lock that has to be waited for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Blocker {
    pub(super) holder: String,
    pub(super) until: Timestamp,
}

/// The lock on a state in the foundation's bucket.
#[derive(Clone)]
pub(super) struct StateLock<'a> {
    io: Io<'a>,
    /// The state that it locks.
    pub(super) state: String,
    key: String,
    path: String,
    /// From when a lock counts that does not say when it was taken.
    since: Timestamp,
}

impl<'a> StateLock<'a> {
    /// The lock of the stack, if its state is where locks outlive their process.
    pub(super) fn of(io: Io<'a>, record: &StackRecord) -> Option<Self> {
        let StateLocation::S3 { bucket, key, .. } = &record.state else {
            return None;
        };
        let now = io.now();
        let expired = record.expires_at.filter(|at| *at <= now);
        Some(Self {
            io,
            state: key.clone(),
            key: terraform_lock_key(key),
            path: format!("{bucket}/{key}"),
            since: expired.unwrap_or(record.updated_at),
        })
    }

    /// Who stands in the way of a teardown, if somebody does.
    pub(super) async fn blocker(
        &self,
        epoch: Option<&str>,
    ) -> Result<Option<Blocker>, ReaperError> {
        let Some(found) = self.io.get(&self.key).await? else {
            return Ok(None);
        };
        let ours = epoch.is_some_and(|epoch| is_of(&found, epoch));
        Ok(if ours { None } else { self.judge(&found) })
    }

    /// Takes the lock for a teardown, or says who holds it.
    pub(super) async fn hold(&self, epoch: &str) -> Result<Option<Blocker>, ReaperError> {
        let mut blocker = None;
        for _ in 0..ATTEMPTS {
            let found = self.io.get(&self.key).await?;
            if found.as_ref().is_some_and(|it| is_of(it, epoch)) {
                return Ok(None);
            }
            blocker = found.as_ref().and_then(|object| self.judge(object));
            if blocker.is_some() {
                return Ok(blocker);
            }
            let ours = TerraformLock::of_teardown(epoch, &self.path, self.io.now());
            let bytes = serde_json::to_vec(&ours).expect("a lock has text keys and no cycles");
            let mut held = HeldObject::new(self.key.clone(), found.map(|it| it.version));
            if held.write(self.io, &bytes).await? == Write::Stored {
                return Ok(None);
            }
        }
        // Somebody takes it and gives it back over and over.
        Ok(blocker.or_else(|| {
            Some(Blocker {
                holder: "somebody's terraform".to_owned(),
                until: later(self.io.now(), LOCK_IS_STALE_AFTER),
            })
        }))
    }

    /// Gives back a lock that this teardown holds; somebody else's stays.
    pub(super) async fn give_back(&self, epoch: &str) -> Result<(), ReaperError> {
        let found = self.io.get(&self.key).await?;
        if found.is_some_and(|it| is_of(&it, epoch)) {
            self.io.purge(&self.key).await?;
        }
        Ok(())
    }

    /// Deletes the state and then the lock, which has to be held.
    pub(super) async fn purge_with_state(&self) -> Result<(), ReaperError> {
        self.io.purge(&self.state).await?;
        self.io.purge(&self.key).await
    }

    /// A lock is respected while it is young. One that does not say since when it is there, or
    /// whose clock goes wrong, counts from the end of the stack's time.
    fn judge(&self, object: &Object) -> Option<Blocker> {
        let now = self.io.now();
        let lock = serde_json::from_slice::<TerraformLock>(&object.bytes).ok();
        let created = lock.as_ref().and_then(|lock| lock.created);
        let since = created.filter(|at| *at <= now).unwrap_or(self.since);
        let until = later(since, LOCK_IS_STALE_AFTER);
        let holder = lock.map_or_else(|| "somebody's terraform".to_owned(), |it| it.in_words());
        (now < until).then_some(Blocker { holder, until })
    }
}

fn is_of(object: &Object, epoch: &str) -> bool {
    serde_json::from_slice::<TerraformLock>(&object.bytes)
        .is_ok_and(|lock| lock.is_of_a_teardown() && lock.id == lock_id(epoch))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::start;

    #[test]
    fn reads_what_terraform_writes() {
        let text = r#"{"ID":"0d1b7b2e-5c4f-4c5e-9f7a-2f1b7c0d9e11","Operation":"OperationTypeApply",
            "Info":"","Who":"ana@build-7","Version":"1.11.4","Created":"2026-01-02T03:04:05.678Z","Path":"b/k"}"#;
        let lock: TerraformLock = serde_json::from_str(text).unwrap();
        assert_eq!(lock.in_words(), "terraform apply by ana@build-7");
        assert!(lock.created.is_some() && !lock.is_of_a_teardown());
    }

    #[test]
    fn a_teardown_knows_its_own_lock_and_no_other() {
        let lock = |epoch| TerraformLock::of_teardown(epoch, "b/k", start());
        let object = |lock: &TerraformLock| Object {
            bytes: serde_json::to_vec(lock).unwrap(),
            version: crate::reaper::ObjectVersion("1".to_owned()),
        };
        assert!(is_of(&object(&lock("a")), "a"));
        assert!(!is_of(&object(&lock("a")), "b"));
        assert!(lock("a").is_of_a_teardown());
        assert_eq!(lock("a").id.len(), 36);
        let id_alone = TerraformLock {
            who: "ana@build-7".to_owned(),
            ..lock("a")
        };
        assert!(!is_of(&object(&id_alone), "a"));
    }

    #[test]
    fn little_is_enough_to_name_a_holder() {
        let lock: TerraformLock = serde_json::from_str(r#"{"ID":"7"}"#).unwrap();
        assert_eq!(lock.in_words(), "terraform (lock 7)");
    }
}
