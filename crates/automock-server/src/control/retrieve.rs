//! `PUT retrieve`.

use http::StatusCode;
use jiff::Timestamp;

use super::commands::unknown_type;
use super::handler::Response;
use super::reply::{bad, json, text};
use super::{Control, ControlRequest};
use crate::journal::{logs, recorded_expectations, request_responses, requests};
use crate::node::Node;

const TYPES: &str = "requests, request_responses, recorded_expectations, active_expectations, logs";

impl Control {
    pub(super) fn retrieve(&self, request: &ControlRequest) -> Response {
        let format = request
            .parameter("format")
            .unwrap_or_else(|| "JSON".to_owned());
        if !format.eq_ignore_ascii_case("json") {
            return bad(format!(
                "the format {format} is not supported, only JSON is"
            ));
        }
        let kind = request
            .parameter("type")
            .unwrap_or_else(|| "requests".to_owned());
        let selection = match request.selection() {
            Ok(selection) => selection,
            Err(reason) => return bad(reason),
        };
        let records = || self.engine.records(&selection);
        let found = match kind.to_ascii_lowercase().as_str() {
            "requests" => requests(&records()),
            "request_responses" => request_responses(&records()),
            "recorded_expectations" => recorded_expectations(&records()),
            "active_expectations" => {
                Node::Array(self.engine.book().list(&selection, Timestamp::now()))
            }
            "logs" => return text(StatusCode::OK, logs(&records())),
            _ => return bad(unknown_type(&kind, TYPES)),
        };
        json(StatusCode::OK, &found)
    }
}
