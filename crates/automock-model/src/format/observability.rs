//! The table `[observability]`.

use super::reader::Reader;
use super::spec::{Field, Kind, Literal, Table};
use super::writer::Writer;
use crate::observability::Observability;

/// The retention times of CloudWatch Logs in days:
/// <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html>.
pub(crate) const RETENTION_DAYS: [u32; 22] = [
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922,
    3288, 3653,
];

pub(super) static SPEC: Table = Table {
    doc: "Logs, dashboard and Container Insights.",
    fields: &[
        Field::default(
            "container_insights",
            Kind::Bool,
            Literal::Bool(false),
            "Whether ECS publishes metrics of each task, which AWS charges as custom metrics.",
        ),
        Field::default(
            "log_retention_days",
            Kind::IntegerChoice(&RETENTION_DAYS),
            Literal::Integer(7),
            "How many days logs are kept; one of CloudWatch's values.",
        ),
        Field::default(
            "dashboard",
            Kind::Bool,
            Literal::Bool(true),
            "Whether the stack has a CloudWatch dashboard.",
        ),
    ],
};

pub(super) fn read(reader: &Reader<'_>) -> Option<Observability> {
    let container_insights = reader.bool("container_insights");
    let log_retention_days = reader.integer("log_retention_days");
    let dashboard = reader.bool("dashboard");
    Some(Observability {
        container_insights: container_insights?,
        log_retention_days: log_retention_days?,
        dashboard: dashboard?,
    })
}

pub(super) fn write(observability: &Observability, writer: &mut Writer) {
    writer.section("observability");
    writer.set("container_insights", observability.container_insights);
    writer.set("log_retention_days", observability.log_retention_days);
    writer.set("dashboard", observability.dashboard);
}
