//! A line of the log, before it is written.

use automock_ttl::reaper::{Event, PublishError};
use automock_ttl::teardown;

use crate::error::chain;

/// What a line of the log says about an event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) message: String,
    /// The resource that it is about.
    pub(crate) resource: Option<String>,
    /// What became of the resource.
    pub(crate) state: Option<&'static str>,
    /// What went wrong; a line with an error is a warning.
    pub(crate) error: Option<String>,
}

impl Line {
    /// The line of an event.
    pub(crate) fn of(event: &Event) -> Self {
        match event {
            Event::Expired => Self::new("the stack's time is up"),
            Event::LeaseTaken { until } => Self::new(format!("holds the lease until {until}")),
            Event::JournalOpened { epoch, tick } => {
                Self::new(format!("tick {tick} of teardown {epoch}"))
            }
            Event::Frozen { resources, foreign } => Self::new(format!(
                "{resources} resources are the stack's, {foreign} in its place are not"
            )),
            Event::Looked { left, unreadable } => looked(*left, unreadable),
            Event::Resource(event) => resource(event),
            Event::Clean { again_at } => Self::new(format!(
                "a look found nothing; the next one is at {again_at}"
            )),
            Event::Proven => Self::new("two looks found nothing"),
            Event::NoticeSent(kind) => Self::new(format!("sent the {} notice", kind.word())),
            Event::NoticeFailed { kind, failure } => Self::failed(
                format!("the {} notice was not, or perhaps not, sent", kind.word()),
                notice(failure),
            ),
            Event::ReceiptWritten { key } => Self::new(format!("wrote the receipt to {key}")),
            Event::StatePurged { key } => Self::new(format!("deleted Terraform's state {key}")),
            Event::Done => Self::new("nothing is left but the reaper itself"),
            Event::Forgotten => Self::new("deleted the stack's record"),
            Event::Trouble(words) => Self::failed("goes on in spite of trouble", words),
            other => Self::new(format!("{other:?}")),
        }
    }

    fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            ..Self::default()
        }
    }

    fn failed(message: impl Into<String>, error: impl Into<String>) -> Self {
        Self {
            error: Some(error.into()),
            ..Self::new(message)
        }
    }
}

fn looked(left: usize, unreadable: &[String]) -> Line {
    let message = format!("{left} resources are left");
    if unreadable.is_empty() {
        return Line::new(message);
    }
    Line::failed(message, format!("not seen: {}", unreadable.join("; ")))
}

fn notice(failure: &PublishError) -> String {
    chain(failure)
}

fn resource(event: &teardown::Event) -> Line {
    let (resource, state, error) = match event {
        teardown::Event::Started(resource) => (resource, "deleting", None),
        teardown::Event::Gone(resource) => (resource, "gone", None),
        // Waiting is no trouble: it is what a teardown does most of the time.
        teardown::Event::TooEarly { resource, reason } => {
            return Line {
                resource: Some(resource.to_string()),
                state: Some("waiting"),
                ..Line::new(reason)
            };
        }
        teardown::Event::Failed { resource, failure } => (resource, "failed", Some(failure)),
        teardown::Event::Unseen { resource, failure } => (resource, "unseen", Some(failure)),
        teardown::Event::LeftAlone(resource) => (resource, "left alone", None),
        other => return Line::new(format!("{other:?}")),
    };
    Line {
        message: format!("{resource}: {state}"),
        resource: Some(resource.to_string()),
        state: Some(state),
        error: error.map(|failure| chain(failure)),
    }
}

#[cfg(test)]
mod tests {
    use automock_ttl::CloudFailure;
    use automock_ttl::inventory::{Ownership, Resource};
    use automock_ttl::kind::ResourceKind;

    use super::*;

    #[test]
    fn a_failed_deletion_names_resource_state_and_answer() {
        let failure = CloudFailure::AccessDenied {
            code: "UnauthorizedOperation".to_owned(),
            message: "You are not authorized".to_owned(),
        };
        let resource =
            Resource::untagged(ResourceKind::Vpc, "vpc-1", "us-east-1", Ownership::Tagged);
        let event = teardown::Event::Failed { resource, failure };
        let line = Line::of(&Event::Resource(event));
        assert_eq!(line.message, "VPC vpc-1: failed");
        assert_eq!(line.resource.as_deref(), Some("VPC vpc-1"));
        assert_eq!(line.state, Some("failed"));
        let error = line.error.unwrap();
        assert!(error.contains("You are not authorized"), "{error}");
    }

    #[test]
    fn what_could_not_be_seen_is_a_warning() {
        let unreadable = vec!["alarms: throttled".to_owned()];
        let event = Event::Looked {
            left: 3,
            unreadable,
        };
        assert_eq!(
            Line::of(&event),
            Line::failed("3 resources are left", "not seen: alarms: throttled")
        );
    }

    #[test]
    fn plain_progress_is_no_warning() {
        for event in [Event::Expired, Event::Proven, Event::Done, Event::Forgotten] {
            assert_eq!(Line::of(&event).error, None, "{event:?}");
        }
    }
}
