//! CloudWatch: logs, alarms, dashboard and Container Insights.

use automock_model::{EngineKind, Project, ScalingPolicy};

use super::network::gb;
use super::{BYTES_PER_GB, HOURS_PER_MONTH, Lines, Window, span};
use crate::load::Load;
use crate::money::Quantity;
use crate::prices::Item;

/// What a task writes while it starts and stops, at most: the banner of MockServer and a handful of lines
/// of its loader (`terraform/modules/ecs-service/files/loader.sh`). AutoMock's engine writes less.
const START_LOG_BYTES: f64 = 4_096.0;

/// What the engine writes for a request that nothing expects: a line of JSON, measured as 279 bytes for
/// a short path, and CloudWatch's 26.
const EXPLANATION_BYTES: f64 = 512.0;

/// What one run of the reaper writes: Lambda's three lines and its own result in JSON.
const TICK_LOG_BYTES: f64 = 1_024.0;

/// Metrics of Container Insights: eight of the cluster, eleven of the service, six of the task
/// family, however many tasks there are: <https://aws.amazon.com/cloudwatch/pricing/>, the example
/// for Container Insights on ECS.
const INSIGHT_METRICS: u64 = 8 + 11 + 6;

/// One event each minute for the cluster, the service, each task and each of its containers,
/// of about a kibibyte:
/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Container-Insights-reference-performance-logs-ECS.html>.
const INSIGHT_EVENT_BYTES: f64 = 1_024.0;
const INSIGHT_EVENTS_PER_STACK: f64 = 2.0;

/// Alarms that inform in every stack: unhealthy tasks and errors of the load balancer
/// (`terraform/modules/ecs-service/alarms.tf`).
const INFORMING_ALARMS: usize = 2;

/// Alarms that target tracking makes for each target, one for each direction:
/// <https://docs.aws.amazon.com/autoscaling/application/userguide/target-tracking-scaling-policy-overview.html>.
const ALARMS_PER_TARGET: usize = 2;

pub(super) fn add(lines: &mut Lines<'_>, project: &Project, load: &Load, window: &Window) {
    logs(lines, project, load, window);
    let hours = span(window.seconds);
    let alarms = alarms(project);
    lines.add(
        Item::AlarmMonth,
        "Alarms",
        months(alarms, window),
        format!("{alarms} alarms × {hours} of {HOURS_PER_MONTH} h"),
    );
    if project.observability.dashboard {
        lines.add(
            Item::DashboardMonth,
            "Dashboard",
            months(1, window),
            format!("1 dashboard × {hours} of {HOURS_PER_MONTH} h"),
        );
    }
    if project.observability.container_insights {
        lines.add(
            Item::MetricMonth,
            "Container Insights metrics",
            months(INSIGHT_METRICS, window),
            format!("{INSIGHT_METRICS} metrics × {hours} of {HOURS_PER_MONTH} h"),
        );
    }
}

fn logs(lines: &mut Lines<'_>, project: &Project, load: &Load, window: &Window) {
    let bytes = log_bytes(project, load, window);
    let all = bytes.tasks + bytes.insights + bytes.reaper;
    lines.add(
        Item::LogIngestionGb,
        "Logs taken in",
        gb(all),
        format!(
            "requests {:.0} bytes, requests that nothing expects {:.0} bytes, starts of tasks {:.0} \
             bytes, reaper {:.0} bytes, Container Insights {:.0} bytes",
            bytes.requests,
            bytes.explanations,
            bytes.tasks - bytes.requests - bytes.explanations,
            bytes.reaper,
            bytes.insights,
        ),
    );
    let kept_hours = f64::from(project.observability.log_retention_days) * 24.0;
    let kept = window.hours().min(kept_hours);
    #[expect(clippy::cast_precision_loss, reason = "730")]
    let share = kept / HOURS_PER_MONTH as f64;
    lines.add(
        Item::LogStorageGbMonth,
        "Logs kept",
        Quantity::measured(all / BYTES_PER_GB * share),
        format!("the logs × {kept:.1} h of {HOURS_PER_MONTH} h, uncompressed"),
    );
}

/// Bytes of log that a window writes.
pub(super) struct LogBytes {
    /// Of the tasks, which travel through NAT gateways or endpoints; those of requests included.
    pub(super) tasks: f64,
    /// Of requests alone.
    pub(super) requests: f64,
    /// Of requests that nothing expects.
    pub(super) explanations: f64,
    pub(super) insights: f64,
    pub(super) reaper: f64,
}

pub(super) fn log_bytes(project: &Project, load: &Load, window: &Window) -> LogBytes {
    #[expect(clippy::cast_precision_loss, reason = "some kilobytes")]
    let per_request = match project.engine.kind {
        EngineKind::MockServer => load.log_bytes_per_request() as f64,
        EngineKind::AutoMock => 0.0,
    };
    let requests = window.requests() * per_request;
    let explained = window.explained_per_second.get() * window.seconds_f64();
    let explanations = explained * EXPLANATION_BYTES;
    let count = f64::from(window.tasks);
    let starts = f64::from(window.launches) * START_LOG_BYTES;
    let containers = if project.engine.loader.is_some() {
        2.0
    } else {
        1.0
    };
    let events = count * (1.0 + containers) + INSIGHT_EVENTS_PER_STACK;
    let minutes = window.seconds_f64() / 60.0;
    let insights = if project.observability.container_insights {
        events * minutes * INSIGHT_EVENT_BYTES
    } else {
        0.0
    };
    #[expect(clippy::cast_precision_loss, reason = "one a minute at most")]
    let ticks = ticks(project, window) as f64;
    LogBytes {
        tasks: requests + explanations + starts,
        requests,
        explanations,
        insights,
        reaper: ticks * TICK_LOG_BYTES,
    }
}

/// How often the reaper runs in a window. A stack without an end has none.
pub(super) fn ticks(project: &Project, window: &Window) -> u64 {
    if project.ttl.duration.seconds().is_none() {
        return 0;
    }
    window.seconds / (u64::from(project.ttl.check_every_minutes).max(1) * 60)
}

/// The alarms of a stack.
pub(super) fn alarms(project: &Project) -> u64 {
    let scaling = match &project.scaling.policy {
        ScalingPolicy::Steps(steps) => {
            let lists = [&steps.cpu, &steps.memory, &steps.requests_per_minute];
            let scale_in = 1;
            lists.into_iter().filter(|list| !list.is_empty()).count() + scale_in
        }
        ScalingPolicy::TargetTracking(targets) => {
            let targets = [
                targets.cpu_percent,
                targets.memory_percent,
                targets.requests_per_minute,
            ];
            targets.into_iter().flatten().count() * ALARMS_PER_TARGET
        }
    };
    let at_maximum = usize::from(project.tasks.min < project.tasks.max);
    (scaling + at_maximum + INFORMING_ALARMS) as u64
}

fn months(count: u64, window: &Window) -> Quantity {
    let seconds = u128::from(count) * u128::from(window.seconds);
    Quantity::ratio(seconds, u128::from(HOURS_PER_MONTH) * 3_600)
}
