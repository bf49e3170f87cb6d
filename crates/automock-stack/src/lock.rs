//! Terraform's state lock as it lies in S3: who holds it, and whether the holder still lives.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A lock as terraform writes it to `<state key>.tflock`.
///
/// Format: `statemgr.LockInfo` of terraform (field names are terraform's own).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct LockInfo {
    /// Identifier that `terraform force-unlock` asks for.
    #[serde(rename = "ID")]
    pub id: String,
    /// What the holder does, such as `OperationTypeApply`.
    #[serde(default)]
    pub operation: String,
    /// `user@host` of the holder.
    #[serde(default)]
    pub who: String,
    /// Terraform version of the holder.
    #[serde(default)]
    pub version: String,
    /// When the lock was taken.
    pub created: Option<Timestamp>,
}

impl LockInfo {
    /// The host part of [`LockInfo::who`].
    #[must_use]
    pub fn host(&self) -> Option<&str> {
        self.who.rsplit_once('@').map(|(_, host)| host)
    }

    fn is_newer_than(&self, time: Timestamp) -> bool {
        self.created.is_some_and(|created| created > time)
    }

    /// What the holder does, in words: `apply`, `plan`.
    #[must_use]
    pub fn operation_in_words(&self) -> String {
        self.operation
            .strip_prefix("OperationType")
            .unwrap_or(&self.operation)
            .to_lowercase()
    }
}

/// Where and when a lock is judged.
#[derive(Clone, Debug)]
pub struct Here {
    /// This machine's name, as terraform writes it.
    pub host: String,
    /// This machine, boot and process namespace, as records name it.
    pub machine: String,
    /// When the record was read: a lock that was taken later is not of the run that it names.
    pub looked_at: Timestamp,
}

/// What is known of a lock's holder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holder {
    /// The recorded process runs on this host.
    Alive,
    /// The recorded process ran on this host and is gone.
    Dead,
    /// Another host, or no process on record: only a person can tell.
    Unknown,
}

/// Judges the holder of a lock.
///
/// `recorded` is the machine and process id that the stack's record named for a terraform run when
/// it was read; `is_alive` asks the operating system. Only a lock of this very host, recorded by
/// AutoMock, can be judged dead: anything else is left to a person.
#[must_use]
pub fn judge_holder(
    lock: &LockInfo,
    here: &Here,
    recorded: Option<(&str, u32)>,
    is_alive: impl Fn(u32) -> bool,
) -> Holder {
    match (lock.host(), recorded) {
        (Some(lock_host), Some((machine, pid)))
            if lock_host == here.host
                && machine == here.machine
                && !lock.is_newer_than(here.looked_at) =>
        {
            if is_alive(pid) {
                Holder::Alive
            } else {
                Holder::Dead
            }
        }
        _ => Holder::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lock(who: &str) -> LockInfo {
        LockInfo {
            id: "8f2c".into(),
            operation: "OperationTypeApply".into(),
            who: who.into(),
            version: "1.11.4".into(),
            created: None,
        }
    }

    #[test]
    fn reads_what_terraform_writes() {
        let text = r#"{"ID":"0d1b7b2e-5c4f-4c5e-9f7a-2f1b7c0d9e11","Operation":"OperationTypeApply",
            "Info":"","Who":"ana@build-7","Version":"1.11.4","Created":"2026-01-02T03:04:05.678Z","Path":"b/k"}"#;
        let lock: LockInfo = serde_json::from_str(text).unwrap();
        assert_eq!(lock.host(), Some("build-7"));
        assert_eq!(lock.operation_in_words(), "apply");
        assert!(lock.created.is_some());
    }

    #[test]
    fn only_a_recorded_process_of_this_machine_can_be_dead() {
        let here = Here {
            host: "here".into(),
            machine: "here#1".into(),
            looked_at: Timestamp::UNIX_EPOCH,
        };
        let table = [
            ("a@here", Some(("here#1", 7)), false, Holder::Dead),
            ("a@here", Some(("here#1", 7)), true, Holder::Alive),
            ("a@there", Some(("here#1", 7)), false, Holder::Unknown),
            ("a@here", Some(("here#2", 7)), false, Holder::Unknown),
            ("a@here", None, false, Holder::Unknown),
            ("nonsense", Some(("here#1", 7)), false, Holder::Unknown),
        ];
        for (who, recorded, alive, expected) in table {
            assert_eq!(
                judge_holder(&lock(who), &here, recorded, |_| alive),
                expected,
                "{who} {recorded:?}"
            );
        }
        let mut newer = lock("a@here");
        newer.created = Some(Timestamp::from_second(1).unwrap());
        let judged = judge_holder(&newer, &here, Some(("here#1", 7)), |_| false);
        assert_eq!(judged, Holder::Unknown);
    }
}
