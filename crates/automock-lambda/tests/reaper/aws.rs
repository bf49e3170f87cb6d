//! AWS calls without an SDK: the emulator reads the service from the signature's scope and does
//! not check the signature.

use automock_testkit::Emulator;
use serde_json::Value;
use ureq::http::Request;

/// A client of one world.
pub(crate) struct Aws {
    agent: ureq::Agent,
    endpoint: String,
}

impl Aws {
    pub(crate) fn new(world: &Emulator) -> Self {
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .proxy(None)
            .build()
            .into();
        let endpoint = world.endpoint();
        Self { agent, endpoint }
    }

    /// Writes an object.
    pub(crate) fn put(&self, path: &str, body: &str) {
        self.s3("PUT", path, body);
    }

    /// A request to S3 that must succeed.
    pub(crate) fn s3(&self, method: &str, path: &str, body: &str) -> String {
        let headers = [("Content-Type", "application/octet-stream")];
        let (status, answer) = self.send(method, "s3", path, &headers, body);
        assert!(status < 300, "{method} {path}: {status}: {answer}");
        answer
    }

    /// Reads an object; `None` when there is none.
    pub(crate) fn get(&self, path: &str) -> Option<String> {
        let (status, answer) = self.send("GET", "s3", path, &[], "");
        (status < 300).then_some(answer)
    }

    /// Reads an object of JSON.
    pub(crate) fn get_json(&self, path: &str) -> Option<Value> {
        let text = self.get(path)?;
        Some(serde_json::from_str(&text).unwrap_or_else(|error| panic!("{path}: {error}: {text}")))
    }

    /// The keys of a bucket under a prefix, old versions and delete markers included.
    pub(crate) fn keys_with_history(&self, bucket: &str, prefix: &str) -> Vec<String> {
        let list = self.s3("GET", &format!("/{bucket}?versions&prefix={prefix}"), "");
        let keys = list.split("<Key>").skip(1);
        let keys = keys.filter_map(|rest| rest.split('<').next());
        keys.map(str::to_owned).collect()
    }

    /// A call of the query protocol that must succeed.
    pub(crate) fn query(&self, service: &str, form: &str) -> String {
        let headers = [("Content-Type", "application/x-www-form-urlencoded")];
        let (status, answer) = self.send("POST", service, "/", &headers, form);
        assert!(status < 300, "{form}: {status}: {answer}");
        answer
    }

    /// A call of the JSON protocol that must succeed.
    pub(crate) fn json(&self, service: &str, target: &str, body: &Value) -> Value {
        let headers = [
            ("Content-Type", "application/x-amz-json-1.1"),
            ("X-Amz-Target", target),
        ];
        let (status, answer) = self.send("POST", service, "/", &headers, &body.to_string());
        assert!(status < 300, "{target}: {status}: {answer}");
        serde_json::from_str(&answer).unwrap_or_default()
    }

    /// A function's configuration; `None` when there is no such function.
    pub(crate) fn function(&self, name: &str) -> Option<Value> {
        let path = format!("/2015-03-31/functions/{name}");
        let (status, answer) = self.send("GET", "lambda", &path, &[], "");
        (status < 300).then(|| serde_json::from_str(&answer).unwrap())
    }

    fn send(
        &self,
        method: &str,
        service: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> (u16, String) {
        let scope = format!(
            "AWS4-HMAC-SHA256 Credential=test/20250101/us-east-1/{service}/aws4_request, SignedHeaders=host, Signature=0"
        );
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.endpoint))
            .header("Authorization", scope);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(body.to_owned()).unwrap();
        let mut response = self.agent.run(request).unwrap();
        let body = response.body_mut().read_to_string().unwrap();
        (response.status().as_u16(), body)
    }
}
