//! The live rehearsal: containers behind `HAProxy` under a constant load, through a stack's whole life.

use std::ffi::OsString;
use std::fs;
use std::time::Duration;

use automock_testkit::{Census, Load};
use serde_json::{Value, json};

use super::arguments::RehearseArguments;
use super::counts::Counts;
use super::project::{self, PATH, STACK, Version};
use super::refusals;
use super::stage::{LiveStage, healthy};
use super::timeline::Timeline;
use super::under_load::UnderLoad;
use crate::commands::image::{self, ImageArguments};
use crate::commands::package::{self, PackageArguments};
use crate::error::Error;
use crate::mockserver::{self, Image};
use crate::namespace::{self, Ability};
use crate::printer;
use crate::process::Tool;
use crate::terraform::Terraform;
use crate::workspace::Workspace;

/// Time to live until the deployment with which the stack's last minutes begin.
const FIRST_TTL: &str = "1h";

/// Connections of each kind: kept ones, and workers that open one for each request.
const CONNECTIONS: usize = 24;

const TEARDOWN_TIME: Duration = Duration::from_mins(15);

/// Prepares outside, where cargo and the network are, and rehearses inside of a network of its own.
pub(super) fn run(workspace: &Workspace, arguments: &RehearseArguments) -> Result<(), Error> {
    if let Some(run) = namespace::run_inside() {
        return play(workspace, arguments, &run, true);
    }
    if !namespace::is_there("haproxy") {
        return Err(Error::Missing {
            what: "HAProxy is not installed".to_owned(),
            hint: "`apt-get install -y podman runc haproxy iproute2` installs what a rehearsal needs; \
                   `cargo xtask rehearse --quick` has the emulator play the fleet"
                .to_owned(),
        });
    }
    let ability = namespace::ability(workspace);
    if let (Ability::Processes(reason), true) = (&ability, arguments.is_mockserver()) {
        return Err(Error::Rehearsal(format!(
            "MockServer runs in containers alone here: {reason}"
        )));
    }
    announce(&ability, arguments);
    prepare(workspace, arguments)?;
    match ability {
        Ability::Containers if !arguments.processes => namespace::reenter(workspace),
        _ => play(workspace, arguments, "am", false),
    }
}

/// Says what will be real, and what would make more of it so.
fn announce(ability: &Ability, arguments: &RehearseArguments) {
    if *ability == Ability::Containers && !arguments.processes {
        printer::progress(
            "real here: each task a container (podman, runc) with the limits of its task definition, \
             each load balancer an HAProxy, alarms over measured figures, the reaper's package",
        );
        return;
    }
    printer::progress(
        "tasks run as plain processes on loopback addresses; not shown: the container itself, memory \
         limits, the read-only root, the other user, the share of a processor, networks of their own",
    );
    if let Ability::Processes(reason) = ability {
        printer::progress(format_args!("why: {reason}"));
    }
}

/// Builds everything that the inside needs, and gets what it needs from the network.
fn prepare(workspace: &Workspace, arguments: &RehearseArguments) -> Result<(), Error> {
    let target = workspace.root().join("target");
    Terraform::prepare(workspace)?;
    automock_testkit::setup_venv(&target)?;
    automock_testkit::setup_image_registry(&target)?;
    if arguments.is_mockserver() {
        mockserver::prepare(workspace, &Image::BOTH)?;
    } else if arguments.image.is_none() {
        image::run(workspace, &ImageArguments::default())?;
    }
    if arguments.reaper_package.is_none() {
        package::run(workspace, &PackageArguments::default())?;
    }
    if arguments.automock.is_some() {
        return Ok(());
    }
    printer::progress("==> building automock");
    let cargo: OsString = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    Tool::new(cargo, workspace.root())
        .args(["build", "--quiet", "--package", "automock-cli"])
        .run()
}

fn play(
    workspace: &Workspace,
    arguments: &RehearseArguments,
    run: &str,
    has_containers: bool,
) -> Result<(), Error> {
    let stage = LiveStage::set(workspace, arguments, run, has_containers)?;
    let mut timeline = Timeline::new(&stage.emulator);
    let outcome = steps(&stage, &mut timeline, arguments);
    drop(timeline.catch_up());
    let mut figures = timeline.finish();
    figures["runtime"] = json!(if has_containers {
        "containers"
    } else {
        "processes"
    });
    figures["passed"] = json!(outcome.is_ok());
    if let Some(path) = &arguments.json {
        let path = std::path::absolute(path).map_err(Error::file(path))?;
        fs::write(&path, format!("{figures:#}\n")).map_err(Error::file(&path))?;
    }
    if outcome.is_err() {
        printer::progress(stage.emulator.log());
    }
    outcome
}

fn steps(
    stage: &LiveStage,
    timeline: &mut Timeline<'_>,
    arguments: &RehearseArguments,
) -> Result<(), Error> {
    stage.project.write(FIRST_TTL, Version::First)?;
    stage.project.write_expectations("Ada")?;
    timeline.step("bootstrap: the account's foundation", |timeline| {
        stage
            .automock(timeline, &["bootstrap", "--yes"])
            .map(|_| Value::Null)
    })?;
    let founded = stage.emulator.census()?;
    timeline.step(
        "deploy: network, load balancer, tasks, reaper",
        |timeline| deploy(stage, timeline),
    )?;
    let address = stage.address()?;
    let mut single = 0;
    timeline.step("requests through the load balancer, and refusals", |_| {
        single += refusals::expect(address, "GET", PATH, 200)?;
        refusals::all_refused(address)
    })?;
    let load = Load {
        address,
        host: "mock".to_owned(),
        paths: project::paths(),
        rate: arguments.rate(),
        kept_connections: CONNECTIONS,
        fresh_connections: CONNECTIONS,
    };
    let mut under_load = UnderLoad::begin(stage, arguments, load);
    let outcome = under_load.steps(timeline);
    let (report, killed, excused) = under_load.end();
    for failure in &report.first_failures {
        timeline.say(format_args!("   failed at {failure}"));
    }
    timeline.step("the load", |_| Ok(load_figures(&report)))?;
    outcome?;
    let strange = stage.project.strange(report.bodies.keys());
    if !strange.is_empty() {
        let reason = format!("answers that no revision has: {strange:?}");
        return Err(Error::Rehearsal(reason));
    }
    timeline.step("expiry: the reaper's own tick ends the stack", |timeline| {
        expire(stage, timeline, &founded)
    })?;
    // MockServer says nothing of its requests when it ends.
    if !arguments.is_mockserver() {
        timeline.step("the counts of clients and tasks", |timeline| {
            Counts::of(timeline, &report, single, &killed).compare()
        })?;
    }
    let failed = report.failures() - excused;
    if failed > 0 {
        let all = &report.failed;
        return Err(Error::Rehearsal(format!(
            "{failed} requests failed: {all:?}"
        )));
    }
    Ok(())
}

fn deploy(stage: &LiveStage, timeline: &mut Timeline<'_>) -> Result<Value, Error> {
    stage.deploy(timeline, 0)?;
    let now = timeline.catch_up()?;
    let starts = now.tasks.iter().map(|task| task.start_seconds);
    Ok(json!({
        "healthy_tasks": healthy(&now),
        "slowest_container_start_seconds": starts.fold(0.0, f64::max),
        "image_bytes": timeline.first_detail("container", "image_bytes"),
    }))
}

fn load_figures(report: &automock_testkit::LoadReport) -> Value {
    #[expect(clippy::cast_precision_loss, reason = "nobody sends 2^52 requests")]
    let rate = report.sent as f64 / report.seconds;
    json!({
        "requests": report.sent,
        "succeeded": report.succeeded,
        "failed": report.failed,
        "seconds": report.seconds.round(),
        "requests_per_second": rate.round(),
        "late": report.late,
        "latency_milliseconds": report.latency_milliseconds,
        "answers_by_revision": report.bodies,
    })
}

fn expire(
    stage: &LiveStage,
    timeline: &mut Timeline<'_>,
    founded: &Census,
) -> Result<Value, Error> {
    let mut receipts = 0;
    let took = timeline.wait("the end of the stack", TEARDOWN_TIME, |_, _| {
        let Ok(now) = stage.emulator.census() else {
            return false;
        };
        let mut left = now.diff(founded);
        receipts = left.take_receipts(STACK);
        left.is_empty()
    })?;
    if receipts != 1 {
        return Err(Error::Rehearsal(format!(
            "{receipts} receipts were written instead of one"
        )));
    }
    let listed = stage.automock(timeline, &["list"])?;
    if listed.to_string().contains(STACK) {
        return Err(Error::Rehearsal(format!(
            "the stack is still listed: {listed}"
        )));
    }
    let ticks = timeline
        .events
        .iter()
        .filter(|event| event.kind == "function");
    let last = ticks
        .clone()
        .next_back()
        .map(|event| event.details["response"].clone());
    Ok(json!({
        "seconds_until_nothing_was_left": took.as_secs(),
        "ticks_of_the_reaper": ticks.count(),
        "last_tick": last,
        "resources_left": 0,
        "receipts": receipts,
    }))
}
