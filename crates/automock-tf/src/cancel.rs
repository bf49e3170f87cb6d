//! How a caller stops a run.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

/// How a caller stops a run.
///
/// Cancelling interrupts terraform once, as Ctrl-C would: it starts nothing new, waits for what
/// is under way, stores its state and releases the lock. Only when the grace period is over, or
/// when the caller insists through [`Cancel::or_kill_on`], is it killed.
#[derive(Clone, Debug)]
pub struct Cancel {
    pub(crate) graceful: CancellationToken,
    pub(crate) hard: CancellationToken,
    pub(crate) grace: Duration,
}

impl Cancel {
    /// The grace period unless the caller sets another: long enough for a load balancer or a NAT
    /// gateway, which take minutes and can't be given up half-way without losing track of them.
    pub const DEFAULT_GRACE: Duration = Duration::from_mins(5);

    /// Stops the run when the token is cancelled.
    #[must_use]
    pub fn on(token: CancellationToken) -> Self {
        Self {
            graceful: token,
            hard: CancellationToken::new(),
            grace: Self::DEFAULT_GRACE,
        }
    }

    /// Lets the run go to its end.
    #[must_use]
    pub fn never() -> Self {
        Self::on(CancellationToken::new())
    }

    /// Sets how long terraform may take to stop by itself.
    #[must_use]
    pub fn with_grace(mut self, grace: Duration) -> Self {
        self.grace = grace;
        self
    }

    /// Kills the run at once when this second token is cancelled, such as at a second Ctrl-C.
    #[must_use]
    pub fn or_kill_on(mut self, token: CancellationToken) -> Self {
        self.hard = token;
        self
    }
}

impl Default for Cancel {
    fn default() -> Self {
        Self::never()
    }
}

impl From<CancellationToken> for Cancel {
    fn from(token: CancellationToken) -> Self {
        Self::on(token)
    }
}
