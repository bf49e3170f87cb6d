//! Other mock servers, which `cargo xtask bench engine --peers` measures beside the engine.

use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use serde_json::{Value, json};

use crate::error::Error;
use crate::printer;
use crate::process::Tool;
use crate::workspace::Workspace;

/// The packages, at the versions that are measured.
const HTTPMOCK_VERSION: &str = "0.9.0";
const WIREMOCK_VERSION: &str = "3.13.2";

/// Another mock server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Peer {
    /// httpmock's standalone server, built from crates.io.
    Httpmock,
    /// The npm package of `WireMock`, which ships the server's jar; needs npm and Java.
    Wiremock,
}

/// A peer that is installed.
#[derive(Debug, Clone)]
pub(super) struct Installed {
    pub(super) peer: Peer,
    /// The program, or the jar.
    path: PathBuf,
}

/// An expectation as far as all of them know such a thing.
struct Mock<'a> {
    method: Option<&'a str>,
    path: PathRule,
    body: &'a str,
}

/// What a path must be.
enum PathRule {
    Literal(String),
    Pattern(String),
}

impl Peer {
    /// Name and version.
    pub(super) fn title(self) -> String {
        match self {
            Self::Httpmock => format!("httpmock {HTTPMOCK_VERSION}"),
            Self::Wiremock => format!("WireMock {WIREMOCK_VERSION}"),
        }
    }

    /// Installs it below the target directory, unless it is there.
    pub(super) fn install(self, workspace: &Workspace) -> Result<Installed, Error> {
        let folder = workspace.scratch().join("bench-peers");
        fs::create_dir_all(&folder).map_err(Error::file(&folder))?;
        let path = match self {
            Self::Httpmock => folder.join("bin/httpmock"),
            Self::Wiremock => folder.join(format!(
                "node_modules/wiremock/build/wiremock-standalone-{WIREMOCK_VERSION}.jar"
            )),
        };
        if !path.is_file() {
            printer::progress(format_args!("==> installing {}", self.title()));
            self.fetch(&folder)?;
        }
        Ok(Installed { peer: self, path })
    }

    fn fetch(self, folder: &Path) -> Result<(), Error> {
        match self {
            Self::Httpmock => Tool::new("cargo", folder)
                .args(["install", "httpmock", "--locked", "--quiet"])
                .args(["--features", "standalone", "--version", HTTPMOCK_VERSION])
                .args(["--root", "."])
                .run(),
            Self::Wiremock => Tool::new("npm", folder)
                .args(["install", "--silent", "--ignore-scripts", "--no-save"])
                .args([format!("wiremock@{WIREMOCK_VERSION}")])
                .run(),
        }
    }
}

impl Installed {
    /// Writes the expectations of a folder in the peer's own format beside them.
    ///
    /// # Errors
    ///
    /// When an expectation has what not every peer knows.
    pub(super) fn translate(&self, folder: &Path) -> Result<(), Error> {
        let path = folder.join("expectations.json");
        let text = fs::read_to_string(&path).map_err(Error::file(&path))?;
        let expectations: Vec<Value> = serde_json::from_str(&text).unwrap_or_default();
        let mocks: Option<Vec<Mock<'_>>> = expectations.iter().map(Mock::of).collect();
        let mocks = mocks.ok_or_else(|| {
            Error::Measurement(format!(
                "{} is measured in the cases one, many, late and exact only",
                self.peer.title()
            ))
        })?;
        let target = folder.join(self.folder());
        fs::create_dir_all(&target).map_err(Error::file(&target))?;
        let (file, text) = match self.peer {
            // A document for each, and JSON is YAML as well.
            Peer::Httpmock => {
                let documents: Vec<String> = mocks.iter().map(Mock::for_httpmock).collect();
                ("mocks.yaml", documents.join("\n---\n"))
            }
            Peer::Wiremock => {
                let mappings: Vec<Value> = mocks.iter().map(Mock::for_wiremock).collect();
                ("mappings.json", json!({"mappings": mappings}).to_string())
            }
        };
        let file = target.join(file);
        fs::write(&file, text).map_err(Error::file(&file))
    }

    fn folder(&self) -> &'static str {
        match self.peer {
            Peer::Httpmock => "httpmock",
            Peer::Wiremock => "wiremock/mappings",
        }
    }

    /// Its command line, and where it will listen. Recording is on, as it is by default; logs are not.
    pub(super) fn command(&self) -> Result<(Vec<String>, SocketAddr), Error> {
        let probe = TcpListener::bind(("127.0.0.1", 0)).and_then(|probe| probe.local_addr());
        let address = probe.map_err(Error::file(Path::new("a free port")))?;
        let port = address.port().to_string();
        let program = self.path.display().to_string();
        let words: Vec<&str> = match self.peer {
            Peer::Httpmock => vec![
                &program,
                "--port",
                &port,
                "--mock-files-dir",
                self.folder(),
                "--disable-access-log",
            ],
            Peer::Wiremock => vec![
                "java",
                "-jar",
                &program,
                "--port",
                &port,
                "--root-dir",
                "wiremock",
                "--bind-address",
                "127.0.0.1",
                "--disable-banner",
                "--use-chunked-encoding",
                "never",
            ],
        };
        Ok((words.into_iter().map(str::to_owned).collect(), address))
    }
}

impl<'a> Mock<'a> {
    fn of(expectation: &'a Value) -> Option<Self> {
        let request = expectation["httpRequest"].as_object()?;
        let known = ["method", "path", "pathParameters"];
        if request.keys().any(|key| !known.contains(&key.as_str())) {
            return None;
        }
        Some(Self {
            method: request.get("method").and_then(Value::as_str),
            path: PathRule::of(
                request.get("path")?.as_str()?,
                request.get("pathParameters"),
            ),
            body: expectation["httpResponse"]["body"].as_str()?,
        })
    }

    fn for_httpmock(&self) -> String {
        let mut when = json!({});
        if let Some(method) = self.method {
            when["method"] = method.into();
        }
        match &self.path {
            PathRule::Literal(path) => when["path"] = path.as_str().into(),
            PathRule::Pattern(pattern) => when["path_matches"] = json!([format!("^{pattern}$")]),
        }
        let header = json!([{"name": "content-type", "value": "application/json"}]);
        let then = json!({"status": 200, "header": header, "body": self.body});
        json!({"when": when, "then": then}).to_string()
    }

    fn for_wiremock(&self) -> Value {
        let (kind, path) = match &self.path {
            PathRule::Literal(path) => ("urlPath", path),
            PathRule::Pattern(pattern) => ("urlPathPattern", pattern),
        };
        let method = self.method.unwrap_or("ANY");
        json!({
            "request": {"method": method, kind: path},
            "response": {
                "status": 200,
                "headers": {"content-type": "application/json"},
                "body": self.body,
            },
        })
    }
}

impl PathRule {
    /// A parameter stands for what it must look like.
    fn of(path: &str, parameters: Option<&Value>) -> Self {
        let mut pattern = path.to_owned();
        for (name, values) in parameters.and_then(Value::as_object).into_iter().flatten() {
            let value = values[0].as_str().unwrap_or("[^/]+");
            pattern = pattern.replace(&format!("{{{name}}}"), value);
        }
        if pattern.contains(['[', '*', '+', '{', '(']) {
            Self::Pattern(pattern)
        } else {
            Self::Literal(pattern)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expectation_means_the_same_to_all() {
        let expectation = json!({
            "httpRequest": {
                "method": "GET",
                "path": "/users/{user}/orders",
                "pathParameters": {"user": ["[a-z]+"]}
            },
            "httpResponse": {"statusCode": 200, "body": "{}"}
        });
        let mock = Mock::of(&expectation).unwrap();
        assert!(
            mock.for_httpmock()
                .contains(r#""path_matches":["^/users/[a-z]+/orders$"]"#)
        );
        assert_eq!(
            mock.for_wiremock()["request"],
            json!({"method": "GET", "urlPathPattern": "/users/[a-z]+/orders"})
        );
        let literal = json!({"httpRequest": {"path": "/a"}, "httpResponse": {"body": ""}});
        let mock = Mock::of(&literal).unwrap();
        assert_eq!(mock.for_wiremock()["request"]["urlPath"], "/a");
        let other = json!({"httpRequest": {"path": "/a", "body": "b"}, "httpResponse": {}});
        assert!(Mock::of(&other).is_none());
    }
}
