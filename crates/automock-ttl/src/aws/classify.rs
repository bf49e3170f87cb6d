//! Sorts the SDK's errors by what a person can do about them.

use std::error::Error;

use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::display::DisplayErrorContext;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use crate::failure::CloudFailure;

const EXPIRED: &[&str] = &[
    "ExpiredToken",
    "ExpiredTokenException",
    "RequestExpired",
    "TokenRefreshRequired",
];
const INVALID: &[&str] = &[
    "AuthFailure",
    "IncompleteSignature",
    "InvalidAccessKeyId",
    "InvalidClientTokenId",
    "InvalidToken",
    "MissingAuthenticationToken",
    "SignatureDoesNotMatch",
    "UnrecognizedClientException",
];
const DENIED: &[&str] = &[
    "AccessDenied",
    "AccessDeniedException",
    "AuthorizationError",
    "AuthorizationErrorException",
    "Client.UnauthorizedOperation",
    "Forbidden",
    "NotAuthorized",
    "UnauthorizedOperation",
];
const THROTTLED: &[&str] = &[
    "BandwidthLimitExceeded",
    "EC2ThrottledException",
    "PriorRequestNotComplete",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "RequestThrottled",
    "RequestThrottledException",
    "SlowDown",
    "ThrottledException",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
    "TransactionInProgressException",
];

/// A result of the SDK with its error sorted.
pub trait Classified<T> {
    /// Sorts the error with [`classify`].
    ///
    /// # Errors
    /// The same as before, sorted.
    fn classified(self) -> Result<T, CloudFailure>;
}

impl<T, E> Classified<T> for Result<T, SdkError<E, HttpResponse>>
where
    E: ProvideErrorMetadata + Error + 'static,
{
    fn classified(self) -> Result<T, CloudFailure> {
        self.map_err(|error| classify(&error))
    }
}

/// Sorts an error of the SDK.
pub fn classify<E>(error: &SdkError<E, HttpResponse>) -> CloudFailure
where
    E: ProvideErrorMetadata + Error + 'static,
{
    let message = || DisplayErrorContext(error).to_string();
    match error {
        SdkError::ServiceError(service) => {
            let status = service.raw().status().as_u16();
            answered(service.err().code(), service.err().message(), status)
        }
        // An answer that breaks off, or is not AWS's, comes from something on the way.
        SdkError::TimeoutError(_) | SdkError::ResponseError(_) => {
            CloudFailure::RegionUnreachable { message: message() }
        }
        SdkError::DispatchFailure(dispatch) => {
            if let Some(credentials) = find::<CredentialsError>(error) {
                without_credentials(credentials)
            } else if dispatch.is_io() || dispatch.is_timeout() {
                CloudFailure::RegionUnreachable { message: message() }
            } else {
                other("DispatchFailure", message())
            }
        }
        _ => match find::<CredentialsError>(error) {
            Some(credentials) => without_credentials(credentials),
            None => other("RequestNotSent", message()),
        },
    }
}

/// Sorts the failure of one item of a call that succeeded as a whole.
pub(super) fn of_item(code: &str, message: impl Into<String>) -> CloudFailure {
    let message = message.into();
    match code {
        "InternalError" | "InternalFailure" | "ServiceUnavailable" => CloudFailure::ServerFault {
            code: code.to_owned(),
            message,
        },
        _ => answered(Some(code), Some(&message), 200),
    }
}

/// Sorts an answer by its code and, where HEAD requests leave the code out, by its status.
fn answered(code: Option<&str>, message: Option<&str>, status: u16) -> CloudFailure {
    let code = code.map_or_else(|| format!("HTTP {status}"), str::to_owned);
    let message = message.unwrap_or_default().to_owned();
    let is = |list: &[&str]| list.contains(&code.as_str());
    if is(EXPIRED) {
        CloudFailure::ExpiredCredentials {
            message: format!("{code}: {message}"),
        }
    } else if is(INVALID) {
        CloudFailure::InvalidCredentials { code, message }
    } else if is(DENIED) {
        CloudFailure::AccessDenied { code, message }
    } else if is(THROTTLED) || status == 429 {
        CloudFailure::Throttled { code, message }
    } else if means_not_found(&code) {
        CloudFailure::NotFound { code, message }
    } else {
        by_status(code, message, status)
    }
}

fn by_status(code: String, message: String, status: u16) -> CloudFailure {
    match status {
        // A conflict of S3 without a code of its own is an ordinary answer, as is any other 4xx.
        401 | 403 if code.starts_with("HTTP ") => CloudFailure::AccessDenied { code, message },
        404 if code.starts_with("HTTP ") => CloudFailure::NotFound { code, message },
        500.. => CloudFailure::ServerFault { code, message },
        _ => CloudFailure::Other { code, message },
    }
}

/// AWS has no common code for what does not exist, but a common way to build one.
fn means_not_found(code: &str) -> bool {
    code.ends_with("NotFound")
        || code.ends_with("NotFoundException")
        || code.ends_with("NotFoundFault")
        || code.starts_with("NoSuch")
}

fn without_credentials(error: &CredentialsError) -> CloudFailure {
    let message = in_words(error);
    if message.contains("expired") || message.contains("Expired") {
        CloudFailure::ExpiredCredentials { message }
    } else {
        CloudFailure::NoCredentials { message }
    }
}

/// The messages of an error and its sources. [`DisplayErrorContext`] would append all of their
/// fields, which for a chain of credential providers is a screen of text.
fn in_words(error: &dyn Error) -> String {
    let mut words = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        words.push_str(": ");
        words.push_str(&error.to_string());
        source = error.source();
    }
    words
}

fn other(code: &str, message: String) -> CloudFailure {
    CloudFailure::Other {
        code: code.to_owned(),
        message,
    }
}

/// The first error of a type in the chain of sources.
pub(super) fn find<'a, T: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a T> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref::<T>() {
            return Some(found);
        }
        next = error.source();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sorted(code: &str, status: u16) -> CloudFailure {
        answered(Some(code), Some("why"), status)
    }

    #[test]
    fn codes_of_many_services_are_sorted() {
        use CloudFailure as F;
        assert!(matches!(
            sorted("ExpiredToken", 400),
            F::ExpiredCredentials { .. }
        ));
        assert!(matches!(
            sorted("InvalidClientTokenId", 403),
            F::InvalidCredentials { .. }
        ));
        assert!(matches!(
            sorted("UnauthorizedOperation", 403),
            F::AccessDenied { .. }
        ));
        assert!(matches!(
            sorted("RequestLimitExceeded", 503),
            F::Throttled { .. }
        ));
        for code in [
            "InvalidVpcID.NotFound",
            "NoSuchBucket",
            "ClusterNotFoundException",
        ] {
            assert!(matches!(sorted(code, 400), F::NotFound { .. }), "{code}");
        }
        assert!(matches!(
            sorted("InternalError", 500),
            F::ServerFault { .. }
        ));
        assert!(matches!(
            sorted("DependencyViolation", 400),
            F::Other { .. }
        ));
    }

    #[test]
    fn an_answer_without_a_code_is_sorted_by_its_status() {
        assert!(matches!(
            answered(None, None, 404),
            CloudFailure::NotFound { .. }
        ));
        assert!(matches!(
            answered(None, None, 403),
            CloudFailure::AccessDenied { .. }
        ));
        assert!(matches!(
            answered(None, None, 412),
            CloudFailure::Other { .. }
        ));
        assert!(matches!(
            answered(None, None, 503),
            CloudFailure::ServerFault { .. }
        ));
    }

    #[test]
    fn a_status_does_not_overrule_a_code() {
        let conflict = sorted("ResourceInUse", 404);
        assert!(
            matches!(conflict, CloudFailure::Other { .. }),
            "{conflict:?}"
        );
    }

    #[test]
    fn missing_credentials_differ_from_expired_ones() {
        let none = CredentialsError::not_loaded("nothing in the environment");
        assert!(matches!(
            without_credentials(&none),
            CloudFailure::NoCredentials { .. }
        ));
        let old = CredentialsError::provider_error("the SSO token is expired");
        assert!(matches!(
            without_credentials(&old),
            CloudFailure::ExpiredCredentials { .. }
        ));
    }

    #[test]
    fn missing_credentials_are_told_in_words() {
        let none = CredentialsError::not_loaded("nothing in the environment");
        let CloudFailure::NoCredentials { message } = without_credentials(&none) else {
            panic!("these are no credentials")
        };
        assert!(
            message.ends_with(": nothing in the environment"),
            "{message}"
        );
        assert!(!message.contains('{'), "{message}");
    }
}
