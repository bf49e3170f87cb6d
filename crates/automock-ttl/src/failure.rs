//! What goes wrong between AutoMock and AWS, sorted by what a person can do about it.

/// A failed call to AWS.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum CloudFailure {
    /// No credentials were found.
    #[error("no AWS credentials were found: {message}")]
    NoCredentials {
        /// What the credential chain said.
        message: String,
    },
    /// The credentials, or the single sign-on session behind them, are past their end.
    #[error("the AWS credentials have expired: {message}")]
    ExpiredCredentials {
        /// What AWS or the credential chain said.
        message: String,
    },
    /// AWS does not know the credentials, or the signature does not match.
    #[error("AWS does not accept the credentials ({code}): {message}")]
    InvalidCredentials {
        /// AWS's error code.
        code: String,
        /// AWS's message.
        message: String,
    },
    /// The credentials do not permit the call.
    #[error("access denied ({code}): {message}")]
    AccessDenied {
        /// AWS's error code.
        code: String,
        /// AWS's message, which names the action that was refused.
        message: String,
    },
    /// AWS asks for fewer calls.
    #[error("throttled ({code}): {message}")]
    Throttled {
        /// AWS's error code.
        code: String,
        /// AWS's message.
        message: String,
    },
    /// What was asked for does not exist.
    #[error("not found ({code}): {message}")]
    NotFound {
        /// AWS's error code.
        code: String,
        /// AWS's message.
        message: String,
    },
    /// The endpoint did not answer: no network, a wrong region, or a service that is down.
    #[error("the AWS endpoint cannot be reached: {message}")]
    RegionUnreachable {
        /// What the connection said.
        message: String,
    },
    /// AWS answered with a fault of its own.
    #[error("AWS failed ({code}): {message}")]
    ServerFault {
        /// AWS's error code, or the HTTP status.
        code: String,
        /// AWS's message.
        message: String,
    },
    /// Anything else.
    #[error("{code}: {message}")]
    Other {
        /// AWS's error code, or a word for the failure on this side.
        code: String,
        /// AWS's message.
        message: String,
    },
}

impl CloudFailure {
    /// Whether the same call may succeed a moment later without anybody's help.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        matches!(
            self,
            Self::Throttled { .. } | Self::RegionUnreachable { .. } | Self::ServerFault { .. }
        )
    }

    /// Whether a person has to look after credentials before anything can work.
    #[must_use]
    pub fn needs_credentials(&self) -> bool {
        matches!(
            self,
            Self::NoCredentials { .. }
                | Self::ExpiredCredentials { .. }
                | Self::InvalidCredentials { .. }
        )
    }

    /// AWS's error code, where there is one.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        match self {
            Self::NoCredentials { .. }
            | Self::ExpiredCredentials { .. }
            | Self::RegionUnreachable { .. } => None,
            Self::InvalidCredentials { code, .. }
            | Self::AccessDenied { code, .. }
            | Self::Throttled { code, .. }
            | Self::NotFound { code, .. }
            | Self::ServerFault { code, .. }
            | Self::Other { code, .. } => Some(code),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_passes_by_itself_is_transient() {
        let (code, message) = (String::from("X"), String::from("y"));
        let throttled = CloudFailure::Throttled {
            code: code.clone(),
            message: message.clone(),
        };
        let denied = CloudFailure::AccessDenied {
            code,
            message: message.clone(),
        };
        assert!(throttled.is_transient());
        assert!(!denied.is_transient());
        assert!(CloudFailure::NoCredentials { message }.needs_credentials());
        assert_eq!(denied.to_string(), "access denied (X): y");
    }
}
