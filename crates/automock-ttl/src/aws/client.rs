//! How this workspace talks to AWS: one TLS stack, one set of timeouts and retries.

use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_smithy_http_client::tls::{self, rustls_provider::CryptoMode};
use aws_smithy_runtime_api::client::http::SharedHttpClient;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(15);

/// All attempts of a call together: a Lambda begins nothing in its last minute and writes down in
/// the last ten seconds how far it came.
const OPERATION_TIMEOUT: Duration = Duration::from_secs(45);

/// Throttling is common while a stack is torn down; four attempts outlast a short burst, and the
/// callers go on after a longer one.
const ATTEMPTS: u32 = 4;

/// The HTTP client of every AWS client: rustls on ring, which builds with a plain C compiler.
#[must_use]
pub fn http_client() -> SharedHttpClient {
    aws_smithy_http_client::Builder::new()
        .tls_provider(tls::Provider::Rustls(CryptoMode::Ring))
        .build_https()
}

/// The shared configuration: credentials, region and endpoint from the usual places, among them
/// `AWS_PROFILE` and `AWS_ENDPOINT_URL`, with `region` and `profile` taking precedence.
pub async fn sdk_config(region: Option<&str>, profile: Option<&str>) -> SdkConfig {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .operation_attempt_timeout(ATTEMPT_TIMEOUT)
        .operation_timeout(OPERATION_TIMEOUT)
        .build();
    let mut loader = aws_config::defaults(BehaviorVersion::latest())
        .http_client(http_client())
        .timeout_config(timeouts)
        .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS));
    if let Some(region) = region {
        loader = loader.region(Region::new(region.to_owned()));
    }
    if let Some(profile) = profile {
        loader = loader.profile_name(profile);
    }
    loader.load().await
}

/// A client of S3. `path_style` puts the bucket into the path instead of the host name, which
/// custom endpoints need.
#[must_use]
pub fn s3_client(config: &SdkConfig, path_style: bool) -> aws_sdk_s3::Client {
    let config = aws_sdk_s3::config::Builder::from(config)
        .force_path_style(path_style)
        .build();
    aws_sdk_s3::Client::from_conf(config)
}
