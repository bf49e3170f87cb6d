//! The small ones: S3, the reaper's function, its schedule and its mails.

use automock_model::Project;

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
        format!("{tasks} loaders look every {every} s, {first} fetch at their start, the reaper reads {READS_PER_TICK} in each of {ticks} runs"),
    );
    if window.starts {
        lines.add(
            Item::S3Put,
            "S3 writes",
            Quantity::whole(first + STACK_PUTS),
            format!("{first} acknowledgements and {STACK_PUTS} of the stack itself"),
        );
    }
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
