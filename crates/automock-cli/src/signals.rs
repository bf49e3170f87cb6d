//! Ctrl-C and SIGTERM: the first asks the run to stop in good order.

use automock_stack::CancellationToken;

use crate::printer::Printer;

/// A token that the first SIGINT or SIGTERM cancels.
///
/// Terraform is in a process group of its own, so that a Ctrl-C in the terminal reaches it only
/// through the library, once and gracefully. A second signal ends this process at once; terraform
/// then goes on by itself, stores its state and releases its lock.
pub(crate) fn cancel_on_signal(printer: Printer) -> CancellationToken {
    let token = CancellationToken::new();
    let cancelled = token.clone();
    tokio::spawn(async move {
        wait_for_signal().await;
        printer.warning(
            "stopping; terraform finishes what it has begun and stores its state (again to leave at once)",
        );
        cancelled.cancel();
        wait_for_signal().await;
        std::process::exit(i32::from(crate::exit::INTERRUPTED));
    });
    token
}

/// Returns with the next SIGINT or SIGTERM.
pub(crate) async fn wait_for_signal() {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut interrupt), Ok(mut terminate)) = (
        signal(SignalKind::interrupt()),
        signal(SignalKind::terminate()),
    ) else {
        // Without handlers the signals keep their default effect: the process ends.
        return std::future::pending().await;
    };
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
}
