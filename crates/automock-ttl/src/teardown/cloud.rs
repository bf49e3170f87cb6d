//! What a teardown needs from the outside world, as traits.

use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;

use crate::failure::CloudFailure;
use crate::inventory::Resource;

/// A cloud that resources can be removed from.
#[async_trait]
pub trait Cloud: Send + Sync {
    /// Asks for the removal of a resource. Asking twice does no harm.
    async fn remove(&self, resource: &Resource) -> Outcome;

    /// Looks whether a resource is still there.
    async fn presence(&self, resource: &Resource) -> Presence;
}

/// Time, so that tests need not wait.
#[async_trait]
pub trait Clock: Send + Sync {
    /// The present moment.
    fn now(&self) -> Timestamp;

    /// Lets time pass.
    async fn sleep(&self, time: Duration);
}

/// The answer to asking for a removal.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// The removal was accepted; whether it has happened is to be looked up.
    Started,
    /// The resource does not exist any more.
    Gone,
    /// Something else has to go first; the reason is AWS's.
    TooEarly(String),
    /// The removal was refused or did not get through.
    Failed(CloudFailure),
}

/// The answer to looking for a resource.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Presence {
    /// It is there, and nothing shows that it is going.
    Present,
    /// It is there and on its way out.
    Leaving,
    /// It does not exist any more.
    Gone,
    /// It could not be looked at, which says nothing about whether it exists.
    Unknown(CloudFailure),
}
