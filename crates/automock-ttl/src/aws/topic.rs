//! The topic that carries the notices.

use std::error::Error;
use std::io;

use async_trait::async_trait;
use aws_config::SdkConfig;
use aws_config::retry::RetryConfig;
use aws_sdk_sns::Client;
use aws_sdk_sns::operation::publish::PublishError as Refusal;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;

use super::classify::{classify, find};
use crate::failure::CloudFailure;
use crate::reaper::{PublishError, Topic};

/// A topic of SNS.
#[derive(Clone, Debug)]
pub struct SnsTopic {
    sns: Client,
    arn: String,
}

impl SnsTopic {
    /// The topic with an ARN, in the region of the configuration.
    ///
    /// Whatever the configuration says, nothing is tried twice: a repetition after a lost answer
    /// would arrive as a second mail.
    #[must_use]
    pub fn new(config: &SdkConfig, arn: impl Into<String>) -> Self {
        let config = aws_sdk_sns::config::Builder::from(config)
            .retry_config(RetryConfig::disabled())
            .build();
        Self {
            sns: Client::from_conf(config),
            arn: arn.into(),
        }
    }
}

#[async_trait]
impl Topic for SnsTopic {
    async fn publish(&self, subject: &str, text: &str) -> Result<(), PublishError> {
        let call = self.sns.publish().topic_arn(&self.arn);
        match call.subject(subject).message(text).send().await {
            Ok(_) => Ok(()),
            Err(error) if was_refused(&error) => Err(PublishError::NotSent(classify(&error))),
            Err(error) => Err(PublishError::Unknown(classify(&error))),
        }
    }
}

/// Whether it is certain that nobody gets the message.
fn was_refused(error: &SdkError<Refusal, HttpResponse>) -> bool {
    match error {
        SdkError::ConstructionFailure(_) => true,
        SdkError::ServiceError(service) => {
            let status = service.raw().status().as_u16();
            let throttled = matches!(classify(error), CloudFailure::Throttled { .. });
            throttled || (400..500).contains(&status) && status != REQUEST_TIMEOUT
        }
        SdkError::DispatchFailure(dispatch) => {
            dispatch.is_user() || classify(error).needs_credentials() || has_no_connection(error)
        }
        _ => false,
    }
}

/// What a proxy may answer after it has passed the request on.
const REQUEST_TIMEOUT: u16 = 408;

/// A connection that breaks may have carried the message; one that never was can't have.
fn has_no_connection(error: &(dyn Error + 'static)) -> bool {
    use io::ErrorKind as Kind;
    find::<io::Error>(error).is_some_and(|error| {
        matches!(
            error.kind(),
            Kind::ConnectionRefused
                | Kind::HostUnreachable
                | Kind::NetworkUnreachable
                | Kind::NetworkDown
                | Kind::AddrNotAvailable
        )
    })
}
