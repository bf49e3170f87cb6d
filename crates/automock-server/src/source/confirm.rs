//! Confirming in S3 which revision this server serves.

use std::future::pending;
use std::time::Duration;

use automock_model::Revision;
use aws_sdk_s3::Client;
use aws_sdk_s3::primitives::ByteStream;
use serde_json::json;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

use super::object::reason;
use super::{ObjectAddress, SourceEvent};

/// How long until a failed confirmation is tried again: a little longer each time, up to the last.
const RETRY_AFTER: [Duration; 4] = [
    Duration::from_millis(500),
    Duration::from_secs(2),
    Duration::from_secs(5),
    Duration::from_secs(15),
];

/// A bucket may remove confirmations after a day, and whoever pushes the same content again relies on them.
const RENEW_AFTER: Duration = Duration::from_hours(12);

/// The most bytes of a reason.
const LONGEST_REASON: usize = 4 << 10;

/// Where confirmations go: `s3://bucket/prefix`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectPrefix(ObjectAddress);

/// What there is to confirm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Confirmation {
    Serving {
        revision: Revision,
        expectations: usize,
    },
    Refused {
        revision: Revision,
        reason: String,
    },
}

/// Writes one small object for each revision that this server serves or refuses:
/// `<prefix>/<revision>/<server>` or `<prefix>/<revision>/refused/<server>`, each with the same in JSON.
#[derive(Clone, Debug)]
pub struct Confirmer {
    client: Client,
    prefix: ObjectPrefix,
    server: String,
}

impl std::str::FromStr for ObjectPrefix {
    type Err = super::NotAnObject;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.trim_end_matches('/').parse().map(Self)
    }
}

impl Confirmer {
    /// Confirms as `server`, which is the task's id on ECS. No two servers of a fleet may share it.
    #[must_use]
    pub fn new(client: Client, prefix: ObjectPrefix, server: String) -> Self {
        Self {
            client,
            prefix,
            server,
        }
    }

    /// Confirms the latest that there is to confirm, as often as it takes, until the sender is gone.
    pub(super) async fn run(
        self,
        mut latest: watch::Receiver<Option<Confirmation>>,
        tell: impl Fn(SourceEvent),
    ) {
        let mut failures = 0;
        let mut due: Option<Instant> = None;
        loop {
            tokio::select! {
                changed = latest.changed() => {
                    if changed.is_err() {
                        return;
                    }
                    failures = 0;
                    due = Some(Instant::now());
                }
                () = until(due) => {
                    let confirmation = latest.borrow_and_update().clone();
                    let Some(confirmation) = confirmation else {
                        due = None;
                        continue;
                    };
                    match self.write(&confirmation).await {
                        Ok(()) => {
                            // Only what is served is asked for again.
                            due = confirmation.is_serving().then(|| Instant::now() + RENEW_AFTER);
                            failures = 0;
                            tell(SourceEvent::Confirmed { revision: confirmation.revision().clone() });
                        }
                        Err(reason) => {
                            if failures == 0 {
                                let revision = confirmation.revision().clone();
                                tell(SourceEvent::NotConfirmed { revision, reason });
                            }
                            let pause = RETRY_AFTER[failures.min(RETRY_AFTER.len() - 1)];
                            failures += 1;
                            due = Some(Instant::now() + pause);
                        }
                    }
                }
            }
        }
    }

    async fn write(&self, confirmation: &Confirmation) -> Result<(), String> {
        let ObjectPrefix(ObjectAddress { bucket, key }) = &self.prefix;
        let request = self
            .client
            .put_object()
            .bucket(bucket)
            .key(confirmation.key(key, &self.server))
            .content_type("application/json")
            .body(ByteStream::from(confirmation.body(&self.server)));
        let answer = Box::pin(request.send()).await;
        answer.map(drop).map_err(|error| reason(&error))
    }
}

async fn until(due: Option<Instant>) {
    match due {
        Some(due) => sleep_until(due).await,
        None => pending().await,
    }
}

impl Confirmation {
    fn revision(&self) -> &Revision {
        match self {
            Self::Serving { revision, .. } | Self::Refused { revision, .. } => revision,
        }
    }

    fn is_serving(&self) -> bool {
        matches!(self, Self::Serving { .. })
    }

    fn key(&self, prefix: &str, server: &str) -> String {
        match self {
            Self::Serving { revision, .. } => format!("{prefix}/{revision}/{server}"),
            Self::Refused { revision, .. } => format!("{prefix}/{revision}/refused/{server}"),
        }
    }

    fn body(&self, server: &str) -> Vec<u8> {
        let body = match self {
            Self::Serving {
                revision,
                expectations,
            } => json!({
                "task": server,
                "revision": revision,
                "status": "serving",
                "expectations": expectations,
            }),
            Self::Refused { revision, reason } => {
                let end = reason.floor_char_boundary(LONGEST_REASON);
                json!({
                    "task": server,
                    "revision": revision,
                    "status": "refused",
                    "reason": &reason[..end],
                })
            }
        };
        body.to_string().into_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_confirmation_names_revision_and_server() {
        let revision = Revision::of(b"[]");
        let serving = Confirmation::Serving {
            revision: revision.clone(),
            expectations: 3,
        };
        assert_eq!(serving.key("acks", "t1"), format!("acks/{revision}/t1"));
        let body: serde_json::Value = serde_json::from_slice(&serving.body("t1")).unwrap();
        assert_eq!(
            body,
            json!({"task": "t1", "revision": revision, "status": "serving", "expectations": 3})
        );
        let refused = Confirmation::Refused {
            revision: revision.clone(),
            reason: "é".repeat(LONGEST_REASON),
        };
        let key = refused.key("acks", "t1");
        assert_eq!(key, format!("acks/{revision}/refused/t1"));
        let body: serde_json::Value = serde_json::from_slice(&refused.body("t1")).unwrap();
        assert_eq!(body["reason"].as_str().unwrap().len(), LONGEST_REASON);
    }
}
