//! Structured logs: one line of JSON per event, on standard output, where Lambda picks them up.

use automock_model::StackId;
use automock_ttl::reaper::{Event, ReaperError, Tick};
use tracing::{Level, error, info, warn};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::Outcome;
use crate::error::chain;
use crate::line::Line;

/// Sends the process's events to standard output. A second call does nothing.
pub(crate) fn init() {
    let lines = tracing_subscriber::fmt::layer()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_span_list(false)
        .with_target(false);
    // The libraries below speak of single requests; only their trouble is worth a line.
    let loud = Targets::new()
        .with_default(Level::WARN)
        .with_target("automock_lambda", Level::INFO);
    // An error means that there already is a subscriber.
    drop(
        tracing_subscriber::registry()
            .with(lines)
            .with(loud)
            .try_init(),
    );
}

/// Writes the lines of one tick.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TickLog<'a> {
    stack: &'a str,
    run: &'a str,
}

impl<'a> TickLog<'a> {
    pub(crate) fn new(stack: &'a StackId, run: &'a str) -> Self {
        let stack = stack.as_str();
        Self { stack, run }
    }

    /// Something happened.
    pub(crate) fn event(&self, event: &Event) {
        let Self { stack, run } = self;
        let Line {
            message,
            resource,
            state,
            error,
        } = Line::of(event);
        let resource = resource.as_deref();
        if let Some(error) = error {
            warn!(stack, run, resource, state, error, "{message}");
        } else {
            info!(stack, run, resource, state, "{message}");
        }
    }

    /// The tick has ended.
    pub(crate) fn end(&self, ended: &Result<Tick, ReaperError>) {
        let Self { stack, run } = self;
        match ended {
            Ok(tick) => info!(
                stack,
                run,
                outcome = tick.word(),
                "{}",
                Outcome::words(tick)
            ),
            Err(error) => error!(stack, run, error = chain(error), "the tick failed"),
        }
    }
}
