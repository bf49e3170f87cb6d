//! An object of S3.

use std::error::Error;
use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_s3::Client;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::primitives::SdkBody;
use aws_smithy_http_client::tls::{self, rustls_provider::CryptoMode};
use aws_smithy_runtime_api::http::Response;

use super::content::LARGEST;
use super::{Content, ObjectAddress, SourceError};

/// How long connecting, one attempt, and a call with all its attempts may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(20);
const CALL_TIMEOUT: Duration = Duration::from_secs(45);

/// Attempts of one call. Whoever follows an object tries again after that, less and less often.
const ATTEMPTS: u32 = 2;

/// An object that is read again and again.
#[derive(Debug)]
pub(super) struct S3Object {
    address: ObjectAddress,
    client: Client,
    /// Identifies the content that was read last.
    entity_tag: Option<String>,
}

/// A client of S3 with what AWS's programs take by default: credentials, region, profile and endpoints of
/// the environment, of the shared configuration, and of the task that this process runs in. A region that
/// is given wins. Nothing but S3 is asked, except for who hands out credentials.
pub async fn s3_client(region: Option<&str>) -> Client {
    let http = aws_smithy_http_client::Builder::new()
        .tls_provider(tls::Provider::Rustls(CryptoMode::Ring))
        .build_https();
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .operation_attempt_timeout(ATTEMPT_TIMEOUT)
        .operation_timeout(CALL_TIMEOUT)
        .build();
    let mut loader = aws_config::defaults(BehaviorVersion::latest())
        .http_client(http)
        .timeout_config(timeouts)
        .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS));
    if let Some(region) = region {
        loader = loader.region(Region::new(region.to_owned()));
    }
    let shared = Box::pin(loader.load()).await;
    let config = aws_sdk_s3::config::Builder::from(&shared)
        .force_path_style(has_own_endpoint(&shared))
        .build();
    Client::from_conf(config)
}

/// Whether S3 is asked at an address of the user's own. Such servers seldom have a host name for each bucket.
fn has_own_endpoint(config: &SdkConfig) -> bool {
    use aws_types::service_config::ServiceConfigKey;
    let key = ServiceConfigKey::builder()
        .service_id("S3")
        .env("AWS_ENDPOINT_URL")
        .profile("endpoint_url")
        .build();
    let own = key.ok().zip(config.service_config());
    config.endpoint_url().is_some() || own.and_then(|(key, of)| of.load_config(key)).is_some()
}

impl S3Object {
    pub(super) fn new(address: ObjectAddress, client: Client) -> Self {
        Self {
            address,
            client,
            entity_tag: None,
        }
    }

    /// Reads the object; `None` when it holds what was read last, which S3 answers without sending the
    /// content.
    ///
    /// # Errors
    /// When there is no such object, it may not be read, S3 cannot be reached, or it has more than 64 MiB.
    pub(super) async fn read(&mut self) -> Result<Option<Content>, SourceError> {
        let question = self
            .client
            .get_object()
            .bucket(&self.address.bucket)
            .key(&self.address.key)
            .set_if_none_match(self.entity_tag.clone());
        let answer = match question.send().await {
            Ok(answer) => answer,
            Err(error) if status_of(&error) == Some(304) => return Ok(None),
            Err(error) => return Err(self.failed(reason(&error))),
        };
        let length = answer.content_length().unwrap_or_default();
        if usize::try_from(length).is_ok_and(|length| length > LARGEST) {
            return Err(self.failed("it has more than 64 MiB".to_owned()));
        }
        let entity_tag = answer.e_tag().map(ToOwned::to_owned);
        // A connection that breaks in the middle is an error here: a part is never taken for the whole.
        let content = answer.body.collect().await;
        let content = content.map_err(|error| self.failed(chain(&error)))?;
        self.entity_tag = entity_tag;
        let name = self.address.to_string();
        Ok(Some(Content::named(name, content.to_vec())))
    }

    fn failed(&self, reason: String) -> SourceError {
        SourceError::Fetch {
            name: self.address.to_string(),
            reason,
        }
    }
}

fn status_of<E>(error: &SdkError<E, Response<SdkBody>>) -> Option<u16> {
    error.raw_response().map(|raw| raw.status().as_u16())
}

/// Why a call failed: S3's code and words where there are any.
pub(super) fn reason<E>(error: &SdkError<E, Response<SdkBody>>) -> String
where
    E: ProvideErrorMetadata + Error + 'static,
{
    match (error.code(), error.message(), status_of(error)) {
        (Some(code), Some(message), _) => format!("{code}: {message}"),
        (Some(code), None, _) => code.to_owned(),
        (None, _, Some(status)) => format!("S3 answers {status}"),
        (None, _, None) => chain(error),
    }
}

fn chain(error: &dyn Error) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(current) = cause {
        words = format!("{words}: {current}");
        cause = current.source();
    }
    words
}
