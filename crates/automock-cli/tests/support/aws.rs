//! AWS calls without an SDK: the emulator reads the service from the signature's scope and does
//! not check the signature.

use automock_testkit::Emulator;
use serde_json::Value;

/// The account that the emulator gives to its callers.
pub(crate) const ACCOUNT: &str = "123456789012";

/// The bucket of that account's foundation.
pub(crate) const FOUNDATION_BUCKET: &str = "automock-123456789012-us-east-1";

/// A client of one world.
pub(crate) struct Aws<'a>(pub(crate) &'a Emulator);

impl Aws<'_> {
    /// Puts an object, or makes a bucket when the path has no key.
    #[track_caller]
    pub(crate) fn put(&self, path: &str, body: &str) {
        let (status, answer) = self.send("PUT", "s3", path, body);
        assert!(status < 300, "PUT {path}: {status}: {answer}");
    }

    #[track_caller]
    pub(crate) fn delete(&self, path: &str) {
        let (status, answer) = self.send("DELETE", "s3", path, "");
        assert!(status < 300, "DELETE {path}: {status}: {answer}");
    }

    /// Deletes an object and its history from a versioned bucket.
    #[track_caller]
    pub(crate) fn purge(&self, path: &str) {
        let (bucket, key) = path.trim_start_matches('/').split_once('/').unwrap();
        let list = format!("/{bucket}?versions&prefix={key}");
        let (status, versions) = self.send("GET", "s3", &list, "");
        assert!(status < 300, "GET {list}: {status}: {versions}");
        for rest in versions.split("<VersionId>").skip(1) {
            let version = rest.split('<').next().unwrap_or_default();
            self.delete(&format!("{path}?versionId={version}"));
        }
        assert_eq!(self.get(path), None, "{path} is still there");
    }

    /// Reads an object; `None` when there is none.
    pub(crate) fn get(&self, path: &str) -> Option<String> {
        let (status, answer) = self.send("GET", "s3", path, "");
        (status < 300).then_some(answer)
    }

    /// A stack's record, as it lies in the registry.
    pub(crate) fn record(&self, stack: &str) -> Option<Value> {
        let text = self.get(&format!("/{FOUNDATION_BUCKET}/registry/{stack}.json"))?;
        Some(serde_json::from_str(&text).expect("records are JSON"))
    }

    /// The lock on a stack's state.
    pub(crate) fn state_lock(&self, stack: &str) -> Option<String> {
        self.get(&state_lock_path(stack))
    }

    /// An EC2 action; returns the text of one element of the answer.
    #[track_caller]
    pub(crate) fn ec2(&self, form: &str, element: &str) -> String {
        let (status, answer) = self.send("POST", "ec2", "/", &format!("{form}&Version=2016-11-15"));
        assert!(status < 300, "{form}: {status}: {answer}");
        let (_, rest) = answer
            .split_once(&format!("<{element}>"))
            .unwrap_or_else(|| panic!("no {element} in {answer}"));
        rest.split('<').next().unwrap_or_default().to_owned()
    }

    /// An action of ECR.
    #[track_caller]
    pub(crate) fn ecr(&self, action: &str, body: &str) {
        let target = format!("AmazonEC2ContainerRegistry_V20150921.{action}");
        let (status, answer) = self.send_to(&target, "POST", "ecr", "/", body);
        assert!(status < 300, "{action}: {status}: {answer}");
    }

    fn send(&self, method: &str, service: &str, path: &str, body: &str) -> (u16, String) {
        self.send_to("", method, service, path, body)
    }

    /// The target is an action of those services that take JSON.
    fn send_to(
        &self,
        target: &str,
        method: &str,
        service: &str,
        path: &str,
        body: &str,
    ) -> (u16, String) {
        let agent: ureq::Agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .proxy(None)
            .build()
            .into();
        let scope = format!(
            "AWS4-HMAC-SHA256 Credential=test/20250101/us-east-1/{service}/aws4_request, SignedHeaders=host, Signature=0"
        );
        let kind = match service {
            "s3" => "application/octet-stream",
            "ecr" => "application/x-amz-json-1.1",
            _ => "application/x-www-form-urlencoded",
        };
        let request = ureq::http::Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.0.endpoint()))
            .header("Authorization", scope)
            .header("Content-Type", kind)
            .header("X-Amz-Target", target)
            .body(body.to_owned())
            .expect("a valid request");
        let mut response = agent.run(request).expect("an answer");
        let body = response.body_mut().read_to_string();
        (
            response.status().as_u16(),
            body.expect("an answer in UTF-8"),
        )
    }
}

/// Where terraform locks a stack's state.
pub(crate) fn state_lock_path(stack: &str) -> String {
    format!("/{FOUNDATION_BUCKET}/stacks/{stack}/terraform.tfstate.tflock")
}
