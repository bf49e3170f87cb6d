//! Logs, dashboard and Container Insights.

use serde::Serialize;

/// Logs, dashboard and Container Insights.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Observability {
    /// Whether ECS publishes per-task metrics, which AWS charges as custom metrics.
    pub container_insights: bool,
    /// How long logs are kept.
    pub log_retention_days: u32,
    /// Whether the stack has a CloudWatch dashboard.
    pub dashboard: bool,
}
