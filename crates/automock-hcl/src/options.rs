//! What a render needs to know beside the project.

use std::collections::BTreeSet;
use std::time::Duration;

use automock_model::{AccountId, ContainerImage, Region};

/// What [`render`](crate::render) needs to know beside the project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RenderOptions {
    /// Where Terraform keeps the stack's state.
    pub backend: Backend,
    /// Whether the provider addresses S3 buckets by path. Emulators and other custom endpoints
    /// need it; AWS does not.
    pub path_style: bool,
    /// The account of the stack. If it is known, the provider refuses any other account; if not,
    /// Terraform asks AWS for it.
    pub account_id: Option<AccountId>,
    /// How the stack ends itself. Without it, or if the project has no time to live, the
    /// workspace has no reaper.
    pub reaper: Option<ReaperOptions>,
    /// What AutoMock's own image of the engine is called, digest included, for a project that names
    /// no image. If it is not known, the root asks for the variable `engine_image`.
    pub engine_image: Option<ContainerImage>,
    /// How long an answer waits at most, as [`Expectations::longest_answer`] finds it. The time in which
    /// a task stops follows from it.
    ///
    /// [`Expectations::longest_answer`]: automock_model::Expectations::longest_answer
    pub longest_answer: Duration,
    /// Who applies the workspace.
    pub applied_by: AppliedBy,
}

impl Default for RenderOptions {
    /// State in a local file, AWS itself, whatever account the credentials belong to, no reaper, answers
    /// that don't wait.
    fn default() -> Self {
        Self {
            backend: Backend::Local {
                path: "terraform.tfstate".to_owned(),
            },
            path_style: false,
            account_id: None,
            reaper: None,
            engine_image: None,
            longest_answer: Duration::ZERO,
            applied_by: AppliedBy::Automock,
        }
    }
}

/// Who applies a workspace, and so whether a record of the stack is kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AppliedBy {
    /// AutoMock, which writes the stack's record first.
    #[default]
    Automock,
    /// A person's terraform, which keeps no record.
    Terraform,
}

/// Where Terraform keeps its state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Backend {
    /// An object in an S3 bucket, locked by S3 itself.
    S3 {
        /// The bucket. If `None`, it has to be given to `terraform init -backend-config=bucket=…`.
        bucket: Option<String>,
        /// The object's key.
        key: String,
        /// The bucket's region.
        region: String,
        /// A `DynamoDB` table that is locked as well, for those who still work on the same state
        /// with a Terraform that cannot lock in S3.
        lock_table: Option<String>,
        /// Whether the bucket is addressed by path; see [`RenderOptions::path_style`].
        path_style: bool,
    },
    /// A file.
    Local {
        /// The state file, relative to the workspace.
        path: String,
    },
}

/// The function that ends a stack, and the parts of the foundation that it uses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReaperOptions {
    /// ARN of the role that all reapers have.
    pub role_arn: String,
    /// The log group that all reapers write to.
    pub log_group_name: String,
    /// ARN of the topic that carries warnings and receipts.
    pub topic_arn: String,
    /// The zip file with the function's program, relative to the workspace.
    pub package_file: String,
    /// SHA-256 of the package, in Base64.
    pub package_sha256: String,
    /// The bucket with registry, journals, receipts and states.
    pub state_bucket: String,
    /// The processor architecture of the program.
    pub architecture: Architecture,
}

/// A processor architecture that Lambda offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Architecture {
    /// 64-bit ARM.
    Arm64,
    /// 64-bit x86.
    X86_64,
}

impl Architecture {
    /// The architecture's name in Lambda's API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Arm64 => "arm64",
            Self::X86_64 => "x86_64",
        }
    }
}

/// What [`render_foundation`](crate::render_foundation) needs to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundationOptions {
    /// The account that gets the foundation.
    pub account_id: AccountId,
    /// The region that gets the foundation.
    pub region: Region,
    /// Whether there is a `DynamoDB` lock table beside S3's own locking.
    pub lock_table: bool,
    /// Addresses that are told about every stack of the account and region.
    pub mail: BTreeSet<String>,
    /// ARN of the policy that bounds the reaper's role, if any.
    pub permissions_boundary: Option<String>,
    /// How long the reapers' logs are kept.
    pub log_retention_days: u32,
    /// Whether provider and backend address S3 buckets by path; see
    /// [`RenderOptions::path_style`].
    pub path_style: bool,
}

impl FoundationOptions {
    /// The foundation of an account and region, without mail, lock table or boundary, keeping
    /// logs for a month.
    #[must_use]
    pub fn new(account_id: AccountId, region: Region) -> Self {
        Self {
            account_id,
            region,
            lock_table: false,
            mail: BTreeSet::new(),
            permissions_boundary: None,
            log_retention_days: 30,
            path_style: false,
        }
    }
}
