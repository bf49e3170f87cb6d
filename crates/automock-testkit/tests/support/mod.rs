//! AWS calls without an SDK: the emulator reads the service from the signature's scope
//! and does not check the signature.
#![allow(dead_code, reason = "each test binary uses a part of it")]

use automock_testkit::Emulator;
use serde_json::Value;

/// What the emulator answered.
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) body: String,
}

impl Reply {
    /// The body of a success.
    #[track_caller]
    pub(crate) fn ok(self) -> String {
        assert!(self.status < 300, "{}: {}", self.status, self.body);
        self.body
    }

    /// The body of a success as JSON.
    #[track_caller]
    pub(crate) fn json(self) -> Value {
        serde_json::from_str(&self.ok()).expect("a JSON answer")
    }

    /// The text of the first element with this name.
    #[track_caller]
    pub(crate) fn element(self, name: &str) -> String {
        let body = self.ok();
        let (open, close) = (format!("<{name}>"), format!("</{name}>"));
        let start = body
            .find(&open)
            .unwrap_or_else(|| panic!("no {name} in {body}"))
            + open.len();
        body[start..]
            .split(&close)
            .next()
            .unwrap_or_default()
            .to_owned()
    }
}

/// A client of one world.
pub(crate) struct Aws<'a>(pub(crate) &'a Emulator);

impl Aws<'_> {
    /// A query-protocol call, such as EC2's: `query("ec2", "2016-11-15", "Action=…")`.
    pub(crate) fn query(&self, service: &str, version: &str, form: &str) -> Reply {
        self.send(
            "POST",
            service,
            "/",
            &[("Content-Type", "application/x-www-form-urlencoded")],
            &format!("{form}&Version={version}"),
        )
    }

    pub(crate) fn ec2(&self, form: &str) -> Reply {
        self.query("ec2", "2016-11-15", form)
    }

    pub(crate) fn elbv2(&self, form: &str) -> Reply {
        self.query("elasticloadbalancing", "2015-12-01", form)
    }

    pub(crate) fn ecs(&self, action: &str, body: &Value) -> Reply {
        let target = format!("AmazonEC2ContainerServiceV20141113.{action}");
        self.send(
            "POST",
            "ecs",
            "/",
            &[
                ("Content-Type", "application/x-amz-json-1.1"),
                ("X-Amz-Target", &target),
            ],
            &body.to_string(),
        )
    }

    pub(crate) fn s3(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Reply {
        self.send(method, "s3", path, headers, body)
    }

    pub(crate) fn send(
        &self,
        method: &str,
        service: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Reply {
        self.try_as("test", method, service, path, headers, body)
            .expect("an answer")
    }

    /// A request that is signed with an access key; nothing if the connection ends
    /// before the whole answer has come.
    pub(crate) fn try_as(
        &self,
        access_key: &str,
        method: &str,
        service: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Option<Reply> {
        let agent: ureq::Agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .proxy(None)
            .build()
            .into();
        let scope = format!(
            "AWS4-HMAC-SHA256 Credential={access_key}/20250101/us-east-1/{service}/aws4_request, SignedHeaders=host, Signature=0"
        );
        let mut request = ureq::http::Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.0.endpoint()))
            .header("Authorization", scope);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(body.to_owned()).expect("a valid request");
        let mut response = agent.run(request).ok()?;
        Some(Reply {
            status: response.status().as_u16(),
            body: response.body_mut().read_to_string().ok()?,
        })
    }
}
