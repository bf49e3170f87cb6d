//! Errors, and what Lambda is told about them.

use std::error::Error;

use automock_ttl::reaper::ReaperError;
use lambda_runtime::Diagnostic;

use crate::SettingsError;

/// Why the function can't begin.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum StartError {
    /// The environment is not the one that a deploy makes.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// No region is set; Lambda always sets one.
    #[error("no AWS region is set; AWS_REGION names one")]
    NoRegion,
}

/// A tick that could not go on. The next one takes up from there.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct TickError(#[from] ReaperError);

impl StartError {
    /// What Lambda is told.
    #[must_use]
    pub fn diagnostic(&self) -> Diagnostic {
        let kind = match self {
            Self::Settings(SettingsError::Missing(_)) => "MissingVariable",
            Self::Settings(_) => "InvalidVariable",
            Self::NoRegion => "NoRegion",
        };
        diagnostic(kind, self)
    }
}

impl From<TickError> for Diagnostic {
    fn from(TickError(error): TickError) -> Self {
        let kind = match &error {
            ReaperError::Registry(_) => "Registry",
            ReaperError::Record(_) => "Record",
            ReaperError::Objects { .. } => "Objects",
            ReaperError::Unreadable { .. } => "Unreadable",
            ReaperError::LeaseLost { .. } => "LeaseLost",
            ReaperError::Busy { .. } => "Busy",
            ReaperError::NoStack { .. } => "NoStack",
            ReaperError::Unfinished { .. } => "Unfinished",
            _ => "Reaper",
        };
        diagnostic(kind, &error)
    }
}

fn diagnostic(kind: &str, error: &dyn Error) -> Diagnostic {
    Diagnostic {
        error_type: kind.to_owned(),
        error_message: chain(error),
    }
}

/// An error with all of its causes, in one line.
pub(crate) fn chain(error: &dyn Error) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        words += ": ";
        words += &error.to_string();
        cause = error.source();
    }
    words
}

#[cfg(test)]
mod tests {
    use automock_ttl::CloudFailure;

    use super::*;

    #[test]
    fn a_missing_variable_has_a_type_and_a_way_out() {
        let error = StartError::from(SettingsError::Missing("AUTOMOCK_PROJECT"));
        assert_eq!(
            error.diagnostic(),
            Diagnostic {
                error_type: "MissingVariable".to_owned(),
                error_message: "missing environment variable AUTOMOCK_PROJECT; this function is made to be deployed by automock".to_owned(),
            }
        );
    }

    #[test]
    fn a_failed_tick_tells_all_of_its_causes() {
        let source = CloudFailure::AccessDenied {
            code: "AccessDenied".to_owned(),
            message: "no".to_owned(),
        };
        let cause = source.to_string();
        let error = TickError(ReaperError::Objects {
            action: "read",
            key: "journals/petstore-dev/lease.json".to_owned(),
            source,
        });
        assert_eq!(
            Diagnostic::from(error),
            Diagnostic {
                error_type: "Objects".to_owned(),
                error_message: format!("cannot read journals/petstore-dev/lease.json: {cause}"),
            }
        );
    }
}
