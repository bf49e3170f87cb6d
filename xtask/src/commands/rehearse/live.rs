//! The live rehearsal: containers behind HAProxy under a constant load, through a stack's whole life.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::time::Duration;

use automock_testkit::{Emulator, ImageRegistry, LiveOptions, LiveState, Load, LoadRun};
use serde_json::{Value, json};

use super::arguments::RehearseArguments;
use super::namespace::{self, Ability};
use super::second_image;
use super::timeline::Timeline;
use crate::commands::image::{self, ImageArguments};
use crate::commands::package::{self, PackageArguments};
use crate::error::Error;
use crate::printer;
use crate::process::Tool;
use crate::terraform::Terraform;
use crate::workspace::Workspace;

/// What every client asks for.
const PATH: &str = "/pets";

/// Requests of the long form at the least; the short one is for a machine that has more to do.
const LONG_REQUESTS: u64 = 200_000;
const SHORT_REQUESTS: u64 = 30_000;

/// The most seconds from a push to the last task's confirmation.
const PUSH_WITHIN: f64 = 10.0;

const MINUTE: Duration = Duration::from_mins(1);

/// Prepares outside, where cargo and the network are, and rehearses inside of a network of its own.
pub(super) fn run(workspace: &Workspace, arguments: &RehearseArguments) -> Result<(), Error> {
    if let Some(run) = namespace::run_inside() {
        return Rehearsal::begin(workspace, arguments, &run, true)?.play();
    }
    prepare(workspace)?;
    match namespace::ability(workspace) {
        Ability::Containers if !arguments.processes => {
            printer::progress("tasks run as containers (podman, runc) behind HAProxy");
            namespace::reenter(workspace)
        }
        ability => {
            if let Ability::Processes(reason) = ability {
                printer::progress(format_args!("tasks run as plain processes: {reason}"));
            }
            printer::progress(
                "not shown: the image, memory limits, the read-only root, another user, networks of their own",
            );
            Rehearsal::begin(workspace, arguments, "am", false)?.play()
        }
    }
}

/// Builds everything that the inside needs, and gets what it needs from the network.
fn prepare(workspace: &Workspace) -> Result<(), Error> {
    let target = workspace.root().join("target");
    Terraform::prepare(workspace)?;
    automock_testkit::setup_venv(&target)?;
    automock_testkit::setup_image_registry(&target)?;
    image::run(workspace, &ImageArguments::default())?;
    if !package::destination(workspace, None).exists() {
        package::run(workspace, &PackageArguments::default())?;
    }
    printer::progress("==> building automock");
    Tool::new(cargo(), workspace.root())
        .args(["build", "--quiet", "--package", "automock-cli"])
        .run()
}

fn cargo() -> std::ffi::OsString {
    std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

/// A stack that lives.
struct Rehearsal<'a> {
    workspace: &'a Workspace,
    arguments: &'a RehearseArguments,
    emulator: Emulator,
    /// Serves the images; ends with the rehearsal.
    _registry: ImageRegistry,
    automock: PathBuf,
    project: PathBuf,
    images: [PathBuf; 2],
    variables: Vec<(std::ffi::OsString, std::ffi::OsString)>,
}

impl<'a> Rehearsal<'a> {
    fn begin(
        workspace: &'a Workspace,
        arguments: &'a RehearseArguments,
        run: &str,
        containers: bool,
    ) -> Result<Self, Error> {
        let terraform = Terraform::prepare(workspace)?;
        let emulator = Emulator::start()?;
        let registry = ImageRegistry::start()?;
        let folder = workspace.scratch().join("rehearsal");
        if folder.exists() {
            fs::remove_dir_all(&folder).map_err(Error::file(&folder))?;
        }
        let project = folder.join("project");
        fs::create_dir_all(&project).map_err(Error::file(&project))?;
        let options = LiveOptions {
            run: run.to_owned(),
            containers,
            cpu_quota: arguments.tasks <= 4,
        };
        emulator.start_live(&options, &registry, &folder.join("fleet"))?;
        let images = [
            image::destination(workspace, None),
            folder.join("second-image"),
        ];
        second_image::relabel(&images[0], &images[1])?;
        let mut variables = terraform.environment().to_vec();
        let own = emulator.env();
        variables.extend(own.iter().map(|(name, value)| (name.into(), value.into())));
        variables.extend([
            (
                "AUTOMOCK_REAPER_PACKAGE".into(),
                package::destination(workspace, None).into(),
            ),
            ("AUTOMOCK_IMAGE_REGISTRY".into(), registry.url().into()),
        ]);
        let rehearsal = Self {
            workspace,
            arguments,
            emulator,
            _registry: registry,
            automock: workspace.binary("automock"),
            project,
            images,
            variables,
        };
        rehearsal.write_project("20m")?;
        rehearsal.write_expectations("Ada")?;
        Ok(rehearsal)
    }

    fn write_project(&self, ttl: &str) -> Result<(), Error> {
        let (min, max) = (self.arguments.tasks, self.arguments.tasks * 2);
        // A scale-out doubles the tasks; with those, the requests per task stay below the threshold.
        let above = u64::from(self.arguments.rate) * 60 * 4 / 5 / u64::from(min);
        let text = format!(
            "name = \"rehearsal\"\nenvironment = \"live\"\nregion = \"us-east-1\"\n\
             expectations = \"expectations.json\"\n\n\
             [tasks]\ncpu = 256\nmemory = 512\nmin = {min}\nmax = {max}\n\n\
             [scaling]\npolicy = \"steps\"\nscale_out_cooldown = \"30s\"\nscale_in_cooldown = \"30s\"\n\
             requests_per_minute = [{{ above = {above}, add_percent = 100 }}]\n\
             scale_in = {{ below = 40, remove_percent = 50, for = \"1m\" }}\n\n\
             [ttl]\nduration = \"{ttl}\"\ncheck_every = \"1m\"\n\n\
             [network]\nmode = \"public\"\nzones = 2\n"
        );
        let path = self.project.join("automock.toml");
        fs::write(&path, text).map_err(Error::file(&path))
    }

    fn write_expectations(&self, name: &str) -> Result<(), Error> {
        let path = self.project.join("expectations.json");
        let text = json!([{
            "id": "list-pets",
            "httpRequest": {"method": "GET", "path": PATH},
            "httpResponse": {"statusCode": 200, "body": name}
        }]);
        fs::write(&path, text.to_string()).map_err(Error::file(&path))
    }

    fn automock(&self, arguments: &[&str]) -> Tool {
        Tool::new(&self.automock, &self.project)
            .args(arguments)
            .envs(&self.variables)
    }

    /// Runs a command as a person would, and gives what it says to programs.
    fn command(&self, timeline: &Timeline<'_>, arguments: &[&str]) -> Result<Value, Error> {
        timeline.say(format_args!("$ automock {}", arguments.join(" ")));
        let text = self
            .automock(arguments)
            .args(["--output", "json", "--quiet"])
            .capture()?;
        serde_json::from_str(&text).map_err(|error| Error::Malformed {
            path: format!("what `automock {}` wrote", arguments.join(" ")),
            reason: error.to_string(),
        })
    }

    fn play(&self) -> Result<(), Error> {
        let mut timeline = Timeline::new(&self.emulator);
        let outcome = self.steps(&mut timeline);
        drop(timeline.catch_up());
        let figures = timeline.finish();
        if let Some(path) = &self.arguments.json {
            let path = self.workspace.root().join(path);
            fs::write(&path, format!("{figures:#}\n")).map_err(Error::file(&path))?;
        }
        if let Err(error) = &outcome {
            printer::progress(self.emulator.log());
            printer::progress(format_args!("the rehearsal failed: {}", error.chain()));
        }
        outcome
    }

    fn steps(&self, timeline: &mut Timeline<'_>) -> Result<(), Error> {
        timeline.step("bootstrap", |timeline| {
            self.command(timeline, &["bootstrap", "--yes"])?;
            Ok(Value::Null)
        })?;
        let founded = self.emulator.census()?;
        timeline.step("deploy", |timeline| {
            let image = self.images[0].display().to_string();
            self.command(timeline, &["deploy", "--yes", "--engine-image", &image])?;
            let state = timeline.catch_up()?;
            let slowest = state.tasks.iter().map(|task| task.start_seconds);
            Ok(json!({
                "tasks": healthy(&state),
                "slowest_start_seconds": slowest.fold(0.0, f64::max),
            }))
        })?;
        let mut answered = 0;
        timeline.step("requests through the load balancer", |timeline| {
            let state = timeline.catch_up()?;
            let address = address_of(&state)?;
            answered += expect(address, "GET", PATH, 200)?;
            refused(address)
        })?;
        timeline.step("push", |timeline| self.push(timeline, "Bran"))?;
        let load = self.load(&timeline.catch_up()?)?;
        let outcome = self.steps_under_load(timeline, &load);
        for failure in load.failures() {
            timeline.say(format_args!("   failed at {failure}"));
        }
        let report = load.stop();
        outcome?;
        let failed = report.failures();
        timeline.step("the load's figures", |_| Ok(json!(report)))?;
        timeline.step("expiry, the reaper's own tick, the receipt", |timeline| {
            self.expire(timeline, &founded)
        })?;
        let counts = counts(timeline);
        let of_tasks = counts.values().sum::<u64>();
        let of_clients = report.succeeded + answered;
        timeline.step("the counts of clients and tasks", |_| {
            Ok(json!({"clients": of_clients, "tasks": of_tasks}))
        })?;
        if failed > 0 {
            return Err(Error::Rehearsal(format!(
                "{failed} requests failed: {:?}",
                report.failed
            )));
        }
        if of_clients != of_tasks {
            return Err(Error::Rehearsal(format!(
                "clients got {of_clients} answers, and the tasks gave {of_tasks}"
            )));
        }
        Ok(())
    }

    fn load(&self, state: &LiveState) -> Result<LoadRun, Error> {
        let load = Load {
            address: address_of(state)?,
            host: "mock".to_owned(),
            path: PATH.to_owned(),
            rate: f64::from(self.arguments.rate),
            kept_connections: 24,
            fresh_connections: 24,
        };
        Ok(load.start())
    }

    fn steps_under_load(&self, timeline: &mut Timeline<'_>, load: &LoadRun) -> Result<(), Error> {
        let tasks = usize::try_from(self.arguments.tasks).unwrap_or(usize::MAX);
        timeline.step("scale-out", |timeline| {
            let grown = |state: &LiveState, _: &Timeline<'_>| healthy(state) > tasks;
            let took = timeline.wait("a scale-out", 4 * MINUTE, grown)?;
            Ok(json!({"seconds_to_the_first_new_healthy_task": took.as_secs()}))
        })?;
        timeline.step("push under load", |timeline| self.push(timeline, "Cleo"))?;
        timeline.step("a rolling change of the image", |timeline| {
            self.write_project("5m")?;
            let image = self.images[1].display().to_string();
            self.command(timeline, &["deploy", "--yes", "--engine-image", &image])?;
            let (_, failed) = load.so_far();
            Ok(json!({"failed_so_far": failed}))
        })?;
        timeline.step("a task interrupted as Fargate Spot does", |timeline| {
            self.lose(timeline, load, |id| self.emulator.interrupt_task(id))
        })?;
        timeline.step("scale-in", |timeline| {
            let shrunk = |_: &LiveState, timeline: &Timeline<'_>| {
                timeline
                    .events
                    .iter()
                    .any(|event| event.kind == "scaling" && event.text.contains("scale-in"))
            };
            let took = timeline.wait("a scale-in", 4 * MINUTE, shrunk)?;
            Ok(json!({"waited_seconds": took.as_secs()}))
        })?;
        let wanted = if self.arguments.short {
            SHORT_REQUESTS
        } else {
            LONG_REQUESTS
        };
        timeline.step("the rest of the load", |timeline| {
            timeline.wait("the last request", 8 * MINUTE, |_, _| {
                load.so_far().0 >= wanted
            })?;
            let (done, failed) = load.so_far();
            Ok(json!({"requests": done, "failed": failed}))
        })
    }

    /// Sends other expectations and waits until every task has confirmed them.
    fn push(&self, timeline: &mut Timeline<'_>, name: &str) -> Result<Value, Error> {
        self.write_expectations(name)?;
        let pushed = self.command(timeline, &["push"])?;
        let seconds = pushed["seconds"].as_f64().unwrap_or(f64::MAX);
        if pushed["confirmed"] != pushed["tasks"] || seconds > PUSH_WITHIN {
            return Err(Error::Rehearsal(format!("a push was too slow: {pushed}")));
        }
        Ok(json!({
            "confirmed": pushed["confirmed"],
            "tasks": pushed["tasks"],
            "seconds": (seconds * 10.0).round() / 10.0,
        }))
    }

    /// Takes one healthy task away and waits until another one is there.
    fn lose(
        &self,
        timeline: &mut Timeline<'_>,
        load: &LoadRun,
        take: impl FnOnce(&str) -> Result<(), automock_testkit::TestkitError>,
    ) -> Result<Value, Error> {
        let (_, before) = load.so_far();
        let state = timeline.catch_up()?;
        let victim = state.tasks.iter().find(|task| task.is_healthy());
        let victim = victim.ok_or_else(|| Error::Rehearsal("no task is healthy".into()))?;
        let id = victim.id.clone();
        take(&id)?;
        let gone = |state: &LiveState, _: &Timeline<'_>| {
            state.tasks.iter().all(|task| task.id != id)
                && state
                    .tasks
                    .iter()
                    .all(automock_testkit::LiveTask::is_healthy)
        };
        let took = timeline.wait("a replacement", 3 * MINUTE, gone)?;
        let (_, after) = load.so_far();
        Ok(json!({"replaced_after_seconds": took.as_secs(), "failed": after - before}))
    }

    fn expire(
        &self,
        timeline: &mut Timeline<'_>,
        founded: &automock_testkit::Census,
    ) -> Result<Value, Error> {
        let took = timeline.wait("the end of the stack", 10 * MINUTE, |_, _| {
            let now = self.emulator.census();
            now.is_ok_and(|now| now.diff(founded).is_empty())
        })?;
        let listed = self.command(timeline, &["list"])?;
        let is_listed = listed.to_string().contains("rehearsal-live");
        if is_listed {
            return Err(Error::Rehearsal(format!(
                "the stack is still listed: {listed}"
            )));
        }
        Ok(json!({"waited_seconds": took.as_secs(), "resources_left": 0}))
    }
}

fn healthy(state: &LiveState) -> usize {
    state.tasks.iter().filter(|task| task.is_healthy()).count()
}

fn address_of(state: &LiveState) -> Result<SocketAddr, Error> {
    let balancer = state.load_balancers.first();
    let address = balancer.and_then(|balancer| format!("{}:80", balancer.address).parse().ok());
    address.ok_or_else(|| Error::Rehearsal("there is no load balancer".into()))
}

/// Everything that the listener's rules promise to refuse.
fn refused(address: SocketAddr) -> Result<Value, Error> {
    let mut refusals = 0;
    for path in [
        "/mockserver/expectation",
        "/mockserver/dashboard",
        "/_mockserver_callback_websocket",
    ] {
        for method in ["GET", "PUT", "POST"] {
            refusals += expect(address, method, path, 403)?;
        }
    }
    for path in [
        "/expectation",
        "/openapi",
        "/clear",
        "/reset",
        "/retrieve",
        "/verify",
        "/verifySequence",
        "/status",
        "/bind",
        "/stop",
        "/crud",
        "/crud/pets",
        "/files/a",
        "/debugMismatch",
        "/configuration",
        "/grpc/a",
    ] {
        refusals += expect(address, "PUT", path, 403)?;
    }
    refusals += expect(
        address,
        "GET",
        "http://other.example/mockserver/status",
        403,
    )?;
    Ok(json!({"refused": refusals}))
}

/// One request with one expected status.
fn expect(address: SocketAddr, method: &str, target: &str, status: u16) -> Result<u64, Error> {
    let ask = || -> std::io::Result<String> {
        let mut stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(Duration::from_secs(10)))?;
        write!(
            stream,
            "{method} {target} HTTP/1.1\r\nhost: mock\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
        )?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    };
    let answer = ask().map_err(|error| Error::Rehearsal(format!("{method} {target}: {error}")))?;
    let found = answer.split(' ').nth(1).unwrap_or_default();
    if found == status.to_string() {
        return Ok(1);
    }
    Err(Error::Rehearsal(format!(
        "{method} {target} was answered with {found:?}, and {status} was expected"
    )))
}

/// How many requests each task has answered, by its last line.
fn counts(timeline: &Timeline<'_>) -> BTreeMap<String, u64> {
    let mut counts = BTreeMap::new();
    for event in &timeline.events {
        let Some(lines) = event.details["last_lines"].as_object() else {
            continue;
        };
        for line in lines.values().filter_map(Value::as_str) {
            let line: Value = serde_json::from_str(line).unwrap_or_default();
            if let (Some(requests), Some(task)) =
                (line["requests"].as_u64(), event.details["task"].as_str())
            {
                counts.insert(task.to_owned(), requests);
            }
        }
    }
    counts
}
