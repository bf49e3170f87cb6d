//! The end of the program: readiness fails, then no connection is accepted any more, then requests in
//! progress get their time, then the counts are written.

use std::time::Duration;

use automock_server::engine::Engine;
use automock_server::http::{Server, Stop, Stopped};
use serde_json::json;
use tokio::runtime::{self, Runtime};
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::log;
use crate::metrics::Writer;

/// How often to look whether a client has stopped the server.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// How long each part of stopping takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Times {
    /// Readiness fails, and everything is served.
    pub(crate) drain: Duration,
    /// No connection is accepted any more, and requests in progress may end.
    pub(crate) grace: Duration,
}

/// Waits for the end. It has to exist before the server does: whoever reads that it serves may end it at once.
pub(crate) struct End {
    runtime: Runtime,
    signals: Signals,
}

impl End {
    /// Takes signals from now on.
    ///
    /// # Errors
    /// When signals cannot be received.
    pub(crate) fn listen() -> std::io::Result<Self> {
        let runtime = runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let signals = {
            let _entered = runtime.enter();
            Signals::listen()?
        };
        Ok(Self { runtime, signals })
    }

    /// Serves until a signal comes or a client stops the server, and stops in good order.
    pub(crate) fn wait(
        mut self,
        server: Server,
        engine: &Engine,
        times: Times,
        metrics: Option<Writer>,
    ) {
        let stopped = self.runtime.block_on(async {
            let reason = self.signals.reason(&server).await;
            log::write(
                "stopping",
                json!({
                    "reason": reason.words(),
                    "drain_seconds": reason.drain(times).as_secs(),
                    "grace_seconds": times.grace.as_secs(),
                }),
            );
            stop(server, reason, times, &mut self.signals).await
        });
        // Lines about the last requests come before the line that says that there are no more.
        drop(metrics);
        tell(engine, stopped, times);
    }
}

async fn stop(server: Server, reason: Reason, times: Times, signals: &mut Signals) -> Stopped {
    server.drain();
    let mut is_at_once = false;
    tokio::select! {
        () = tokio::time::sleep(reason.drain(times)) => {}
        () = signals.next() => is_at_once = true,
    }
    let stopper = server.stopper();
    let order = if is_at_once {
        Stop::AT_ONCE
    } else {
        reason.order(times)
    };
    let ending = tokio::task::spawn_blocking(move || server.stop(order));
    tokio::pin!(ending);
    loop {
        tokio::select! {
            ended = &mut ending => return ended.unwrap_or_default(),
            () = signals.next() => stopper.stop(Stop::AT_ONCE),
        }
    }
}

fn tell(engine: &Engine, stopped: Stopped, times: Times) {
    if stopped.cut > 0 {
        log::write(
            "cut",
            json!({
                "requests": stopped.cut,
                "reason": format!(
                    "they were in progress {} s after the server had stopped accepting connections",
                    times.grace.as_secs(),
                ),
                "hint": "give them more time with AUTOMOCK_GRACE_SECONDS, and the container with stopTimeout",
            }),
        );
    }
    let counters = engine.journal().counters();
    let (matched, unmatched) = (counters.matched(), counters.unmatched());
    log::write(
        "stopped",
        json!({
            "requests": matched + unmatched,
            "matched": matched,
            "unmatched": unmatched,
            "refused": counters.refused(),
            "cut": stopped.cut,
        }),
    );
}

/// Why it stops.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reason {
    Terminated,
    Interrupted,
    Client,
}

impl Reason {
    fn words(self) -> &'static str {
        match self {
            Self::Terminated => "terminated",
            Self::Interrupted => "interrupted",
            Self::Client => "stopped by a client",
        }
    }

    /// Load balancers are behind SIGTERM; a person at a terminal waits for nobody.
    fn drain(self, times: Times) -> Duration {
        match self {
            Self::Terminated => times.drain,
            Self::Interrupted | Self::Client => Duration::ZERO,
        }
    }

    fn order(self, times: Times) -> Stop {
        let Times { grace, .. } = times;
        match self {
            Self::Terminated => Stop { grace, idle: grace },
            Self::Interrupted | Self::Client => grace.into(),
        }
    }
}

struct Signals {
    terminated: Signal,
    interrupted: Signal,
}

impl Signals {
    fn listen() -> std::io::Result<Self> {
        Ok(Self {
            terminated: signal(SignalKind::terminate())?,
            interrupted: signal(SignalKind::interrupt())?,
        })
    }

    async fn reason(&mut self, server: &Server) -> Reason {
        tokio::select! {
            _ = self.terminated.recv() => Reason::Terminated,
            _ = self.interrupted.recv() => Reason::Interrupted,
            () = ended(server) => Reason::Client,
        }
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminated.recv() => {}
            _ = self.interrupted.recv() => {}
        }
    }
}

async fn ended(server: &Server) {
    while !server.is_stopped() {
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_sigterm_waits_for_load_balancers() {
        let seconds = Duration::from_secs;
        let times = Times {
            drain: seconds(20),
            grace: seconds(8),
        };
        let told = |reason: Reason| (reason.drain(times), reason.order(times).idle);
        assert_eq!(told(Reason::Terminated), (seconds(20), seconds(8)));
        assert_eq!(told(Reason::Interrupted), (seconds(0), seconds(0)));
        assert_eq!(told(Reason::Client), (seconds(0), seconds(0)));
    }
}
