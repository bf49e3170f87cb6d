//! Everything that happens to a fleet while its clients go on.

use std::collections::BTreeSet;
use std::time::Duration;

use automock_testkit::{LiveState, LiveTask, Load, LoadReport, LoadRun};
use serde_json::{Value, json};

use super::arguments::RehearseArguments;
use super::project::{self, Version};
use super::stage::{LiveStage, healthy};
use super::timeline::Timeline;
use super::trouble::Trouble;
use crate::error::Error;

/// The most seconds from a push to the last task's confirmation.
const PUSH_WITHIN: f64 = 10.0;

/// The same for MockServer's loader, which starts the AWS CLI three times on a small share of a processor.
const LOADER_WITHIN: f64 = 120.0;

/// How long the load is on before anything happens.
const WARM_UP: Duration = Duration::from_secs(8);

/// Time to live from the rolling change on: a small fleet of the engine is through everything else by then, and
/// a large one, one that has to start Java, or one on a machine that has more to do, later.
const SHORT_TTL: &str = "7m";
const SMALL_TTL: &str = "6m";
const LARGE_TTL: &str = "12m";
const SMALL_FLEET: u32 = 4;

/// The exit code of a push that tasks refuse.
const REFUSED: i32 = 11;

/// How long each trouble of the storage lasts: several looks of every task.
const TROUBLE: Duration = Duration::from_secs(5);

const MINUTE: Duration = Duration::from_mins(1);

/// The fleet and its load.
pub(super) struct UnderLoad<'a> {
    stage: &'a LiveStage,
    arguments: &'a RehearseArguments,
    run: LoadRun,
    killed: BTreeSet<String>,
    /// Requests that a killed task was answering.
    excused: u64,
}

impl<'a> UnderLoad<'a> {
    pub(super) fn begin(
        stage: &'a LiveStage,
        arguments: &'a RehearseArguments,
        load: Load,
    ) -> Self {
        Self {
            stage,
            arguments,
            run: load.start(),
            killed: BTreeSet::new(),
            excused: 0,
        }
    }

    /// Ends the load: its report, the tasks that were killed, and how many failures that explains.
    pub(super) fn end(self) -> (LoadReport, BTreeSet<String>, u64) {
        (self.run.stop(), self.killed, self.excused)
    }

    pub(super) fn steps(&mut self, timeline: &mut Timeline<'_>) -> Result<(), Error> {
        let rate = self.arguments.rate();
        let title = format!("load: {rate} requests per second, half of them on new connections");
        timeline.step(&title, |timeline| {
            timeline.pass(WARM_UP)?;
            self.figures(json!({}))
        })?;
        timeline.step("push: every task confirms", |timeline| {
            self.push(timeline, "Bran")
        })?;
        // What the engine promises, and MockServer with its loader does not.
        let is_own = !self.arguments.is_mockserver();
        if is_own {
            timeline.step("push of what the engine refuses", |timeline| {
                self.push_refused(timeline)
            })?;
            for trouble in Trouble::ALL {
                timeline.step(trouble.title(), |timeline| self.trouble(timeline, trouble))?;
            }
        }
        let what = if is_own { "image" } else { "task size" };
        timeline.step(&format!("rolling change to another {what}"), |timeline| {
            self.roll(timeline)
        })?;
        timeline.step(
            "scale-out: twice the load, and a push while tasks start",
            |timeline| self.scale_out(timeline),
        )?;
        timeline.step("push while the fleet is large", |timeline| {
            self.push(timeline, "Cleo")
        })?;
        timeline.step("scale-in: the usual load again", |timeline| {
            self.scale_in(timeline)
        })?;
        if is_own {
            timeline.step(
                "Spot interruption: SIGTERM before the deregistration",
                |timeline| self.interrupt(timeline),
            )?;
        }
        timeline.step("a task is killed", |timeline| self.kill(timeline))?;
        timeline.step("the rest of the load", |timeline| {
            let wanted = self.arguments.wanted_requests();
            timeline.wait("the last request", 15 * MINUTE, |_, _| {
                self.run.so_far().0 >= wanted
            })?;
            self.figures(json!({}))
        })
    }

    /// Adds what the load has come to.
    fn figures(&self, mut figures: Value) -> Result<Value, Error> {
        let (done, failed) = self.run.so_far();
        figures["requests_so_far"] = done.into();
        figures["failed_so_far"] = failed.into();
        if failed > self.excused {
            let failures = self.run.failures();
            return Err(Error::Rehearsal(format!(
                "{} requests failed: {}",
                failed - self.excused,
                failures.join("; ")
            )));
        }
        Ok(figures)
    }

    /// Sends other expectations and waits until every task has confirmed them.
    fn push(&self, timeline: &mut Timeline<'_>, name: &str) -> Result<Value, Error> {
        self.stage.project.write_expectations(name)?;
        let pushed = self.stage.automock(timeline, &["push"])?;
        let seconds = pushed["seconds"].as_f64().unwrap_or(f64::MAX);
        let is_complete = pushed["confirmed"] == pushed["tasks"] && pushed["tasks"] != 0;
        let within = if self.arguments.is_mockserver() {
            LOADER_WITHIN
        } else {
            PUSH_WITHIN
        };
        if seconds > within || !is_complete {
            return Err(Error::Rehearsal(format!(
                "a push was too slow or not confirmed by every task: {pushed}"
            )));
        }
        self.figures(json!({
            "confirmed": pushed["confirmed"],
            "of_tasks": pushed["tasks"],
            "seconds_until_confirmed": (seconds * 10.0).round() / 10.0,
        }))
    }

    /// What every task refuses is reported with the engine's words, and what was served before stays.
    fn push_refused(&self, timeline: &mut Timeline<'_>) -> Result<Value, Error> {
        self.stage.project.write_refused()?;
        let (code, text) = self.stage.automock_fails(timeline, &["push"])?;
        let tasks = healthy(&timeline.catch_up()?);
        let says = |words: &str| text.contains(words);
        if code != Some(REFUSED) || !says(project::REFUSAL) || !says("previous revision") {
            return Err(Error::Rehearsal(format!(
                "a push that {tasks} tasks should refuse ended with {code:?}: {text}"
            )));
        }
        self.figures(json!({"exit_code": code, "tasks": tasks, "reason": project::REFUSAL}))
    }

    /// Storage fails while other expectations are sent: every task goes on, and gets them afterwards.
    fn trouble(&self, timeline: &mut Timeline<'_>, trouble: Trouble) -> Result<Value, Error> {
        self.stage.project.write_expectations(trouble.name())?;
        let emulator = &self.stage.emulator;
        for fault in trouble.faults() {
            emulator.fault(&fault)?;
        }
        let (pushed, struck) = std::thread::scope(|scope| {
            let end = scope.spawn(|| {
                std::thread::sleep(TROUBLE);
                let struck = emulator.struck_faults();
                emulator.clear_faults().and(struck)
            });
            let pushed = self.stage.automock(timeline, &["push"]);
            let struck = end
                .join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            Ok::<_, Error>((pushed?, struck?))
        })?;
        let seconds = pushed["seconds"].as_f64().unwrap_or(f64::MAX);
        let tasks = self.arguments.tasks as usize;
        if pushed["confirmed"] != pushed["tasks"] || struck < tasks {
            return Err(Error::Rehearsal(format!(
                "{struck} calls failed, and each of {tasks} tasks should have met one and confirmed afterwards: \
                 {pushed}"
            )));
        }
        self.figures(json!({
            "seconds_of_trouble": TROUBLE.as_secs(),
            "calls_that_failed": struck,
            "confirmed": pushed["confirmed"],
            "of_tasks": pushed["tasks"],
            "seconds_until_confirmed": (seconds * 10.0).round() / 10.0,
        }))
    }

    fn roll(&self, timeline: &mut Timeline<'_>) -> Result<Value, Error> {
        let before = revision(&timeline.catch_up()?);
        let is_small = self.arguments.tasks <= SMALL_FLEET && !self.arguments.is_mockserver();
        let ttl = match (is_small, self.arguments.short) {
            (true, true) => SHORT_TTL,
            (true, false) => SMALL_TTL,
            (false, _) => LARGE_TTL,
        };
        // What is served changes with who serves it: tasks that are replaced have no say in it.
        self.stage.project.write_expectations("Rosa")?;
        self.stage.project.write(ttl, Version::Second)?;
        self.stage.deploy(timeline, 1)?;
        let state = timeline.catch_up()?;
        let after = revision(&state);
        if before == after {
            return Err(Error::Rehearsal(format!("the tasks still run {after:?}")));
        }
        self.figures(json!({"healthy_tasks": healthy(&state), "from": before, "to": after}))
    }

    fn scale_out(&self, timeline: &mut Timeline<'_>) -> Result<Value, Error> {
        let (usual, most) = (self.arguments.tasks, self.stage.project.most_tasks());
        self.run.set_rate(self.arguments.rate() * 2);
        let first = timeline.wait("the first task of a scale-out", 5 * MINUTE, |state, _| {
            state.tasks.len() > usual as usize
        })?;
        let starting = timeline.catch_up()?.tasks.len() - healthy(&timeline.catch_up()?) as usize;
        let mut figures = self.push(timeline, "Dana")?;
        let rest = timeline.wait("a scale-out", 5 * MINUTE, |state, _| healthy(state) >= most)?;
        figures["tasks_that_started_during_the_push"] = starting.into();
        figures["healthy_tasks"] = most.into();
        figures["seconds_until_the_first_task"] = first.as_secs().into();
        figures["seconds_from_the_push_until_healthy"] = rest.as_secs().into();
        self.figures(figures)
    }

    fn scale_in(&self, timeline: &mut Timeline<'_>) -> Result<Value, Error> {
        let least = self.arguments.tasks;
        self.run.set_rate(self.arguments.rate());
        let took = timeline.wait("a scale-in", 6 * MINUTE, |state, _| {
            healthy(state) == least && state.tasks.len() == least as usize
        })?;
        self.figures(json!({"healthy_tasks": least, "seconds": took.as_secs()}))
    }

    fn interrupt(&self, timeline: &mut Timeline<'_>) -> Result<Value, Error> {
        let victim = a_healthy_task(&timeline.catch_up()?)?;
        let in_flight = self.stage.emulator.interrupt_task(&victim)?;
        let took = self.replaced(timeline, &victim)?;
        self.figures(json!({
            "requests_in_flight": in_flight,
            "seconds_until_replaced": took.as_secs(),
        }))
    }

    /// Costs at most what the task was answering.
    fn kill(&mut self, timeline: &mut Timeline<'_>) -> Result<Value, Error> {
        let victim = a_healthy_task(&timeline.catch_up()?)?;
        let (_, before) = self.run.so_far();
        let in_flight = self.stage.emulator.kill_task(&victim)?;
        self.killed.insert(victim.clone());
        let took = self.replaced(timeline, &victim)?;
        let (_, after) = self.run.so_far();
        let failed = after - before;
        if failed > in_flight {
            return Err(Error::Rehearsal(format!(
                "a killed task was answering {in_flight} requests, and {failed} failed: {}",
                self.run.failures().join("; ")
            )));
        }
        self.excused += failed;
        self.figures(json!({
            "requests_in_flight": in_flight,
            "failed": failed,
            "seconds_until_replaced": took.as_secs(),
        }))
    }

    /// Waits until a task is gone and the fleet is complete again.
    fn replaced(&self, timeline: &mut Timeline<'_>, victim: &str) -> Result<Duration, Error> {
        let wanted = self.arguments.tasks;
        timeline.wait("a replacement", 4 * MINUTE, |state, _| {
            let is_gone = state.tasks.iter().all(|task| task.id != victim);
            is_gone && healthy(state) >= wanted
        })
    }
}

fn a_healthy_task(state: &LiveState) -> Result<String, Error> {
    let found = state.tasks.iter().find(|task| task.is_healthy());
    found
        .map(|task| task.id.clone())
        .ok_or_else(|| Error::Rehearsal("no task is healthy".into()))
}

/// The task definitions that run.
fn revision(state: &LiveState) -> Vec<String> {
    let running = state.tasks.iter().filter(|task| LiveTask::is_healthy(task));
    let found: BTreeSet<_> = running.map(|task| task.task_definition.clone()).collect();
    found.into_iter().collect()
}
