//! What clients may do at most.

use std::time::Duration;

/// What clients that answer requests may do at most.
#[derive(Clone, Copy, Debug)]
pub struct CallbackLimits {
    /// Clients at the same time; more are refused. `MockServer`'s `maxWebSocketExpectations`.
    pub clients: usize,
    /// How long a client may take for an answer.
    pub timeout: Duration,
    /// How often a client is asked whether it lives. It is given up when it says nothing for three
    /// times as long.
    pub ping: Duration,
    /// Questions that wait to be sent to one client.
    pub questions: usize,
    /// Bytes of questions that wait to be sent to all clients together.
    pub queued_bytes: usize,
    /// Bytes of an answer.
    pub message_bytes: usize,
}

impl Default for CallbackLimits {
    fn default() -> Self {
        Self {
            clients: 1_500,
            timeout: Duration::from_secs(20),
            ping: Duration::from_secs(20),
            questions: 1_024,
            queued_bytes: 256 << 20,
            message_bytes: 64 << 20,
        }
    }
}
