//! Calls that AWS takes only so often.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::{Instant, sleep_until};

/// The pace of one kind of call; clones share it.
#[derive(Clone, Debug)]
pub(super) struct Pace {
    apart: Duration,
    next: Arc<Mutex<Option<Instant>>>,
}

impl Pace {
    /// A pace of so many calls a second.
    pub(super) fn per_second(calls: u32) -> Self {
        Self {
            apart: Duration::from_secs(1) / calls,
            next: Arc::default(),
        }
    }

    /// Waits for the turn of a call.
    pub(super) async fn turn(&self) {
        let mut next = self.next.lock().await;
        if let Some(at) = *next {
            sleep_until(at).await;
        }
        *next = Some(Instant::now() + self.apart);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn calls_are_kept_apart() {
        let pace = Pace::per_second(50);
        let started = Instant::now();
        for _ in 0..4 {
            pace.turn().await;
        }
        assert!(started.elapsed() >= Duration::from_millis(60));
    }
}
