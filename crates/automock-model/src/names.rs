//! The AWS names of a stack and of the foundation it stands on.

use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::{AccountId, Partition, Project, Region, StackId};

/// Load balancer and target group names have at most 32 characters:
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateLoadBalancer.html>.
const MAX_LOAD_BALANCER: usize = 32;
/// ECS cluster and service names have at most 255 characters:
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateCluster.html>.
const MAX_ECS: usize = 255;
/// IAM role names, Lambda function names and EventBridge rule names have at most 64 characters:
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html>.
const MAX_ROLE: usize = 64;
/// Bucket names have at most 63 characters, of which the account number and a hyphen take 13:
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html>.
const MAX_BUCKET_STEM: usize = 63 - 13;

/// The AWS names of one stack. All of them are within AWS's limits.
///
/// ```
/// # use automock_model::{Names, Project};
/// let project = Project::new("petstore".parse().unwrap());
/// let names = Names::new(&project);
/// assert_eq!(names.load_balancer, "automock-petstore-dev");
/// assert_eq!(
///     names.config_bucket(&"123456789012".parse().unwrap()),
///     "automock-petstore-dev-us-east-1-123456789012",
/// );
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Names {
    /// The stack.
    pub stack_id: StackId,
    /// What every name starts with: `automock-{stack}`.
    pub prefix: String,
    /// The application load balancer.
    pub load_balancer: String,
    /// The load balancer's target group.
    pub target_group: String,
    /// The ECS cluster.
    pub cluster: String,
    /// The ECS service.
    pub service: String,
    /// The role with which ECS starts tasks.
    pub execution_role: String,
    /// The role that the containers of a task have.
    pub task_role: String,
    /// The path of both roles.
    pub role_path: String,
    /// The common part of the stack's log groups: `/automock/{stack}`.
    pub log_group_prefix: String,
    /// The log group of the mock engine.
    pub mock_log_group: String,
    /// The log group of the loader.
    pub loader_log_group: String,
    /// The function that ends the stack when its time is up.
    pub reaper_function: String,
    /// The EventBridge rule that calls the function.
    pub reaper_rule: String,
    /// The object in the config bucket that holds the expectations.
    pub expectations_key: String,
    config_bucket_stem: String,
}

impl Names {
    /// The names of a project's stack.
    #[must_use]
    pub fn new(project: &Project) -> Self {
        let stack_id = project.stack_id();
        let region = &project.region;
        let prefix = format!("automock-{stack_id}");
        Self {
            load_balancer: fit(&prefix, MAX_LOAD_BALANCER),
            target_group: fit(&format!("{prefix}-mock"), MAX_LOAD_BALANCER),
            cluster: fit(&prefix, MAX_ECS),
            service: fit(&prefix, MAX_ECS),
            execution_role: fit(&format!("{prefix}-{region}-execution"), MAX_ROLE),
            task_role: fit(&format!("{prefix}-{region}-task"), MAX_ROLE),
            role_path: format!("{}{stack_id}/", project.iam.path),
            log_group_prefix: format!("/automock/{stack_id}"),
            mock_log_group: format!("/automock/{stack_id}/mock"),
            loader_log_group: format!("/automock/{stack_id}/loader"),
            reaper_function: fit(&format!("{prefix}-reaper"), MAX_ROLE),
            reaper_rule: fit(&format!("{prefix}-reaper"), MAX_ROLE),
            expectations_key: "expectations.json".to_owned(),
            config_bucket_stem: fit(&format!("{prefix}-{region}"), MAX_BUCKET_STEM),
            prefix,
            stack_id,
        }
    }

    /// The bucket that holds the stack's expectations. Bucket names are global, so the account
    /// number is part of it.
    #[must_use]
    pub fn config_bucket(&self, account: &AccountId) -> String {
        format!("{}-{account}", self.config_bucket_stem)
    }
}

/// The names of the foundation: what one account and region share among all stacks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Foundation {
    /// The account.
    pub account: AccountId,
    /// The region.
    pub region: Region,
}

impl Foundation {
    /// The IAM path of the reaper's role.
    pub const REAPER_ROLE_PATH: &'static str = "/automock/";
    /// The log group of all reapers.
    pub const REAPER_LOG_GROUP: &'static str = "/automock/reaper";
    /// The `DynamoDB` lock table, which exists only on request.
    pub const LOCK_TABLE: &'static str = "automock-locks";
    /// The ECR repository of the engine's image.
    pub const ENGINE_REPOSITORY: &'static str = "automock-engine";
    /// The key of the foundation's own Terraform state.
    pub const STATE_KEY: &'static str = "foundation/terraform.tfstate";

    /// The foundation of an account in a region.
    #[must_use]
    pub fn new(account: AccountId, region: Region) -> Self {
        Self { account, region }
    }

    /// The bucket with Terraform states, registry, journals and receipts.
    #[must_use]
    pub fn bucket(&self) -> String {
        format!("automock-{}-{}", self.account, self.region)
    }

    /// ARN of [`Foundation::bucket`].
    #[must_use]
    pub fn bucket_arn(&self) -> String {
        format!("arn:{}:s3:::{}", self.partition(), self.bucket())
    }

    /// The role of all reapers.
    #[must_use]
    pub fn reaper_role(&self) -> String {
        format!("automock-reaper-{}", self.region)
    }

    /// ARN of [`Foundation::reaper_role`].
    #[must_use]
    pub fn reaper_role_arn(&self) -> String {
        format!(
            "arn:{}:iam::{}:role{}{}",
            self.partition(),
            self.account,
            Self::REAPER_ROLE_PATH,
            self.reaper_role()
        )
    }

    /// The topic that carries warnings and receipts.
    #[must_use]
    pub fn topic(&self) -> String {
        format!("automock-{}", self.region)
    }

    /// ARN of [`Foundation::topic`].
    #[must_use]
    pub fn topic_arn(&self) -> String {
        format!(
            "arn:{}:sns:{}:{}:{}",
            self.partition(),
            self.region,
            self.account,
            self.topic()
        )
    }

    /// ARN of [`Foundation::REAPER_LOG_GROUP`], without the trailing `:*`.
    #[must_use]
    pub fn reaper_log_group_arn(&self) -> String {
        format!(
            "arn:{}:logs:{}:{}:log-group:{}",
            self.partition(),
            self.region,
            self.account,
            Self::REAPER_LOG_GROUP
        )
    }

    /// The host of the account's registry in the region:
    /// <https://docs.aws.amazon.com/AmazonECR/latest/userguide/Registries.html>.
    #[must_use]
    pub fn image_registry(&self) -> String {
        let suffix = self.partition().dns_suffix();
        format!("{}.dkr.ecr.{}.{suffix}", self.account, self.region)
    }

    /// What the engine's images are called, without tag or digest.
    #[must_use]
    pub fn engine_repository(&self) -> String {
        format!("{}/{}", self.image_registry(), Self::ENGINE_REPOSITORY)
    }

    /// The key of a stack's Terraform state.
    #[must_use]
    pub fn stack_state_key(stack: &StackId) -> String {
        format!("stacks/{stack}/terraform.tfstate")
    }

    /// The key of a stack's registry record.
    #[must_use]
    pub fn registry_key(stack: &StackId) -> String {
        format!("registry/{stack}.json")
    }

    /// What the keys of a stack's teardown journals start with.
    #[must_use]
    pub fn journal_prefix(stack: &StackId) -> String {
        format!("journals/{stack}/")
    }

    /// What the keys of a stack's receipts start with.
    #[must_use]
    pub fn receipt_prefix(stack: &StackId) -> String {
        format!("receipts/{stack}/")
    }

    /// The foundation's own tags.
    #[must_use]
    pub fn tags() -> [(&'static str, &'static str); 2] {
        [
            ("automock:foundation", "true"),
            ("automock:managed-by", "automock"),
        ]
    }

    fn partition(&self) -> Partition {
        self.region.partition()
    }
}

/// Keeps a name that fits; otherwise cuts it and appends a hyphen and eight hexadecimal digits of
/// its hash, so that different long names stay different and a name never changes.
///
/// ```
/// # use automock_model::names::fit;
/// assert_eq!(fit("short", 32), "short");
/// assert_eq!(fit("a-name-that-is-a-little-too-long-for-it", 32).len(), 32);
/// ```
///
/// # Panics
/// When `max` is smaller than 10, which leaves no room for a name before the hash.
#[must_use]
pub fn fit(name: &str, max: usize) -> String {
    assert!(max >= 10, "a limit of {max} leaves no room for a name");
    if name.len() <= max {
        return name.to_owned();
    }
    let hash = hex(&Sha256::digest(name.as_bytes()), 4);
    let mut end = max - 9;
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}-{hash}", name[..end].trim_end_matches('-'))
}

/// The first `bytes` bytes in lower-case hexadecimal digits.
pub(crate) fn hex(digest: &[u8], bytes: usize) -> String {
    use std::fmt::Write as _;
    digest
        .iter()
        .take(bytes)
        .fold(String::new(), |mut text, byte| {
            write!(text, "{byte:02x}").expect("writing to a string cannot fail");
            text
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Project;

    fn longest() -> Project {
        let mut project = Project::new("p".repeat(40).parse().unwrap());
        project.environment = "e".repeat(16).parse().unwrap();
        project.region = Region::new("ap-southeast-1").unwrap();
        project
    }

    fn account() -> AccountId {
        "123456789012".parse().unwrap()
    }

    #[test]
    fn names_of_the_longest_stack_are_within_the_limits() {
        let names = Names::new(&longest());
        assert_eq!(names.load_balancer.len(), 32);
        assert_eq!(names.target_group.len(), 32);
        assert_ne!(names.load_balancer, names.target_group);
        assert_eq!(names.execution_role.len(), 64);
        assert_eq!(names.task_role.len(), 64);
        assert_ne!(names.execution_role, names.task_role);
        assert!(names.reaper_function.len() <= 64);
        assert_eq!(names.config_bucket(&account()).len(), 63);
        assert!(names.role_path.len() <= 512);
    }

    #[test]
    fn short_names_stay_readable() {
        let names = Names::new(&Project::new("petstore".parse().unwrap()));
        assert_eq!(names.target_group, "automock-petstore-dev-mock");
        assert_eq!(names.task_role, "automock-petstore-dev-us-east-1-task");
        assert_eq!(names.role_path, "/automock/petstore-dev/");
        assert_eq!(names.loader_log_group, "/automock/petstore-dev/loader");
        assert_eq!(names.reaper_rule, "automock-petstore-dev-reaper");
    }

    #[test]
    fn cut_names_stay_apart_and_never_change() {
        let long = format!("{}-a", "x".repeat(40));
        let other = format!("{}-b", "x".repeat(40));
        assert_ne!(fit(&long, 32), fit(&other, 32));
        // Resources exist under this name: a change would orphan them.
        assert_eq!(fit(&long, 32), "xxxxxxxxxxxxxxxxxxxxxxx-36f4ec7c");
        assert_eq!(fit("a---------b", 10).matches("--").count(), 0);
        assert_eq!(
            fit(&"ü".repeat(20), 16)
                .chars()
                .filter(|c| *c == 'ü')
                .count(),
            3
        );
    }

    #[test]
    fn the_foundation_speaks_its_partition() {
        let china = Foundation::new(account(), Region::new("cn-north-1").unwrap());
        assert_eq!(
            china.bucket_arn(),
            "arn:aws-cn:s3:::automock-123456789012-cn-north-1"
        );
        assert_eq!(
            china.reaper_role_arn(),
            "arn:aws-cn:iam::123456789012:role/automock/automock-reaper-cn-north-1"
        );
        assert_eq!(
            china.engine_repository(),
            "123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn/automock-engine"
        );
        let gov = Foundation::new(account(), Region::new("us-gov-west-1").unwrap());
        assert_eq!(
            gov.topic_arn(),
            "arn:aws-us-gov:sns:us-gov-west-1:123456789012:automock-us-gov-west-1"
        );
        assert_eq!(
            gov.reaper_log_group_arn(),
            "arn:aws-us-gov:logs:us-gov-west-1:123456789012:log-group:/automock/reaper"
        );
        let stack = "petstore-dev".parse().unwrap();
        assert_eq!(
            Foundation::stack_state_key(&stack),
            "stacks/petstore-dev/terraform.tfstate"
        );
    }
}
