//! The way from the runner to the caller.

use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};

use super::Message;

/// Where the runner sends its messages.
///
/// The channel is unbounded, so that a slow reader never holds terraform up, and a reader that
/// went away does not disturb the run.
#[derive(Clone, Debug, Default)]
pub struct Events(Option<UnboundedSender<Message>>);

impl Events {
    /// A channel: the runner's end and the caller's end.
    #[must_use]
    pub fn channel() -> (Self, UnboundedReceiver<Message>) {
        let (sender, receiver) = mpsc::unbounded_channel();
        (Self(Some(sender)), receiver)
    }

    /// For callers who want the outcome only.
    #[must_use]
    pub fn none() -> Self {
        Self(None)
    }

    pub(crate) fn send(&self, message: &Message) {
        if let Some(sender) = &self.0 {
            // A closed channel means that the caller stopped listening, which is its right.
            let _ = sender.send(message.clone());
        }
    }
}

impl From<UnboundedSender<Message>> for Events {
    fn from(sender: UnboundedSender<Message>) -> Self {
        Self(Some(sender))
    }
}
