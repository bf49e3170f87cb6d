//! From a line to an event.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::{Event, Level, Message};
use crate::escapes::without_escapes;

impl Message {
    /// Reads one line of a `-json` stream.
    ///
    /// It cannot fail: what is not JSON becomes [`Event::Plain`], and what is not understood
    /// becomes [`Event::Unknown`] with the whole line inside.
    ///
    /// ```
    /// use automock_tf::event::{Event, Message};
    ///
    /// let line = r#"{"@level":"info","@message":"Stopping operation...","type":"log"}"#;
    /// let message = Message::parse(line);
    /// assert_eq!(message.event, Event::Log);
    /// assert_eq!(message.text, "Stopping operation...");
    /// ```
    #[must_use]
    pub fn parse(line: &str) -> Self {
        match serde_json::from_str::<Value>(line) {
            Ok(Value::Object(fields))
                if fields.contains_key("type") || fields.contains_key("@message") =>
            {
                Self::from_fields(fields)
            }
            _ => Self::own(Level::Info, without_escapes(line), Event::Plain),
        }
    }

    /// A message of the runner itself.
    pub(crate) fn own(level: Level, text: String, event: Event) -> Self {
        Self {
            timestamp: None,
            level,
            text,
            event,
            extra: Map::new(),
        }
    }

    fn from_fields(fields: Map<String, Value>) -> Self {
        let mut rest = fields.clone();
        let kind = take_text(&mut rest, "type").unwrap_or_default();
        let level =
            take_text(&mut rest, "@level").map_or(Level::Info, |word| Level::from(word.as_str()));
        let text = take_text(&mut rest, "@message").unwrap_or_default();
        let timestamp = take_text(&mut rest, "@timestamp");
        rest.remove("@module");
        let event = payload(&kind, &mut rest).unwrap_or_else(|| {
            rest.clear();
            Event::Unknown {
                kind,
                raw: Value::Object(fields),
            }
        });
        Self {
            timestamp,
            level,
            text,
            event,
            extra: rest,
        }
    }
}

/// The event of a known type, its fields taken out of `rest`; none if they do not fit.
fn payload(kind: &str, rest: &mut Map<String, Value>) -> Option<Event> {
    Some(match kind {
        "version" => Event::Version(version(rest)?),
        "log" => Event::Log,
        "init_output" => Event::InitOutput {
            code: take_text(rest, "message_code").unwrap_or_default(),
        },
        "diagnostic" => Event::Diagnostic(take(rest, "diagnostic")?),
        "planned_change" => Event::PlannedChange(take(rest, "change")?),
        "resource_drift" => Event::ResourceDrift(take(rest, "change")?),
        "change_summary" => Event::ChangeSummary(take(rest, "changes")?),
        "outputs" => Event::Outputs(take(rest, "outputs")?),
        "refresh_start" => Event::RefreshStart(take(rest, "hook")?),
        "refresh_complete" => Event::RefreshComplete(take(rest, "hook")?),
        "apply_start" => Event::ApplyStart(take(rest, "hook")?),
        "apply_progress" => Event::ApplyProgress(take(rest, "hook")?),
        "apply_complete" => Event::ApplyComplete(take(rest, "hook")?),
        "apply_errored" => Event::ApplyErrored(take(rest, "hook")?),
        "provision_start" => Event::ProvisionStart(take(rest, "hook")?),
        "provision_progress" => Event::ProvisionProgress(take(rest, "hook")?),
        "provision_complete" => Event::ProvisionComplete(take(rest, "hook")?),
        "provision_errored" => Event::ProvisionErrored(take(rest, "hook")?),
        "ephemeral_op_start" => Event::EphemeralStart(take(rest, "hook")?),
        "ephemeral_op_progress" => Event::EphemeralProgress(take(rest, "hook")?),
        "ephemeral_op_complete" => Event::EphemeralComplete(take(rest, "hook")?),
        "ephemeral_op_errored" => Event::EphemeralErrored(take(rest, "hook")?),
        _ => return None,
    })
}

fn version(rest: &mut Map<String, Value>) -> Option<super::StreamVersion> {
    let fields = ["terraform", "tofu", "ui"]
        .into_iter()
        .filter_map(|key| rest.remove(key).map(|value| (key.to_owned(), value)))
        .collect();
    serde_json::from_value(Value::Object(fields)).ok()
}

fn take<T: DeserializeOwned>(rest: &mut Map<String, Value>, key: &str) -> Option<T> {
    serde_json::from_value(rest.remove(key)?).ok()
}

fn take_text(rest: &mut Map<String, Value>, key: &str) -> Option<String> {
    match rest.remove(key)? {
        Value::String(text) => Some(text),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Action, Reason};
    use super::*;
    use crate::address::InstanceKey;

    #[test]
    fn a_hook_is_typed_and_keeps_fields_from_the_future() {
        let message = Message::parse(
            r#"{"@level":"info","@message":"m","@timestamp":"2025-01-01T00:00:00Z","type":"apply_complete","novel":1,
                "hook":{"resource":{"addr":"module.a.aws_vpc.b[\"x\"]","module":"module.a","resource":"aws_vpc.b[\"x\"]",
                "implied_provider":"aws","resource_type":"aws_vpc","resource_name":"b","resource_key":"x"},
                "action":"create","id_key":"id","id_value":"vpc-1","elapsed_seconds":11,"tomorrow":true}}"#,
        );
        assert_eq!(message.timestamp.as_deref(), Some("2025-01-01T00:00:00Z"));
        assert_eq!(message.extra["novel"], 1);
        let Event::ApplyComplete(hook) = message.event else {
            panic!("{message:?}")
        };
        assert_eq!(hook.resource.addr, r#"module.a.aws_vpc.b["x"]"#);
        assert_eq!(
            hook.resource.resource_key,
            Some(InstanceKey::Name("x".into()))
        );
        assert_eq!(hook.action, Some(Action::Create));
        assert_eq!(hook.elapsed_seconds, Some(11.0));
        assert_eq!(hook.extra["tomorrow"], true);
    }

    #[test]
    fn an_unknown_type_keeps_the_whole_line() {
        let message = Message::parse(
            r#"{"@level":"info","@message":"hello","type":"action_start","x":{"y":1}}"#,
        );
        let Event::Unknown { kind, raw } = message.event else {
            panic!("{message:?}")
        };
        assert_eq!(kind, "action_start");
        assert_eq!(raw["x"]["y"], 1);
        assert_eq!(message.text, "hello");
    }

    #[test]
    fn a_payload_of_the_wrong_shape_is_unknown_and_not_lost() {
        let message =
            Message::parse(r#"{"@message":"m","type":"apply_start","hook":{"resource":7}}"#);
        assert!(
            matches!(message.event, Event::Unknown { kind, raw } if kind == "apply_start" && raw["hook"]["resource"] == 7)
        );
    }

    #[test]
    fn text_that_is_not_json_is_kept_as_text() {
        assert_eq!(Message::parse("\u{1b}[32mdone\u{1b}[0m").text, "done");
        for line in ["panic: runtime error", "42", "[1]", "{}"] {
            let message = Message::parse(line);
            assert_eq!((message.event, message.text.as_str()), (Event::Plain, line));
        }
    }

    #[test]
    fn reasons_are_one_whether_from_the_stream_or_from_the_plan() {
        assert_eq!(
            Reason::from("cannot_update"),
            Reason::from("replace_because_cannot_update")
        );
        assert_eq!(Reason::from("novel"), Reason::Unknown("novel".into()));
    }
}
