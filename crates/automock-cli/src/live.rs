//! The live display of a run: one changing block on a terminal, plain lines elsewhere.

use std::fmt::Write as _;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use automock_stack::progress::{Progress, in_words};
use automock_stack::{Event, Events, RemovalProgress};
use indicatif::{ProgressBar, ProgressStyle};

use crate::printer::Printer;

/// Changes shown at once; more would scroll on a small terminal.
const SHOWN: usize = 5;
/// Without a terminal, progress is said at most this often.
const QUIET_INTERVAL: Duration = Duration::from_secs(15);
/// Without a terminal, what a teardown waits for is said at most this often.
const WAITING_INTERVAL: Duration = Duration::from_secs(30);

/// Shows the events of a run until it is dropped.
pub(crate) struct Live {
    display: Arc<Mutex<Display>>,
}

impl Live {
    pub(crate) fn new(printer: Printer) -> Self {
        Self {
            display: Arc::new(Mutex::new(Display::new(printer))),
        }
    }

    /// The sink to hand to the library.
    pub(crate) fn events(&self) -> Events {
        let display = Arc::clone(&self.display);
        Events::new(move |event| lock(&display).show(&event))
    }

    /// Takes the changing block away, so that something else can be printed.
    pub(crate) fn clear(&self) {
        lock(&self.display).clear();
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        self.clear();
    }
}

/// A panic while drawing must not take the run down with it.
fn lock(display: &Mutex<Display>) -> std::sync::MutexGuard<'_, Display> {
    display.lock().unwrap_or_else(PoisonError::into_inner)
}

struct Display {
    printer: Printer,
    bar: Option<ProgressBar>,
    last: Option<(String, Instant)>,
    /// When it was last said what a teardown waits for.
    waiting: Option<Instant>,
}

impl Display {
    fn new(printer: Printer) -> Self {
        Self {
            printer,
            bar: None,
            last: None,
            waiting: None,
        }
    }

    fn show(&mut self, event: &Event) {
        match event {
            Event::Step { what } => {
                self.clear();
                self.printer.step(what);
            }
            Event::Detail { text } => self.printer.detail(text),
            Event::Warning { text } => {
                self.clear();
                self.printer.warning(text);
            }
            Event::Progress(progress) => self.block(&progress_text(progress)),
            Event::Health {
                healthy,
                wanted,
                running,
                pending,
                reason,
            } => {
                let why = reason
                    .as_deref()
                    .map_or(String::new(), |why| format!(": {why}"));
                self.block(&format!(
                    "tasks: {pending} pending, {running} running, {healthy} of {wanted} healthy{why}"
                ));
            }
            Event::Confirmed { tasks, of } => {
                self.block(&format!("{tasks} of {of} tasks serve the new revision"));
            }
            Event::Removal { resource, state } => {
                self.clear();
                self.printer.note(format_args!("    {resource}: {state}"));
            }
            Event::Removals(progress) => self.removals(progress),
            _ => {}
        }
    }

    fn block(&mut self, text: &str) {
        if self.printer.is_interactive() {
            let bar = self.bar.get_or_insert_with(spinner);
            bar.set_message(text.to_owned());
            return;
        }
        let first = text.lines().next().unwrap_or_default().to_owned();
        let due = self
            .last
            .as_ref()
            .is_none_or(|(shown, at)| at.elapsed() >= QUIET_INTERVAL && *shown != first);
        if due {
            self.printer.note(format_args!("    {first}"));
            self.last = Some((first, Instant::now()));
        }
    }

    /// Each removal is a line of its own already, so without a terminal this is only said now and
    /// then.
    fn removals(&mut self, progress: &RemovalProgress) {
        if self.printer.is_interactive() {
            self.block(&removals_text(progress));
            return;
        }
        let began = *self.waiting.get_or_insert_with(Instant::now);
        if began.elapsed() >= WAITING_INTERVAL {
            self.waiting = Some(Instant::now());
            self.printer
                .note(format_args!("    {}", removals_line(progress)));
        }
    }

    fn clear(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
        self.last = None;
    }
}

fn spinner() -> ProgressBar {
    let style = ProgressStyle::with_template("{spinner:.cyan} {msg}")
        .unwrap_or_else(|_| ProgressStyle::default_spinner());
    let bar = ProgressBar::new_spinner().with_style(style);
    bar.enable_steady_tick(Duration::from_millis(120));
    bar
}

/// `12 of 40 resources are gone, 1m 12s` and what the others wait for.
fn removals_text(progress: &RemovalProgress) -> String {
    let mut text = gone(progress);
    for waiting in progress.waiting.iter().take(SHOWN) {
        let _ = write!(text, "\n    {}: {}", waiting.resource, waiting.because);
    }
    if progress.waiting.len() > SHOWN {
        let _ = write!(text, "\n    and {} more", progress.waiting.len() - SHOWN);
    }
    text
}

/// The same on one line.
fn removals_line(progress: &RemovalProgress) -> String {
    let mut text = gone(progress);
    if let Some(first) = progress.waiting.first() {
        let _ = write!(text, "; {}: {}", first.resource, first.because);
    }
    if progress.waiting.len() > 1 {
        let _ = write!(text, ", and {} more", progress.waiting.len() - 1);
    }
    text
}

fn gone(progress: &RemovalProgress) -> String {
    let elapsed = in_words(Duration::from_secs_f64(progress.elapsed_seconds));
    format!(
        "{} of {} resources are gone, {elapsed}",
        progress.gone, progress.total
    )
}

/// `37 of 84 resources, 1m 12s` and the changes under way.
fn progress_text(progress: &Progress) -> String {
    let elapsed = in_words(Duration::from_secs_f64(progress.elapsed_seconds));
    let mut text = format!(
        "{} of {} resources, {elapsed}",
        progress.done, progress.total
    );
    if progress.failed > 0 {
        let _ = write!(text, ", {} failed", progress.failed);
    }
    for running in progress.running.iter().take(SHOWN) {
        let elapsed = in_words(Duration::from_secs_f64(running.elapsed_seconds));
        let _ = write!(
            text,
            "\n    {} {} ({elapsed})",
            running.action, running.address
        );
    }
    if progress.running.len() > SHOWN {
        let _ = write!(text, "\n    and {} more", progress.running.len() - SHOWN);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use automock_stack::Waiting;
    use automock_stack::progress::Running;

    #[test]
    fn says_what_a_teardown_waits_for() {
        let waiting = |resource: &str, because: &str| Waiting {
            resource: resource.into(),
            because: because.into(),
        };
        let progress = RemovalProgress {
            gone: 38,
            total: 40,
            waiting: vec![
                waiting("NAT gateway nat-1", "removing"),
                waiting("elastic IP eip-1", "waits for NAT gateway nat-1"),
            ],
            elapsed_seconds: 72.0,
        };
        assert_eq!(
            removals_text(&progress),
            "38 of 40 resources are gone, 1m 12s\n    NAT gateway nat-1: removing\n    \
             elastic IP eip-1: waits for NAT gateway nat-1"
        );
        assert_eq!(
            removals_line(&progress),
            "38 of 40 resources are gone, 1m 12s; NAT gateway nat-1: removing, and 1 more"
        );
    }

    #[test]
    fn says_done_total_current_and_elapsed() {
        let progress = Progress {
            done: 37,
            total: 84,
            failed: 0,
            running: vec![Running {
                address: "module.networking.aws_nat_gateway.this[0]".into(),
                action: "creating",
                elapsed_seconds: 41.0,
            }],
            elapsed_seconds: 72.0,
        };
        assert_eq!(
            progress_text(&progress),
            "37 of 84 resources, 1m 12s\n    creating module.networking.aws_nat_gateway.this[0] (41s)"
        );
    }
}
