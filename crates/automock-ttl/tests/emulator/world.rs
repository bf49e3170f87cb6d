//! One emulated world, and whole stacks in it.

use automock_model::StackId;
use automock_testkit::{Census, Emulator, Settings, fresh_world};
use automock_ttl::aws::{AwsInventory, AwsRemover, http_client};
use automock_ttl::inventory::{Inventory, OWNERSHIP_TAG, Ownership};
use automock_ttl::record::{DomainNames, NewStack, StackNames, StackRecord, StateLocation};
use aws_config::retry::RetryConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_s3::config::Credentials;
use jiff::Timestamp;

use crate::{network, services};

pub(crate) const REGION: &str = "us-east-1";
pub(crate) const ACCOUNT: &str = "123456789012";
pub(crate) const ZONE: &str = "example.com";

/// An emulated AWS with clients.
pub(crate) struct World {
    pub(crate) emulator: Emulator,
    pub(crate) config: SdkConfig,
}

impl World {
    /// An empty world that refuses what AWS refuses and is quick about the rest.
    pub(crate) async fn strict() -> Self {
        let world = Self::over(fresh_world()).await;
        let quick = Some(0.2);
        let settings = Settings {
            strict: Some(true),
            nat_delete_seconds: quick,
            drain_seconds: quick,
            eni_release_seconds: quick,
            ..Settings::default()
        };
        world
            .emulator
            .configure(&settings)
            .expect("the emulator takes settings");
        world
    }

    pub(crate) async fn over(emulator: Emulator) -> Self {
        let keys = Credentials::new("test", "test", None, None, "test");
        let config = aws_config::defaults(BehaviorVersion::latest())
            .http_client(http_client())
            .endpoint_url(emulator.endpoint())
            .region(Region::new(REGION))
            .credentials_provider(keys)
            .retry_config(RetryConfig::standard().with_max_attempts(2))
            .load()
            .await;
        Self { emulator, config }
    }

    pub(crate) fn inventory(&self) -> AwsInventory {
        AwsInventory::new(&self.config, true)
    }

    /// One look, with claims settled as the reaper does once Terraform's state has named them.
    pub(crate) async fn look(&self, record: &StackRecord) -> Inventory {
        let mut inventory = self.inventory().scan(record).await;
        settle_claims(&mut inventory);
        inventory
    }

    pub(crate) fn remover(&self) -> AwsRemover {
        AwsRemover::new(&self.config, true)
    }

    pub(crate) fn census(&self) -> Census {
        self.emulator.census().expect("the emulator counts")
    }

    pub(crate) fn s3(&self) -> aws_sdk_s3::Client {
        automock_ttl::aws::s3_client(&self.config, true)
    }

    /// What every account has that is not a stack's: the reaper's role and a hosted zone.
    pub(crate) async fn found(&self) {
        services::foundation(&self.config).await;
    }

    /// Makes everything that a stack has, with the tags of its stack.
    pub(crate) async fn make_stack(&self, record: &StackRecord) {
        let network = network::make(&self.config, record).await;
        services::make(&self.config, record, &network).await;
    }
}

/// The tag that makes a resource a stack's.
pub(crate) fn ownership(record: &StackRecord) -> (&'static str, &str) {
    (OWNERSHIP_TAG, record.stack_id.as_str())
}

/// All tags that a deploy gives to what it makes, in the order of their keys.
pub(crate) fn all_tags(record: &StackRecord) -> [(&'static str, String); 3] {
    [
        ("automock:environment", record.environment.to_string()),
        ("automock:project", record.project.to_string()),
        (OWNERSHIP_TAG, record.stack_id.to_string()),
    ]
}

/// The record of a stack of a project.
pub(crate) fn record(project: &str) -> StackRecord {
    let project = project.parse().expect("a project name");
    let environment = "dev".parse().expect("an environment");
    let stack_id = StackId::new(&project, &environment);
    let stack = NewStack {
        names: names(stack_id.as_str(), project.as_str()),
        stack_id,
        project,
        environment,
        region: REGION.to_owned(),
        account: ACCOUNT.parse().expect("an account"),
        ttl_seconds: Some(3600),
        warning_lead_seconds: 600,
        state: StateLocation::Local {
            path: "terraform.tfstate".into(),
        },
        operation: None,
        automock_version: "0.1.0".to_owned(),
    };
    let now: Timestamp = "2026-01-02T03:04:05Z".parse().expect("a timestamp");
    StackRecord::new(stack, now)
}

fn names(stack: &str, project: &str) -> StackNames {
    let prefix = format!("automock-{stack}");
    StackNames {
        iam_path: format!("/automock/{stack}/"),
        execution_role: format!("{prefix}-{REGION}-execution"),
        task_role: format!("{prefix}-{REGION}-task"),
        log_group_prefix: format!("/automock/{stack}/"),
        config_bucket: format!("{prefix}-{REGION}-{ACCOUNT}"),
        load_balancer: prefix.clone(),
        target_group: format!("{prefix}-mock"),
        cluster: prefix.clone(),
        service: prefix.clone(),
        task_family: prefix.clone(),
        dashboard: format!("{prefix}-{REGION}"),
        reaper_function: format!("{prefix}-reaper"),
        reaper_rule: format!("{prefix}-reaper"),
        domain: Some(DomainNames {
            name: format!("{project}.{ZONE}"),
            zone: ZONE.to_owned(),
        }),
        prefix,
    }
}

/// What the reaper does once Terraform's state has named what only it can tell.
pub(crate) fn settle_claims(inventory: &mut Inventory) {
    for resource in &mut inventory.found {
        if let Ownership::Claimed { by } = &resource.ownership {
            let by = format!("{by}, and the state names it");
            resource.ownership = Ownership::Proven { by };
        }
    }
}
