//! Well-known causes of failures, told apart so that a caller can advise or act.

use std::fmt;

use serde::Serialize;

use crate::diagnostic::Diagnostic;

/// The id of a state lock.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(transparent)]
pub struct LockId(String);

impl LockId {
    /// Takes the id as Terraform printed it.
    pub fn new(id: impl Into<String>) -> Self {
        Self(id.into())
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for LockId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Who holds a state lock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct LockInfo {
    /// What `force-unlock` needs.
    pub id: LockId,
    /// The state that is locked, such as `bucket/key`.
    pub path: String,
    /// What the holder does, such as `OperationTypeApply`.
    pub operation: String,
    /// The holder, `user@host`.
    pub who: String,
    /// Since when, as Terraform wrote it.
    pub created: String,
}

/// Why terraform failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "cause", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Cause {
    /// Somebody else holds the state's lock; nothing is known of the holder if it is just gone.
    StateLocked {
        /// The holder.
        lock: Option<LockInfo>,
    },
    /// The result could not be written to the state; terraform leaves `errored.tfstate` behind.
    StateNotSaved,
    /// There are no AWS credentials.
    NoCredentials,
    /// The AWS credentials were valid once.
    ExpiredCredentials,
    /// AWS does not know the credentials.
    InvalidCredentials,
    /// The credentials may not do this.
    AccessDenied {
        /// The action, such as `ecs:CreateCluster`, when AWS names it.
        action: Option<String>,
    },
    /// AWS wants fewer requests, and terraform gave up trying again.
    Throttled,
    /// An account limit is reached.
    QuotaExceeded,
    /// The bucket that should hold the state does not exist.
    BackendBucketMissing {
        /// Its name, when Terraform says so.
        bucket: Option<String>,
    },
    /// The directory was not initialised for this configuration: backend, modules or providers.
    InitRequired,
    /// A provider, or a fitting version of it, was not found.
    ProviderUnavailable,
    /// The region does not exist, or none is set.
    InvalidRegion,
    /// The state changed since the plan was made.
    PlanStale,
    /// The configuration does not accept this version of Terraform.
    UnsupportedVersion,
    /// Something else; the diagnostics tell.
    Other,
}

/// Words that give a cause away. Order matters: the first row that matches wins, so that a
/// locked state is not taken for a refused request although S3 answers both with a status code.
const SIGNS: &[(Sign, &[&str])] = &[
    (
        Sign::Locked,
        &[
            "Error acquiring the state lock",
            "Error locking state",
            "Lock Info: ID:",
        ],
    ),
    (
        Sign::NotSaved,
        &[
            "Failed to save state",
            "Failed to persist state",
            "Error saving state",
        ],
    ),
    (Sign::Stale, &["Saved plan is stale"]),
    (
        Sign::BucketMissing,
        &["NoSuchBucket", "S3 bucket does not exist"],
    ),
    (
        Sign::Expired,
        &[
            "ExpiredToken",
            "RequestExpired",
            "security token included in the request is expired",
            "token has expired",
            "SSO session has expired",
            "InvalidGrantException",
        ],
    ),
    (
        Sign::NoCredentials,
        &[
            "No valid credential sources found",
            "no EC2 IMDS role found",
            "failed to get shared config profile",
        ],
    ),
    (
        Sign::Invalid,
        &[
            "InvalidClientTokenId",
            "UnrecognizedClientException",
            "InvalidAccessKeyId",
            "SignatureDoesNotMatch",
            "AuthFailure",
        ],
    ),
    (
        Sign::Denied,
        &[
            "AccessDenied",
            "UnauthorizedOperation",
            "is not authorized to perform",
            "StatusCode: 403",
            "Access Denied",
        ],
    ),
    (
        Sign::Throttled,
        &[
            "RequestLimitExceeded",
            "ThrottlingException",
            "Throttling:",
            "TooManyRequestsException",
        ],
    ),
    (
        Sign::Quota,
        &[
            "LimitExceeded",
            "QuotaExceeded",
            "TooManyLoadBalancers",
            "TooManyBuckets",
            "TooManyTargetGroups",
        ],
    ),
    (
        Sign::Region,
        &[
            "Invalid AWS Region",
            "Invalid region value",
            "Missing region value",
        ],
    ),
    (
        Sign::Init,
        &[
            "Backend initialization required",
            "Backend configuration changed",
            "Inconsistent dependency lock file",
            "Required plugins are not installed",
            "Module not installed",
        ],
    ),
    (
        Sign::Provider,
        &[
            "Failed to query available provider packages",
            "Failed to install provider",
            "Failed to resolve provider packages",
        ],
    ),
    (
        Sign::Version,
        &[
            "Unsupported Terraform Core version",
            "Unsupported OpenTofu Core version",
        ],
    ),
];

#[derive(Clone, Copy)]
enum Sign {
    Locked,
    NotSaved,
    Stale,
    BucketMissing,
    Expired,
    NoCredentials,
    Invalid,
    Denied,
    Throttled,
    Quota,
    Region,
    Init,
    Provider,
    Version,
}

impl Cause {
    /// Tells the cause from a run's diagnostics; warnings say nothing of it.
    #[must_use]
    pub fn of(diagnostics: &[Diagnostic]) -> Self {
        let errors: Vec<_> = diagnostics.iter().filter(|d| d.is_error()).collect();
        let flat: Vec<_> = errors.iter().map(|d| d.flat()).collect();
        for (sign, words) in SIGNS {
            let hit = flat
                .iter()
                .position(|text| words.iter().any(|word| has(text, word)));
            if let Some(at) = hit {
                return sign.cause(errors[at], &flat[at]);
            }
        }
        Self::Other
    }
}

/// Whether the text has the words; quoted names in the text are passed over.
fn has(text: &str, words: &str) -> bool {
    text.contains(words) || (words.starts_with("S3 bucket") && bucket(text).is_some())
}

impl Sign {
    fn cause(self, diagnostic: &Diagnostic, flat: &str) -> Cause {
        match self {
            Self::Locked => {
                let lock = LockInfo::parse(&diagnostic.detail)
                    .or_else(|| LockInfo::parse(&diagnostic.summary));
                Cause::StateLocked { lock }
            }
            Self::NotSaved => Cause::StateNotSaved,
            Self::Stale => Cause::PlanStale,
            Self::BucketMissing => Cause::BackendBucketMissing {
                bucket: bucket(flat),
            },
            Self::Expired => Cause::ExpiredCredentials,
            Self::NoCredentials => Cause::NoCredentials,
            Self::Invalid => Cause::InvalidCredentials,
            Self::Denied => Cause::AccessDenied {
                action: denied_action(flat),
            },
            Self::Throttled => Cause::Throttled,
            Self::Quota => Cause::QuotaExceeded,
            Self::Region => Cause::InvalidRegion,
            Self::Init => Cause::InitRequired,
            Self::Provider => Cause::ProviderUnavailable,
            Self::Version => Cause::UnsupportedVersion,
        }
    }
}

fn bucket(flat: &str) -> Option<String> {
    let (name, rest) = flat.split_once("S3 bucket \"")?.1.split_once('"')?;
    rest.starts_with(" does not exist").then(|| name.to_owned())
}

/// Reads `… is not authorized to perform: ecs:CreateCluster on resource: …`.
fn denied_action(flat: &str) -> Option<String> {
    let action = flat
        .split_once("is not authorized to perform: ")?
        .1
        .split_whitespace()
        .next()?;
    Some(action.trim_end_matches([',', '.']).to_owned())
}

impl LockInfo {
    /// Reads the `Lock Info:` block of Terraform's message.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let block = text.split_once("Lock Info:")?.1;
        let field = |name: &str| {
            let mut lines = block.lines().map(str::trim);
            lines
                .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))
                .map(|value| value.trim().to_owned())
        };
        Some(Self {
            id: LockId(field("ID").filter(|id| !id.is_empty())?),
            path: field("Path").unwrap_or_default(),
            operation: field("Operation").unwrap_or_default(),
            who: field("Who").unwrap_or_default(),
            created: field("Created").unwrap_or_default(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(summary: &str, detail: &str, expected: &Cause) {
        let json = serde_json::json!({"severity": "error", "summary": summary, "detail": detail});
        let diagnostic = serde_json::from_value(json).expect("a diagnostic is well-formed");
        assert_eq!(&Cause::of(&[diagnostic]), expected);
    }

    #[test]
    fn a_missing_state_bucket_is_named() {
        // Terraform puts everything into the summary, wrapped.
        let summary = "Failed to get existing workspaces: S3 bucket \"automock-1\" does not exist.\n\nThe referenced S3 bucket \
            must have been previously created.\n\nError: operation error S3: ListObjectsV2, https response error \
            StatusCode: 404, RequestID: X, HostID: Y, NoSuchBucket: \n";
        check(
            summary,
            "",
            &Cause::BackendBucketMissing {
                bucket: Some("automock-1".into()),
            },
        );
        check(
            "Error",
            "S3 bucket \"b\" does\nnot exist",
            &Cause::BackendBucketMissing {
                bucket: Some("b".into()),
            },
        );
    }

    #[test]
    fn a_lock_in_s3_is_a_lock_and_not_a_refused_request() {
        let detail = "Error message: operation error S3: PutObject, https response error StatusCode: 412, RequestID: X, \
            api error PreconditionFailed: At least one of the pre-conditions you specified did not hold\nLock Info:\n  \
            ID:        bab912df-55bd-0be6-9033-7fddf61d8de3\n  Path:      bucket/key\n  Operation: OperationTypeApply\n  \
            Who:       user@host\n  Version:   1.11.4\n  Created:   2025-01-01 00:00:00 +0000 UTC\n  Info:      \n\n";
        let lock = LockInfo {
            id: LockId::new("bab912df-55bd-0be6-9033-7fddf61d8de3"),
            path: "bucket/key".into(),
            operation: "OperationTypeApply".into(),
            who: "user@host".into(),
            created: "2025-01-01 00:00:00 +0000 UTC".into(),
        };
        check(
            "Error acquiring the state lock",
            detail,
            &Cause::StateLocked { lock: Some(lock) },
        );
        check(
            "Error acquiring the state lock",
            "gone",
            &Cause::StateLocked { lock: None },
        );
    }

    #[test]
    fn credentials_fail_in_three_ways() {
        let prefix = "operation error STS: GetCallerIdentity, https response error StatusCode: 403, RequestID: X, api error ";
        let with = |error: &str| format!("{prefix}{error}");
        check(
            "configuring AWS provider",
            &with("ExpiredToken: The security token included in the request is expired"),
            &Cause::ExpiredCredentials,
        );
        check(
            "configuring AWS provider",
            &with("InvalidClientTokenId: The security token is invalid."),
            &Cause::InvalidCredentials,
        );
        check(
            "No valid credential sources found",
            "",
            &Cause::NoCredentials,
        );
    }

    #[test]
    fn a_refused_action_is_named() {
        let detail = "api error AccessDeniedException: User: arn:aws:iam::1:user/u is not authorized to perform: \
            ecs:CreateCluster on resource: * because no identity-based policy allows it";
        check(
            "creating ECS Cluster",
            detail,
            &Cause::AccessDenied {
                action: Some("ecs:CreateCluster".into()),
            },
        );
        check(
            "creating S3 Bucket",
            "api error AccessDenied: Access Denied",
            &Cause::AccessDenied { action: None },
        );
    }

    #[test]
    fn limits_of_the_account_are_told() {
        check(
            "creating EC2 VPC",
            "api error VpcLimitExceeded: The maximum number of VPCs has been reached.",
            &Cause::QuotaExceeded,
        );
    }

    #[test]
    fn too_many_requests_are_no_limit_of_the_account() {
        check(
            "reading EC2 VPC",
            "api error RequestLimitExceeded: Request limit exceeded.",
            &Cause::Throttled,
        );
    }

    #[test]
    fn warnings_cause_nothing() {
        let json = serde_json::json!({"severity": "warning", "summary": "Saved plan is stale"});
        assert_eq!(
            Cause::of(&[serde_json::from_value(json).expect("well-formed")]),
            Cause::Other
        );
    }
}
