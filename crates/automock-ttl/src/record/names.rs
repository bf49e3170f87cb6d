//! The names by which the resources of a stack are found without Terraform's state.

use automock_model::{AccountId, Names, Project};
use serde::{Deserialize, Serialize};

/// Everything discovery has to ask for by name.
///
/// The record keeps the names as they were at deploy time, so that a newer AutoMock with other
/// naming rules still finds what an older one made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StackNames {
    /// What names of resources begin with; alarms are listed by it.
    pub prefix: String,
    /// IAM path of the stack's roles, with both slashes.
    pub iam_path: String,
    /// Role with which ECS starts tasks. IAM knows no regions, so the path is shared with the
    /// same stack in other regions, and only the exact role names tell which are this one's.
    pub execution_role: String,
    /// Role that the containers of a task have.
    pub task_role: String,
    /// What the stack's log groups begin with, with the last slash.
    pub log_group_prefix: String,
    /// Bucket that holds the expectations.
    pub config_bucket: String,
    /// Application load balancer.
    pub load_balancer: String,
    /// Target group of the mock.
    pub target_group: String,
    /// ECS cluster.
    pub cluster: String,
    /// ECS service inside the cluster.
    pub service: String,
    /// Family of the ECS task definitions.
    pub task_family: String,
    /// CloudWatch dashboard.
    pub dashboard: String,
    /// Lambda function of the stack's reaper.
    pub reaper_function: String,
    /// EventBridge rule that wakes the reaper.
    pub reaper_rule: String,
    /// The domain, when the stack has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub domain: Option<DomainNames>,
}

/// The domain of a stack and the hosted zone that holds its records.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DomainNames {
    /// The full name, such as `mock.example.com`.
    pub name: String,
    /// The name of the hosted zone, such as `example.com`.
    pub zone: String,
}

impl StackNames {
    /// The names that a deploy of the project in the account gives.
    ///
    /// The Terraform modules call the task family like the service, and the dashboard like that with
    /// the region, because the dashboards of all regions share their names.
    #[must_use]
    pub fn of(project: &Project, account: &AccountId) -> Self {
        let names = Names::new(project);
        Self {
            iam_path: names.role_path.clone(),
            execution_role: names.execution_role.clone(),
            task_role: names.task_role.clone(),
            log_group_prefix: format!("{}/", names.log_group_prefix),
            config_bucket: names.config_bucket(account),
            load_balancer: names.load_balancer,
            target_group: names.target_group,
            cluster: names.cluster,
            task_family: names.service.clone(),
            service: names.service,
            dashboard: format!("{}-{}", names.prefix, project.region),
            reaper_function: names.reaper_function,
            reaper_rule: names.reaper_rule,
            domain: project.domain.as_ref().map(|domain| DomainNames {
                name: domain.name.clone(),
                zone: domain.zone.clone(),
            }),
            prefix: names.prefix,
        }
    }

    /// Application Auto Scaling's name for the service.
    #[must_use]
    pub fn scalable_target(&self) -> String {
        format!("service/{}/{}", self.cluster, self.service)
    }
}
