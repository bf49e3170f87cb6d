//! How long AWS takes for what: documented periods, and assumptions named as such.

use automock_model::{EngineKind, Project};

/// Periods and delays of the loop from load to tasks. [`Timings::of`] has those of AWS and of the
/// stack's modules; each is a field, so that what one has measured can take its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Timings {
    /// Second at which the first whole period of the metrics begins; the start of a simulation is
    /// not the start of AWS's minute.
    pub metric_phase_seconds: u32,
    /// How long after the end of a period its value can be seen, in periods. ECS and the load
    /// balancer send in periods of a minute what they have gathered, so a value is sent with the next one:
    /// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/cloudwatch-metrics.html>,
    /// <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html>.
    pub publication_periods: u32,
    /// How often an alarm of standard resolution is evaluated:
    /// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html>.
    pub evaluation_seconds: u32,
    /// How often an alarm of high resolution is evaluated: every ten seconds, by the same page.
    pub high_resolution_evaluation_seconds: u32,
    /// Second of the first evaluation; within a minute, nobody knows which.
    pub evaluation_phase_seconds: u32,
    /// From the launch of a task until its containers start: network interface and pull of the
    /// images. AWS's benchmark of faster scaling has 23 seconds between trigger and tasks (386 − 363
    /// and 109 − 86): <https://aws.amazon.com/about-aws/whats-new/2026/06/amazon-ecs-faster-autoscaling/>.
    pub provision_seconds: u32,
    /// From the start of the containers until the mock server answers.
    pub boot_seconds: u32,
    /// The CPU use of a task that boots, in percent: a JVM on a quarter of a vCPU takes all it gets.
    pub boot_cpu_percent: f64,
    /// Interval of the load balancer's health check: `terraform/modules/ecs-service/load_balancer.tf`.
    pub health_interval_seconds: u32,
    /// Health checks that a task passes before it gets requests. A target that was just registered
    /// may get them after the first; the stack's threshold of two is the careful figure.
    pub healthy_threshold: u32,
    /// How long a task that stops finishes open requests, without getting new ones:
    /// `deregistration_delay_seconds` of the same module.
    pub deregistration_seconds: u32,
    /// How long its containers then take to stop, at most: `stopTimeout` of the same module.
    pub stop_seconds: u32,
    /// Tasks that can be launched at once, and how many more each second:
    /// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/throttling.html>.
    pub launch_burst: u32,
    /// See [`Timings::launch_burst`].
    pub launch_per_second: u32,
    /// Requests per second that a load balancer that nobody has called yet takes in each zone. AWS
    /// publishes no figure; this is an assumption on the careful side of what is reported.
    pub balancer_initial_rps_per_zone: f64,
    /// How much a load balancer grows in five minutes of load. AWS advises to raise the load of a
    /// test by no more than half in that time:
    /// <https://aws.amazon.com/articles/best-practices-in-evaluating-elastic-load-balancing/>.
    pub balancer_growth_in_five_minutes: f64,
    /// How long a client waits for a task that is busy before it gives up. An assumption: the
    /// time-out of a load generator.
    pub patience_seconds: f64,
}

/// A JVM with MockServer on a quarter of a vCPU takes about a minute to start
/// (`terraform/modules/ecs-service/variables.tf`), and eight to ten seconds on a whole one with
/// turbo, so this many vCPU-seconds.
const MOCKSERVER_BOOT_VCPU_SECONDS: f64 = 15.0;

/// The embedded engine answers its first request 90 ms after its start with 10,000 expectations
/// (`docs/performance.md`).
const AUTOMOCK_BOOT_SECONDS: u32 = 1;

impl Timings {
    /// The timings of a project.
    #[must_use]
    pub fn of(project: &Project) -> Self {
        let vcpu = f64::from(project.tasks.size.cpu_units()) / 1_024.0;
        let (boot_seconds, boot_cpu_percent) = match project.engine.kind {
            EngineKind::MockServer => (whole(MOCKSERVER_BOOT_VCPU_SECONDS / vcpu), 100.0),
            EngineKind::AutoMock => (AUTOMOCK_BOOT_SECONDS, 0.0),
        };
        Self {
            metric_phase_seconds: 0,
            publication_periods: 1,
            evaluation_seconds: 60,
            high_resolution_evaluation_seconds: 10,
            evaluation_phase_seconds: 30,
            provision_seconds: 23,
            boot_seconds,
            boot_cpu_percent,
            health_interval_seconds: 10,
            healthy_threshold: 2,
            deregistration_seconds: 5,
            stop_seconds: 10,
            launch_burst: 100,
            launch_per_second: 20,
            balancer_initial_rps_per_zone: 5_000.0,
            balancer_growth_in_five_minutes: 1.5,
            patience_seconds: 5.0,
        }
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a small positive number"
)]
fn whole(seconds: f64) -> u32 {
    seconds.ceil().clamp(1.0, 600.0) as u32
}
