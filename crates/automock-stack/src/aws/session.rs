//! Who calls AWS, in which account and region.

use automock_model::{AccountId, Region};
use automock_ttl::CloudFailure;
use automock_ttl::aws::{classify, http_client, s3_client};
use aws_config::{BehaviorVersion, Region as SdkRegion, SdkConfig};
use aws_sdk_sts::config::Credentials;
use aws_sdk_sts::error::{ProvideErrorMetadata, SdkError};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;

use super::endpoints::Endpoints;
use crate::settings::Settings;

/// A call to AWS that failed: what was attempted, and AWS's answer sorted by what helps.
#[derive(Clone, Debug, thiserror::Error)]
#[error("cannot {action}")]
pub struct AwsError {
    action: &'static str,
    #[source]
    cause: CloudFailure,
}

impl AwsError {
    #[expect(
        clippy::needless_pass_by_value,
        reason = "reads well in `map_err`, where the error is at hand by value"
    )]
    pub(crate) fn new<E>(action: &'static str, error: SdkError<E, HttpResponse>) -> Self
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        Self {
            action,
            cause: classify(&error),
        }
    }

    pub(crate) fn of(action: &'static str, cause: CloudFailure) -> Self {
        Self { action, cause }
    }

    pub(crate) fn other(action: &'static str, error: impl std::fmt::Display) -> Self {
        Self {
            action,
            cause: CloudFailure::Other {
                code: "UnexpectedAnswer".into(),
                message: error.to_string(),
            },
        }
    }

    /// AWS's answer.
    #[must_use]
    pub fn cause(&self) -> &CloudFailure {
        &self.cause
    }

    pub(crate) fn code(&self) -> Option<&str> {
        self.cause.code()
    }

    pub(crate) fn is_not_found(&self) -> bool {
        matches!(self.cause, CloudFailure::NotFound { .. })
    }

    pub(crate) fn is_credentials(&self) -> bool {
        self.cause.needs_credentials()
    }
}

/// Credentials that work, the account behind them, and the region of the project.
#[derive(Clone, Debug)]
pub struct Session {
    config: SdkConfig,
    account: AccountId,
    caller: String,
    endpoints: Endpoints,
}

impl Session {
    /// Loads credentials and asks AWS whose they are.
    ///
    /// Credentials, profile and endpoints named in the settings' environment are used, each service's
    /// own among them; otherwise the SDK's default chain decides.
    ///
    /// # Errors
    ///
    /// When there are no credentials, they have expired, or the region's endpoint does not answer.
    pub async fn connect(region: &Region, settings: &Settings) -> Result<Self, AwsError> {
        // The SDK's futures are large, and this one is part of every command's.
        let endpoints = Endpoints::of(&settings.environment).await;
        let config = Box::pin(load_config(region, settings, &endpoints)).await;
        let ask = aws_sdk_sts::Client::new(&config).get_caller_identity();
        let identity = Box::pin(ask.send())
            .await
            .map_err(|error| AwsError::new("ask AWS whose credentials these are", error))?;
        let account = identity
            .account()
            .unwrap_or_default()
            .parse()
            .map_err(|error| AwsError::other("read the account number", error))?;
        Ok(Self {
            account,
            caller: identity.arn().unwrap_or_default().to_owned(),
            endpoints,
            config,
        })
    }

    /// The account that pays.
    #[must_use]
    pub fn account(&self) -> &str {
        self.account.as_str()
    }

    /// The account that pays, typed.
    #[must_use]
    pub fn account_id(&self) -> &AccountId {
        &self.account
    }

    /// ARN of the calling user or role.
    #[must_use]
    pub fn caller(&self) -> &str {
        &self.caller
    }

    /// The region of all calls.
    #[must_use]
    pub fn region(&self) -> &str {
        self.config.region().map_or("", |region| region.as_ref())
    }

    /// Whether S3 is addressed as `endpoint/bucket`, as custom endpoints want it.
    #[must_use]
    pub fn path_style(&self) -> bool {
        self.has_own_endpoint("S3")
    }

    /// Whether a service has another endpoint than AWS's own.
    pub(crate) fn has_own_endpoint(&self, service_id: &str) -> bool {
        self.endpoints.endpoint_of(service_id).is_some()
    }

    /// The SDK configuration, for clients of the caller's own.
    #[must_use]
    pub fn config(&self) -> &SdkConfig {
        &self.config
    }

    pub(crate) fn s3(&self) -> aws_sdk_s3::Client {
        s3_client(&self.config, self.path_style())
    }

    pub(crate) fn ecs(&self) -> aws_sdk_ecs::Client {
        aws_sdk_ecs::Client::new(&self.config)
    }

    pub(crate) fn ec2(&self) -> aws_sdk_ec2::Client {
        aws_sdk_ec2::Client::new(&self.config)
    }

    pub(crate) fn quotas(&self) -> aws_sdk_servicequotas::Client {
        aws_sdk_servicequotas::Client::new(&self.config)
    }

    pub(crate) fn route53(&self) -> aws_sdk_route53::Client {
        aws_sdk_route53::Client::new(&self.config)
    }

    pub(crate) fn ecr(&self) -> aws_sdk_ecr::Client {
        aws_sdk_ecr::Client::new(&self.config)
    }

    pub(crate) fn elb(&self) -> aws_sdk_elasticloadbalancingv2::Client {
        aws_sdk_elasticloadbalancingv2::Client::new(&self.config)
    }

    pub(crate) fn cloudwatch(&self) -> aws_sdk_cloudwatch::Client {
        aws_sdk_cloudwatch::Client::new(&self.config)
    }

    pub(crate) fn logs(&self) -> aws_sdk_cloudwatchlogs::Client {
        aws_sdk_cloudwatchlogs::Client::new(&self.config)
    }

    pub(crate) fn autoscaling(&self) -> aws_sdk_applicationautoscaling::Client {
        aws_sdk_applicationautoscaling::Client::new(&self.config)
    }

    pub(crate) fn sns(&self) -> aws_sdk_sns::Client {
        aws_sdk_sns::Client::new(&self.config)
    }
}

async fn load_config(region: &Region, settings: &Settings, endpoints: &Endpoints) -> SdkConfig {
    let mut loader = aws_config::defaults(BehaviorVersion::latest())
        .http_client(http_client())
        .region(SdkRegion::new(region.as_str().to_owned()));
    if let Some(profile) = settings.var("AWS_PROFILE") {
        loader = loader.profile_name(profile);
    }
    if let (Some(key), Some(secret)) = (
        settings.var("AWS_ACCESS_KEY_ID"),
        settings.var("AWS_SECRET_ACCESS_KEY"),
    ) {
        let token = settings.var("AWS_SESSION_TOKEN").map(str::to_owned);
        loader =
            loader.credentials_provider(Credentials::new(key, secret, token, None, "environment"));
    }
    let mut config = loader.load().await.into_builder();
    // Each client asks for its own service's.
    config.set_endpoint_url(None);
    config.service_config(endpoints.clone()).build()
}
