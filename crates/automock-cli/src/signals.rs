//! Ctrl-C and SIGTERM: the first asks the run to stop in good order.

use automock_stack::CancellationToken;
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::printer::Printer;

/// A token that the first SIGINT or SIGTERM cancels.
///
/// Terraform is in a process group of its own, so that a Ctrl-C in the terminal reaches it only
/// through the library, once and gracefully. A second signal ends this process at once; terraform
/// then goes on by itself, stores its state and releases its lock.
pub(crate) fn cancel_on_signal(printer: Printer) -> CancellationToken {
    let token = CancellationToken::new();
    let cancelled = token.clone();
    let mut signals = Signals::listen();
    tokio::spawn(async move {
        signals.next().await;
        printer.warning(
            "stopping; terraform finishes what it has begun and stores its state (again to leave at once)",
        );
        cancelled.cancel();
        signals.next().await;
        std::process::exit(i32::from(crate::exit::INTERRUPTED));
    });
    token
}

/// SIGINT and SIGTERM from now on. Without handlers they keep their default effect: the process ends.
#[derive(Debug)]
pub(crate) struct Signals(Option<(Signal, Signal)>);

impl Signals {
    /// Takes the signals that come from now on, whether somebody waits for them already or not.
    pub(crate) fn listen() -> Self {
        let interrupt = signal(SignalKind::interrupt());
        let terminate = signal(SignalKind::terminate());
        Self(
            interrupt
                .and_then(|interrupt| Ok((interrupt, terminate?)))
                .ok(),
        )
    }

    /// Returns with the next of them.
    pub(crate) async fn next(&mut self) {
        let Some((interrupt, terminate)) = &mut self.0 else {
            return std::future::pending().await;
        };
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    }
}
