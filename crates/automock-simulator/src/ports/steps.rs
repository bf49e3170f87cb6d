//! What the answers to removals mean, and calls with less to write.

use automock_ttl::CloudFailure;
use automock_ttl::teardown::{Outcome, Presence};

use crate::cloud::Answer;
use crate::faults::Lane;
use crate::simulation::Client;
use crate::state::State;

/// What the codes of a removal mean; "not found" needs no mention.
pub(super) struct Codes {
    pub(super) gone: &'static [&'static str],
    pub(super) too_early: &'static [&'static str],
}

pub(super) const PLAIN: Codes = Codes {
    gone: &[],
    too_early: &[],
};

impl Codes {
    pub(super) fn settle<T>(&self, answer: Answer<T>) -> Outcome {
        match answer {
            Ok(_) => Outcome::Started,
            Err(failure) => self.judge(failure),
        }
    }

    pub(super) fn judge(&self, failure: CloudFailure) -> Outcome {
        let is = |list: &[&str]| failure.code().is_some_and(|code| list.contains(&code));
        if is(self.gone) || matches!(failure, CloudFailure::NotFound { .. }) {
            Outcome::Gone
        } else if is(self.too_early) {
            Outcome::TooEarly(failure.to_string())
        } else {
            Outcome::Failed(failure)
        }
    }
}

/// What was found by looking: whether it is on its way out, if it is there.
pub(super) fn presence(found: Answer<Option<bool>>) -> Presence {
    match found {
        Ok(None) | Err(CloudFailure::NotFound { .. }) => Presence::Gone,
        Ok(Some(true)) => Presence::Leaving,
        Ok(Some(false)) => Presence::Present,
        Err(failure) => Presence::Unknown(failure),
    }
}

/// Nothing found is a normal answer.
pub(super) fn optional<T>(found: Answer<T>) -> Answer<Option<T>> {
    match found {
        Ok(found) => Ok(Some(found)),
        Err(CloudFailure::NotFound { .. }) => Ok(None),
        Err(failure) => Err(failure),
    }
}

impl Client {
    pub(super) async fn ec2_read<T: Send>(
        &self,
        name: &str,
        effect: impl FnMut(&mut State) -> Answer<T> + Send,
    ) -> Answer<T> {
        self.call(Lane::Ec2Read, name, effect).await
    }

    pub(super) async fn ec2_write(
        &self,
        name: &str,
        effect: impl FnMut(&mut State) -> Answer<()> + Send,
    ) -> Answer<()> {
        self.call(Lane::Ec2Write, name, effect).await
    }

    pub(super) async fn other<T: Send>(
        &self,
        name: &str,
        effect: impl FnMut(&mut State) -> Answer<T> + Send,
    ) -> Answer<T> {
        self.call(Lane::Other, name, effect).await
    }
}
