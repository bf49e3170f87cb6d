//! What the rehearsal prints while it runs, and the figures that it keeps.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use automock_testkit::Emulator;
use serde_json::{Map, Value, json};

use crate::error::Error;
use crate::printer;

/// How often the fleet is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// The rehearsal's clock, its events, and the figures of each step.
pub(super) struct Timeline<'a> {
    emulator: &'a Emulator,
    started: Instant,
    /// The same for events, which have the time of day.
    began_at: f64,
    /// The number of the next event to print.
    next: u64,
    /// All events of the fleet so far.
    pub(super) events: Vec<automock_testkit::LiveEvent>,
    /// The task behind each name that the load balancers gave to one.
    pub(super) servers: BTreeMap<String, String>,
    steps: Vec<Value>,
}

impl<'a> Timeline<'a> {
    pub(super) fn new(emulator: &'a Emulator) -> Self {
        Self {
            emulator,
            started: Instant::now(),
            began_at: seconds_since_1970(),
            next: 0,
            events: Vec::new(),
            servers: BTreeMap::new(),
            steps: Vec::new(),
        }
    }

    /// Prints a line with the time.
    pub(super) fn say(&self, line: impl Display) {
        say_at(self.started.elapsed(), line);
    }

    /// Does something that takes a while, printing what happens in the fleet meanwhile.
    pub(super) fn while_it_runs<T: Send>(
        &mut self,
        action: impl FnOnce() -> Result<T, Error> + Send,
    ) -> Result<T, Error> {
        thread::scope(|scope| {
            let running = scope.spawn(action);
            while !running.is_finished() {
                self.catch_up()?;
                thread::sleep(LOOK_EVERY);
            }
            running
                .join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        })
    }

    /// Does a step: says its name, and keeps how long it took with its figures.
    pub(super) fn step(
        &mut self,
        name: &str,
        action: impl FnOnce(&mut Self) -> Result<Value, Error>,
    ) -> Result<(), Error> {
        self.say(format_args!("── {name}"));
        let began = Instant::now();
        let figures = action(self)?;
        self.catch_up()?;
        let seconds = began.elapsed().as_secs_f64();
        if !figures.is_null() {
            self.say(format_args!("   {}", in_words(&figures)));
        }
        self.steps.push(json!({
            "step": name,
            "seconds": (seconds * 10.0).round() / 10.0,
            "figures": figures,
        }));
        Ok(())
    }

    /// Prints what has happened in the fleet since the last look.
    pub(super) fn catch_up(&mut self) -> Result<automock_testkit::LiveState, Error> {
        let state = self.emulator.live(self.next)?;
        for event in &state.events {
            self.next = event.number + 1;
            let at = Duration::from_secs_f64((event.at - self.began_at).max(0.0));
            say_at(at, format_args!("   · {}", event.text));
            self.events.push(event.clone());
        }
        for task in &state.tasks {
            let names = task.servers.iter();
            self.servers
                .extend(names.map(|name| (name.clone(), task.id.clone())));
        }
        Ok(state)
    }

    /// Lets some time pass, printing what happens.
    pub(super) fn pass(&mut self, time: Duration) -> Result<(), Error> {
        let began = Instant::now();
        while began.elapsed() < time {
            self.catch_up()?;
            thread::sleep(LOOK_EVERY);
        }
        Ok(())
    }

    /// A detail of the first event of a kind that has it.
    pub(super) fn first_detail(&self, kind: &str, name: &str) -> Value {
        let mut events = self.events.iter().filter(|event| event.kind == kind);
        let found = events.find(|event| !event.details[name].is_null());
        found.map_or(Value::Null, |event| event.details[name].clone())
    }

    /// Waits for something in the fleet, printing what happens meanwhile.
    pub(super) fn wait(
        &mut self,
        what: &str,
        patience: Duration,
        mut is_so: impl FnMut(&automock_testkit::LiveState, &Self) -> bool,
    ) -> Result<Duration, Error> {
        let began = Instant::now();
        loop {
            let state = self.catch_up()?;
            if is_so(&state, self) {
                return Ok(began.elapsed());
            }
            if began.elapsed() > patience {
                return Err(Error::Rehearsal(format!(
                    "{what} did not come within {} s",
                    patience.as_secs()
                )));
            }
            thread::sleep(LOOK_EVERY);
        }
    }

    /// The end: a table of the steps, and all figures.
    pub(super) fn finish(&self) -> Value {
        printer::progress("");
        for step in &self.steps {
            printer::progress(format_args!(
                "{:>7.1} s  {}",
                step["seconds"].as_f64().unwrap_or_default(),
                step["step"].as_str().unwrap_or_default(),
            ));
        }
        let seconds = self.started.elapsed().as_secs_f64();
        printer::progress(format_args!("{seconds:>7.1} s  in all"));
        json!({"seconds": seconds, "steps": self.steps})
    }
}

fn say_at(at: Duration, line: impl Display) {
    let seconds = at.as_secs();
    printer::progress(format_args!(
        "{:>2}:{:02}  {line}",
        seconds / 60,
        seconds % 60
    ));
}

fn seconds_since_1970() -> f64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.unwrap_or_default().as_secs_f64()
}

/// `{"a": 1, "b_c": 2}` as `a 1, b c 2`.
fn in_words(figures: &Value) -> String {
    let none = Map::new();
    let members = figures.as_object().unwrap_or(&none).iter();
    let words = members.map(|(name, value)| format!("{} {value}", name.replace('_', " ")));
    words.collect::<Vec<_>>().join(", ")
}
