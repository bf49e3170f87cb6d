//! Real time.

use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;

use crate::teardown::Clock;

/// The system's clock, sleeping on tokio's timer.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

#[async_trait]
impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    async fn sleep(&self, time: Duration) {
        tokio::time::sleep(time).await;
    }
}
