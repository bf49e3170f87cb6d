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
