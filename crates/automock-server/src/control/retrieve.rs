//! `PUT retrieve`.

use http::StatusCode;
use jiff::Timestamp;

use super::commands::unknown_type;
use super::handler::Response;
use super::reply::{bad, java, json, log_entries, text};
use super::{Control, ControlRequest};
use crate::book::Selection;
use crate::java;
use crate::journal::{
    Recorded, forwarded_entries, logs, recorded_expectations, request_entries, request_responses,
    requests, response_entries,
};
use crate::node::Node;

const TYPES: &str = "requests, request_responses, recorded_expectations, active_expectations, logs";

/// How it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Java,
    Json,
    LogEntries,
}

impl Format {
    fn of(name: &str) -> Option<Self> {
        let formats = [
            ("java", Self::Java),
            ("json", Self::Json),
            ("log_entries", Self::LogEntries),
        ];
        let mut formats = formats.into_iter();
        formats
            .find(|(known, _)| name.eq_ignore_ascii_case(known))
            .map(|(_, format)| format)
    }
}

impl Control {
    pub(super) fn retrieve(&self, request: &ControlRequest) -> Response {
        let format = request
            .parameter("format")
            .unwrap_or_else(|| "json".to_owned());
        let Some(format) = Format::of(&format) else {
            return bad(format!(
                "\"{format}\" is not a valid value for \"format\" parameter, only the following \
                 values are supported [java, json, log_entries]"
            ));
        };
        let kind = request
            .parameter("type")
            .unwrap_or_else(|| "requests".to_owned());
        let selection = match request.selection() {
            Ok(selection) => selection,
            Err(reason) => return bad(reason),
        };
        let records = || self.engine.records(&selection);
        match kind.to_ascii_lowercase().as_str() {
            "requests" => retrieve_requests(format, &records()),
            "request_responses" => retrieve_responses(format, &records()),
            "recorded_expectations" => retrieve_recorded(format, &records()),
            "active_expectations" => self.retrieve_active(format, &selection),
            // In any format.
            "logs" => text(StatusCode::OK, logs(&records())),
            _ => bad(unknown_type(&kind, TYPES)),
        }
    }

    fn retrieve_active(&self, format: Format, selection: &Selection) -> Response {
        let active = || self.engine.book().list(selection, Timestamp::now());
        match format {
            Format::Java => java(java::expectations(&active())),
            Format::Json => json(StatusCode::OK, &Node::Array(active())),
            Format::LogEntries => unsupported("LOG_ENTRIES", "ACTIVE_EXPECTATIONS"),
        }
    }
}

fn retrieve_requests(format: Format, records: &[Recorded]) -> Response {
    match format {
        Format::Java => java(java::requests(items(&requests(records)))),
        Format::Json => json(StatusCode::OK, &requests(records)),
        Format::LogEntries => log_entries(&request_entries(records)),
    }
}

fn retrieve_responses(format: Format, records: &[Recorded]) -> Response {
    match format {
        Format::Java => unsupported("JAVA", "REQUEST_RESPONSES"),
        Format::Json => json(StatusCode::OK, &request_responses(records)),
        Format::LogEntries => log_entries(&response_entries(records)),
    }
}

fn retrieve_recorded(format: Format, records: &[Recorded]) -> Response {
    match format {
        Format::Java => java(java::expectations(items(&recorded_expectations(records)))),
        Format::Json => json(StatusCode::OK, &recorded_expectations(records)),
        Format::LogEntries => log_entries(&forwarded_entries(records)),
    }
}

fn items(node: &Node) -> &[Node] {
    node.as_array().unwrap_or_default()
}

/// `MockServer` says this with 200.
fn unsupported(format: &str, kind: &str) -> Response {
    text(StatusCode::OK, format!("{format} not supported for {kind}"))
}
