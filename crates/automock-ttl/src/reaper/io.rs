//! Reading and writing what a teardown keeps, with patience for what passes by itself.

use std::time::Duration;

use automock_model::StackId;
use jiff::Timestamp;

use super::{Actor, Object, ReaperError, World};
use crate::failure::CloudFailure;
use crate::jitter::backoff;
use crate::registry::{RegistryError, Versioned};

/// How often a call is made before its failure counts.
const TRIES: u32 = 5;

/// Pauses between the tries: with five of them a failing service is given some ten seconds.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LAST_PAUSE: Duration = Duration::from_secs(4);

/// The outside world, as one run of the reaper sees it.
#[derive(Clone, Copy)]
pub(super) struct Io<'a> {
    pub(super) world: World<'a>,
    pub(super) actor: &'a Actor,
}

/// The tries of one call.
pub(super) struct Tries<'a> {
    io: Io<'a>,
    what: &'a str,
    made: u32,
}

impl<'a> Io<'a> {
    pub(super) fn now(&self) -> Timestamp {
        self.world.clock.now()
    }

    /// The tries of a call; `what` makes its pauses differ from those of others.
    pub(super) fn tries<'b>(&self, what: &'b str) -> Tries<'b>
    where
        'a: 'b,
    {
        Tries {
            io: *self,
            what,
            made: 0,
        }
    }

    pub(super) async fn get(&self, key: &str) -> Result<Option<Object>, ReaperError> {
        let mut tries = self.tries(key);
        loop {
            match self.world.objects.get(key).await {
                Ok(found) => return Ok(found),
                Err(failure) => tries.again_after(&failure, "read", key).await?,
            }
        }
    }

    pub(super) async fn purge(&self, key: &str) -> Result<(), ReaperError> {
        let mut tries = self.tries(key);
        loop {
            match self.world.objects.purge(key).await {
                Ok(()) => return Ok(()),
                Err(failure) => tries.again_after(&failure, "delete", key).await?,
            }
        }
    }

    pub(super) async fn record(&self, stack: &StackId) -> Result<Option<Versioned>, ReaperError> {
        let mut tries = self.tries(stack.as_str());
        loop {
            match self.world.registry.get(stack).await {
                Ok(found) => return Ok(found),
                Err(error) => tries.again_after_registry(error).await?,
            }
        }
    }
}

impl Tries<'_> {
    /// Waits for the next try, or tells that there is none.
    pub(super) async fn again(&mut self, is_transient: bool) -> bool {
        self.made += 1;
        if !is_transient || self.made >= TRIES {
            return false;
        }
        let seed = format!("{}/{}", self.io.actor.run, self.what);
        let pause = backoff(FIRST_PAUSE, LAST_PAUSE, &seed, self.made - 1);
        self.io.world.clock.sleep(pause).await;
        true
    }

    pub(super) async fn again_after(
        &mut self,
        failure: &CloudFailure,
        action: &'static str,
        key: &str,
    ) -> Result<(), ReaperError> {
        if self.again(failure.is_transient()).await {
            return Ok(());
        }
        Err(ReaperError::Objects {
            action,
            key: key.to_owned(),
            source: failure.clone(),
        })
    }

    pub(super) async fn again_after_registry(
        &mut self,
        error: RegistryError,
    ) -> Result<(), ReaperError> {
        if self.again(is_transient(&error)).await {
            return Ok(());
        }
        Err(error.into())
    }
}

pub(super) fn is_transient(error: &RegistryError) -> bool {
    matches!(error, RegistryError::Cloud { source, .. } if source.is_transient())
}
