//! Turns the SDK's answers into the teardown's words.

use std::error::Error;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use super::Classified as _;
use crate::failure::CloudFailure;
use crate::teardown::{Outcome, Presence};

/// What the error codes of a removal mean. Codes for "not found" need not be listed.
#[derive(Clone, Copy, Default)]
pub(super) struct Codes {
    /// Codes that say that the resource is gone.
    pub(super) gone: &'static [&'static str],
    /// Codes that say that something else has to go first.
    pub(super) too_early: &'static [&'static str],
}

/// Only "not found" has a meaning.
pub(super) const PLAIN: Codes = Codes {
    gone: &[],
    too_early: &[],
};

impl Codes {
    /// What the answer to a removal means.
    pub(super) fn settle<T, E>(self, answer: Result<T, SdkError<E, HttpResponse>>) -> Outcome
    where
        E: ProvideErrorMetadata + Error + 'static,
    {
        match answer.classified() {
            Ok(_) => Outcome::Started,
            Err(failure) => self.judge(failure),
        }
    }

    /// What a failed removal means.
    pub(super) fn judge(self, failure: CloudFailure) -> Outcome {
        let is = |list: &[&str]| failure.code().is_some_and(|code| list.contains(&code));
        if is(self.gone) {
            Outcome::Gone
        } else if is(self.too_early) {
            Outcome::TooEarly(failure.to_string())
        } else if matches!(failure, CloudFailure::NotFound { .. }) {
            Outcome::Gone
        } else {
            Outcome::Failed(failure)
        }
    }
}

/// What was found by looking for one resource: whether it is on its way out, if it is there.
pub(super) fn presence(found: Result<Option<bool>, CloudFailure>) -> Presence {
    match found {
        Ok(None) | Err(CloudFailure::NotFound { .. }) => Presence::Gone,
        Ok(Some(true)) => Presence::Leaving,
        Ok(Some(false)) => Presence::Present,
        Err(failure) => Presence::Unknown(failure),
    }
}

/// Nothing found is a normal answer.
pub(super) fn optional<T>(found: Result<T, CloudFailure>) -> Result<Option<T>, CloudFailure> {
    match found {
        Ok(found) => Ok(Some(found)),
        Err(CloudFailure::NotFound { .. }) => Ok(None),
        Err(failure) => Err(failure),
    }
}

/// A failure that this side notices.
pub(super) fn unexpected(code: &str, message: impl Into<String>) -> CloudFailure {
    CloudFailure::Other {
        code: code.to_owned(),
        message: message.into(),
    }
}

/// Unwraps a step of a removal, or returns what its failure means for the whole.
macro_rules! step {
    ($codes:expr, $answer:expr) => {
        match $answer.classified() {
            Ok(answer) => answer,
            Err(failure) => return $codes.judge(failure),
        }
    };
}
pub(super) use step;

#[cfg(test)]
mod tests {
    use super::*;

    const CODES: Codes = Codes {
        gone: &["AlreadyReleased"],
        too_early: &["DependencyViolation"],
    };

    fn failure(code: &str) -> CloudFailure {
        unexpected(code, "why")
    }

    #[test]
    fn codes_decide() {
        assert_eq!(CODES.judge(failure("AlreadyReleased")), Outcome::Gone);
        let early = CODES.judge(failure("DependencyViolation"));
        assert_eq!(
            early,
            Outcome::TooEarly("DependencyViolation: why".to_owned())
        );
        assert_eq!(CODES.judge(failure("Odd")), Outcome::Failed(failure("Odd")));
    }

    #[test]
    fn not_found_is_gone_but_not_being_allowed_to_look_is_not() {
        let (code, message) = ("X".to_owned(), String::new());
        let missing = CloudFailure::NotFound {
            code: code.clone(),
            message: message.clone(),
        };
        assert_eq!(PLAIN.judge(missing.clone()), Outcome::Gone);
        assert_eq!(presence(Err(missing)), Presence::Gone);
        let denied = CloudFailure::AccessDenied { code, message };
        assert_eq!(presence(Err(denied.clone())), Presence::Unknown(denied));
    }
}
