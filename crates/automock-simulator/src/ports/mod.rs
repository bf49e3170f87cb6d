//! The ports of `automock-ttl` over the simulated world. Each makes the calls that the adapter
//! to AWS makes.

mod objects;
mod records;
mod remover;
mod scanner;
mod steps;

use std::time::Duration;

use async_trait::async_trait;
use automock_ttl::CloudFailure;
use automock_ttl::reaper::{PublishError, Topic, World};
use automock_ttl::teardown::Clock;
use jiff::Timestamp;

use crate::faults::Lane;
use crate::simulation::Client;

impl Client {
    /// The world as the reaper wants it.
    #[must_use]
    pub fn world(&self) -> World<'_> {
        World {
            scanner: self,
            cloud: self,
            registry: self,
            objects: self,
            topic: Some(self),
            clock: self,
        }
    }
}

#[async_trait]
impl Clock for Client {
    fn now(&self) -> Timestamp {
        self.simulation().time.now().timestamp()
    }

    async fn sleep(&self, time: Duration) {
        assert!(!time.is_zero(), "who sleeps for nothing spins");
        self.simulation().time.sleep(time).await;
    }
}

#[async_trait]
impl Topic for Client {
    /// One try: a mail that may have gone out must not go out again.
    async fn publish(&self, subject: &str, text: &str) -> Result<(), PublishError> {
        let mail = (subject.to_owned(), text.to_owned());
        let sent = self
            .once(Lane::Other, "Publish", &mut |state| {
                let (subject, text) = mail.clone();
                state.mails.push((state.now, subject, text));
                Ok(())
            })
            .await;
        sent.map_err(|failure| match failure {
            CloudFailure::RegionUnreachable { .. } | CloudFailure::ServerFault { .. } => {
                PublishError::Unknown(failure)
            }
            failure => PublishError::NotSent(failure),
        })
    }
}
