//! The way to a client.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::mpsc::Sender;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::oneshot;
use uuid::Uuid;

use super::{CallbackLimits, Question, Reply};

/// The way to a client. While somebody holds it the client is not dismissed.
#[derive(Clone, Debug)]
pub struct Line {
    pub(super) client_id: Arc<str>,
    pub(super) calls: Sender<Call>,
    pub(super) queued: Arc<AtomicUsize>,
    pub(super) limits: CallbackLimits,
}

/// A question on its way to a client.
#[derive(Debug)]
pub struct Call {
    /// Ties the answer to the question.
    pub correlation: String,
    /// The message to send.
    pub message: String,
    /// Who waits for the answer.
    pub reply: oneshot::Sender<Reply>,
    /// The bytes that it holds until it is sent.
    pub weight: Weight,
}

/// Why a client gives no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Silence {
    /// It is not connected.
    #[error("is not connected")]
    Gone,
    /// It took too long.
    #[error("did not answer in time")]
    Late,
    /// Too much waits to be sent.
    #[error("cannot keep up: too many requests wait for it")]
    Busy,
}

impl Line {
    /// What the client is called by.
    #[must_use]
    pub fn client_id(&self) -> &str {
        &self.client_id
    }

    /// Asks the client.
    ///
    /// # Errors
    /// Why there is no answer.
    pub async fn ask(&self, question: &Question) -> Result<Reply, Silence> {
        let correlation = Uuid::new_v4().to_string();
        let message = question.to_message(&correlation);
        let weight = Weight::take(&self.queued, message.len(), self.limits.queued_bytes);
        let (reply, answered) = oneshot::channel();
        let call = Call {
            correlation,
            message,
            reply,
            weight: weight.ok_or(Silence::Busy)?,
        };
        self.calls.try_send(call).map_err(|error| match error {
            TrySendError::Full(_) => Silence::Busy,
            TrySendError::Closed(_) => Silence::Gone,
        })?;
        match tokio::time::timeout(self.limits.timeout, answered).await {
            Ok(Ok(reply)) => Ok(reply),
            Ok(Err(_)) => Err(Silence::Gone),
            Err(_) => Err(Silence::Late),
        }
    }
}

/// Bytes that are counted until it is dropped.
#[derive(Debug)]
pub struct Weight {
    queued: Arc<AtomicUsize>,
    bytes: usize,
}

impl Weight {
    fn take(queued: &Arc<AtomicUsize>, bytes: usize, limit: usize) -> Option<Self> {
        let before = queued.fetch_add(bytes, Ordering::Relaxed);
        let weight = Self {
            queued: Arc::clone(queued),
            bytes,
        };
        (before.saturating_add(bytes) <= limit).then_some(weight)
    }
}

impl Drop for Weight {
    fn drop(&mut self) {
        self.queued.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}
