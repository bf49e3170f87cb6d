//! The small ones: S3, the reaper's function, its schedule and its mails.

use automock_model::{EngineKind, Project};

use super::observability::ticks;
use super::{BYTES_PER_GB, HOURS_PER_MONTH, Lines, Window};
use crate::load::Load;
use crate::money::Quantity;
use crate::prices::Item;

/// How long the reaper looks at a stack that may stay: a start of 16 ms was measured
/// (`docs/performance.md`), and a handful of requests to AWS come on top.
const TICK_SECONDS: f64 = 1.0;

/// How long a teardown keeps the reaper busy, with all its runs together: load balancer, NAT
/// gateways and network interfaces take minutes to go.
const TEARDOWN_SECONDS: f64 = 600.0;

/// Memory of the reaper: `terraform/modules/ttl-cleanup/main.tf`.
const FUNCTION_GB: f64 = 0.25;

/// Requests to S3 for the stack itself: the expectations, Terraform's state and lock, the registry
/// record, the journal and the receipt.
const STACK_PUTS: u64 = 20;
const READS_PER_TICK: u64 = 2;

/// A task of AutoMock's engine renews its confirmation twice a day: the bucket deletes it after one
/// (`terraform/modules/config-storage/main.tf`).
const RENEWAL_SECONDS: u128 = 43_200;

/// Each mail address is warned once and gets one receipt.
const MAILS_PER_ADDRESS: u64 = 2;

pub(super) fn add(lines: &mut Lines<'_>, project: &Project, load: &Load, window: &Window) {
    expectations(lines, project, load, window);
    reaper(lines, project, window);
}

fn expectations(lines: &mut Lines<'_>, project: &Project, load: &Load, window: &Window) {
    let tasks = u64::from(window.tasks);
    let every = project.engine.reload_every_seconds.max(1);
    let looks = tasks * (window.seconds / every);
    let first = u64::from(window.launches);
    let ticks = ticks(project, window);
    lines.add(
        Item::S3Get,
        "S3 reads",
        Quantity::whole(looks + first + ticks * READS_PER_TICK),
        format!("{tasks} tasks look every {every} s, {first} fetch at their start, the reaper reads {READS_PER_TICK} in each of {ticks} runs"),
    );
    writes(lines, project, window);
    #[expect(
        clippy::cast_precision_loss,
        reason = "a file and the hours of a month"
    )]
    let (bytes, month) = (load.expectations_bytes as f64, HOURS_PER_MONTH as f64);
    lines.add(
        Item::S3GbMonth,
        "S3 storage",
        Quantity::measured(bytes / BYTES_PER_GB * window.hours() / month),
        format!(
            "{} bytes of expectations × {:.1} h of {HOURS_PER_MONTH} h",
            load.expectations_bytes,
            window.hours()
        ),
    );
}

fn writes(lines: &mut Lines<'_>, project: &Project, window: &Window) {
    let (tasks, first) = (u64::from(window.tasks), u64::from(window.launches));
    let renews = project.engine.kind == EngineKind::AutoMock;
    let mut parts = Vec::new();
    let mut once = 0;
    if window.starts {
        once = first + STACK_PUTS;
        parts.push(format!(
            "{first} confirmations and {STACK_PUTS} of the stack itself"
        ));
    }
    let mut renewed = 0;
    if renews {
        renewed = u128::from(tasks) * u128::from(window.seconds);
        parts.push(format!(
            "{tasks} tasks renew theirs every {} h",
            RENEWAL_SECONDS / 3_600
        ));
    }
    if parts.is_empty() {
        return;
    }
    let quantity = u128::from(once) * RENEWAL_SECONDS + renewed;
    lines.add(
        Item::S3Put,
        "S3 writes",
        Quantity::ratio(quantity, RENEWAL_SECONDS),
        parts.join(", "),
    );
}

fn reaper(lines: &mut Lines<'_>, project: &Project, window: &Window) {
    let ticks = ticks(project, window);
    let has_end = window.ends && project.ttl.duration.seconds().is_some();
    lines.add(
        Item::LambdaRequest,
        "Reaper runs",
        Quantity::whole(ticks),
        format!("one every {} min", project.ttl.check_every_minutes),
    );
    #[expect(clippy::cast_precision_loss, reason = "one a minute at most")]
    let idle = ticks as f64 * TICK_SECONDS;
    let teardown = if has_end { TEARDOWN_SECONDS } else { 0.0 };
    lines.add(
        Item::LambdaGbSecond,
        "Reaper memory",
        Quantity::measured((idle + teardown) * FUNCTION_GB),
        format!("({ticks} × {TICK_SECONDS} s + {teardown} s of teardown) × {FUNCTION_GB} GB"),
    );
    lines.add(
        Item::ScheduledRun,
        "Reaper schedule",
        Quantity::whole(ticks),
        "runs by the schedule of a rule".to_owned(),
    );
    let addresses = project.ttl.mail.len() as u64;
    if has_end {
        lines.add(
            Item::Mail,
            "Mails",
            Quantity::whole(addresses * MAILS_PER_ADDRESS),
            format!("{addresses} addresses × warning and receipt"),
        );
    }
}
