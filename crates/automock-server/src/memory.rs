//! Room in memory for the expectations that are served and for those that follow them.

use std::sync::atomic::{AtomicU64, Ordering};

pub use automock_model::expectations_memory as needed_for;

/// Expectations that do not fit beside those that are served.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the expectations need about {} MiB of memory, beside {} MiB of those that are served until then, and {} MiB are \
     there for both: give the process more memory, or serve fewer and smaller expectations",
    mebibytes(*.needed), mebibytes(*.served), mebibytes(*.room)
)]
pub struct TooLarge {
    /// What they need, in bytes.
    pub needed: u64,
    /// What those that are served need, in bytes.
    pub served: u64,
    /// What is there for both, in bytes.
    pub room: u64,
}

fn mebibytes(bytes: u64) -> u64 {
    bytes.div_ceil(1 << 20)
}

/// The memory that there is for expectations, and what is served of it.
#[derive(Debug, Default)]
pub(crate) struct Room {
    bytes: Option<u64>,
    served: AtomicU64,
    next: AtomicU64,
}

impl Room {
    pub(crate) fn new(bytes: Option<u64>) -> Self {
        Self {
            bytes,
            ..Self::default()
        }
    }

    /// Whether so many bytes fit beside what is served.
    pub(crate) fn check(&self, needed: u64) -> Result<(), TooLarge> {
        let served = self.served.load(Ordering::Acquire);
        if let Some(room) = self.bytes
            && served.saturating_add(needed) > room
        {
            return Err(TooLarge {
                needed,
                served,
                room,
            });
        }
        Ok(())
    }

    /// The same for what will be served instead.
    pub(crate) fn admit(&self, needed: u64) -> Result<(), TooLarge> {
        self.check(needed)?;
        self.next.store(needed, Ordering::Release);
        Ok(())
    }

    /// What was admitted last is served.
    pub(crate) fn replace(&self) {
        let next = self.next.swap(0, Ordering::AcqRel);
        self.served.store(next, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_have_to_fit() {
        let room = Room::new(Some(100));
        let refused = TooLarge {
            needed: 101,
            served: 0,
            room: 100,
        };
        assert_eq!(room.admit(101), Err(refused));
        room.admit(60).unwrap();
        room.replace();
        assert!(room.admit(41).is_err());
        room.admit(40).unwrap();
        room.replace();
        room.admit(60).unwrap();
        // One that was refused afterwards for another reason is not served.
        assert!(room.admit(61).is_err());
        room.admit(10).unwrap();
        room.replace();
        room.admit(90).unwrap();
        let mebibytes = TooLarge {
            needed: 200 << 20,
            served: 100 << 20,
            room: 220 << 20,
        };
        let words = mebibytes.to_string();
        assert!(
            words.starts_with("the expectations need about 200 MiB of memory, beside 100 MiB"),
            "{words}"
        );
        assert!(Room::new(None).admit(u64::MAX).is_ok());
    }
}
