//! The client of the emulator's control endpoints.

use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::TestkitError;

/// Talks to one world's control endpoints.
#[derive(Debug)]
pub(crate) struct Control {
    agent: ureq::Agent,
    root: String,
}

impl Control {
    pub(crate) fn new(port: u16) -> Self {
        // Statuses are answers here: the body of a 400 says what was wrong.
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .proxy(None)
            .build()
            .into();
        Self {
            agent,
            root: format!("http://127.0.0.1:{port}/automock-emulator"),
        }
    }

    pub(crate) fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, TestkitError> {
        let response = self.agent.get(format!("{}/{path}", self.root)).call();
        read(path, response)
    }

    pub(crate) fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        body: &impl Serialize,
    ) -> Result<T, TestkitError> {
        let response = self
            .agent
            .post(format!("{}/{path}", self.root))
            .send_json(body);
        read(path, response)
    }

    /// Posts XML to a service instead of a control endpoint.
    pub(crate) fn post_service(
        &self,
        path: &str,
        authorization: &str,
        body: &str,
    ) -> Result<(), TestkitError> {
        let host = self.root.trim_end_matches("/automock-emulator");
        let answer = self
            .agent
            .post(format!("{host}/{path}"))
            .header("authorization", authorization)
            .content_type("text/xml")
            .send(body);
        let mut answer = answer.map_err(|source| TestkitError::Unreachable {
            path: path.to_owned(),
            source: Box::new(source),
        })?;
        if answer.status().is_success() {
            return Ok(());
        }
        let reason = answer.body_mut().read_to_string().unwrap_or_default();
        Err(TestkitError::Refused {
            path: path.to_owned(),
            reason,
        })
    }
}

fn read<T: DeserializeOwned>(
    path: &str,
    response: Result<ureq::http::Response<ureq::Body>, ureq::Error>,
) -> Result<T, TestkitError> {
    let unreachable = |source| TestkitError::Unreachable {
        path: path.to_owned(),
        source: Box::new(source),
    };
    let mut response = response.map_err(unreachable)?;
    let answer: Value = response.body_mut().read_json().map_err(unreachable)?;
    if !response.status().is_success() {
        return Err(TestkitError::Refused {
            path: path.to_owned(),
            reason: answer["error"]
                .as_str()
                .unwrap_or("no reason given")
                .to_owned(),
        });
    }
    serde_json::from_value(answer).map_err(|error| TestkitError::Answer {
        path: path.to_owned(),
        reason: error.to_string(),
    })
}
