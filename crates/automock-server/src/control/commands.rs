//! What each verb does.

use http::{HeaderValue, StatusCode};

use super::handler::Response;
use super::reply::{bad, empty, in_lines, json, text};
use super::{Control, ControlRequest, Host};
use crate::book::Selection;
use crate::definition::{Expectation, read_expectations};
use crate::journal::{SequenceVerification, Verdict, Verification};
use crate::node::Node;

impl Control {
    pub(super) fn create(&self, request: &ControlRequest) -> Response {
        if let Err(large) = self.engine.has_room(&request.body) {
            return text(StatusCode::PAYLOAD_TOO_LARGE, large.to_string());
        }
        let read = |node| read_expectations(node).map_err(|refusals| in_lines(&refusals));
        let node = request.node().and_then(|node| self.with_files(node));
        match node.and_then(read) {
            Ok(expectations) if expectations.is_empty() => bad("no expectation is given"),
            Ok(expectations) => self.upsert(expectations),
            Err(reason) => bad(reason),
        }
    }

    pub(super) fn upsert(&self, expectations: Vec<Expectation>) -> Response {
        match self.engine.upsert(expectations) {
            Err(full) => bad(full.to_string()),
            Ok(entries) => {
                let nodes = entries.iter().map(|entry| entry.to_node());
                json(StatusCode::CREATED, &Node::Array(nodes.collect()))
            }
        }
    }

    pub(super) fn clear(&self, request: &ControlRequest) -> Response {
        let kind = request
            .parameter("type")
            .unwrap_or_else(|| "all".to_owned());
        let selection = match request.selection() {
            Ok(selection) => selection,
            Err(reason) => return bad(reason),
        };
        let (expectations, log) = match kind.to_ascii_lowercase().as_str() {
            "all" => (true, true),
            "expectations" => (true, false),
            "log" => (false, true),
            _ => return bad(unknown_type(&kind, "log, expectations, all")),
        };
        if log {
            self.engine.clear_journal(&selection);
        }
        if expectations {
            self.engine.clear_expectations(&selection);
        }
        empty(StatusCode::OK)
    }

    pub(super) fn reset(&self) -> Response {
        self.engine.reset();
        empty(StatusCode::OK)
    }

    pub(super) fn verify(&self, request: &ControlRequest) -> Response {
        let read = |node: &Node| Verification::read(node).map_err(|refusals| in_lines(&refusals));
        match request.node().and_then(|node| read(&node)) {
            Ok(verification) => verdict(self.engine.verify(&verification)),
            Err(reason) => bad(reason),
        }
    }

    pub(super) fn verify_sequence(&self, request: &ControlRequest) -> Response {
        let read =
            |node: &Node| SequenceVerification::read(node).map_err(|refusals| in_lines(&refusals));
        match request.node().and_then(|node| read(&node)) {
            Ok(verification) => verdict(self.engine.verify_sequence(&verification)),
            Err(reason) => bad(reason),
        }
    }

    pub(super) fn status(&self, host: &dyn Host) -> Response {
        let status = Node::from([
            ("ports", ports_to_node(&host.ports())),
            ("version", Node::from(self.options.version.as_str())),
            ("artifactId", Node::from("automock-server")),
            ("groupId", Node::from("automock")),
        ]);
        json(StatusCode::OK, &status)
    }

    pub(super) fn bind(&self, request: &ControlRequest, host: &dyn Host) -> Response {
        if !self.options.bind {
            return bad("this server listens on no more ports");
        }
        let ports = match request.node().map(|node| read_ports(&node)) {
            Ok(Some(ports)) => ports,
            Ok(None) => return bad("ports: an array of port numbers is expected"),
            Err(reason) => return bad(reason),
        };
        match host.bind(&ports) {
            Ok(ports) => json(
                StatusCode::OK,
                &Node::from([("ports", ports_to_node(&ports))]),
            ),
            Err(reason) => bad(reason),
        }
    }

    pub(super) fn stop(&self, host: &dyn Host) -> Response {
        if !self.options.stop {
            return bad("this server is not stopped by clients");
        }
        host.stop();
        empty(StatusCode::OK)
    }
}

impl ControlRequest {
    /// The body as JSON.
    pub(super) fn node(&self) -> Result<Node, String> {
        let text = std::str::from_utf8(&self.body).map_err(|_| "the body is not UTF-8")?;
        Node::parse(text).map_err(|error| format!("not JSON: {error}"))
    }

    /// What the body selects; everything if there is none.
    pub(super) fn selection(&self) -> Result<Selection, String> {
        if self.body.trim_ascii().is_empty() {
            return Ok(Selection::All);
        }
        Selection::read(&self.node()?).map_err(|refusals| in_lines(&refusals))
    }
}

/// The words of `MockServer`.
pub(super) fn unknown_type(given: &str, known: &str) -> String {
    format!(
        "\"{given}\" is not a valid value for \"type\" parameter, only the following values are \
         supported [{known}]"
    )
}

fn verdict(verdict: Verdict) -> Response {
    match verdict {
        Verdict::Fails(reason) => text(StatusCode::NOT_ACCEPTABLE, reason),
        Verdict::Holds { doubt: None } => empty(StatusCode::ACCEPTED),
        Verdict::Holds {
            doubt: Some(dropped),
        } => {
            let mut response = empty(StatusCode::ACCEPTED);
            let warning = format!(
                "199 automock \"{dropped} older requests are no longer in the journal and not counted\""
            );
            if let Ok(warning) = HeaderValue::from_str(&warning) {
                response
                    .headers_mut()
                    .insert(http::header::WARNING, warning);
            }
            response
        }
    }
}

fn ports_to_node(ports: &[u16]) -> Node {
    Node::Array(ports.iter().map(|port| i64::from(*port).into()).collect())
}

fn read_ports(node: &Node) -> Option<Vec<u16>> {
    let ports = node.get("ports")?.as_array()?.iter();
    ports
        .map(|port| u16::try_from(port.as_i64()?).ok())
        .collect()
}
