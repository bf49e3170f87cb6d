//! What Amazon ECS tells a container of its task.
//! <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-metadata-endpoint-v4-fargate.html>

use std::io::{self, Read as _, Write as _};
use std::net::{TcpStream, ToSocketAddrs as _};
use std::time::Duration;

use http::Uri;
use serde::Deserialize;

/// The endpoint is on the same machine.
const TIMEOUT: Duration = Duration::from_secs(2);

/// Far more than the description of a task with ten containers.
const MOST_BYTES: u64 = 1 << 20;

/// The task that a container belongs to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Task {
    /// The last part of its ARN.
    pub id: String,
    /// Its processors, in vCPU; nothing if the task has no limit of its own.
    pub processors: Option<f64>,
    /// Its memory in bytes; nothing if the task has no limit of its own.
    pub memory_bytes: Option<u64>,
}

/// Why it cannot be said which task a container belongs to.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TaskError {
    /// The endpoint's address is not one of HTTP.
    #[error("invalid address of the metadata endpoint `{0}`: expected http://<host>/<path>")]
    Address(String),
    /// It cannot be asked.
    #[error("cannot ask the metadata endpoint {uri}")]
    Io {
        /// Its address.
        uri: String,
        /// The operating system's words.
        #[source]
        source: io::Error,
    },
    /// Its answer is another one than expected.
    #[error("the metadata endpoint {uri} answered with {answer}")]
    Answer {
        /// Its address.
        uri: String,
        /// What it answered, or what is wrong with it.
        answer: String,
    },
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Description {
    #[serde(rename = "TaskARN")]
    task_arn: String,
    limits: Option<Limits>,
}

#[derive(Deserialize)]
struct Limits {
    /// In vCPU.
    #[serde(rename = "CPU")]
    cpu: Option<f64>,
    /// In MiB.
    #[serde(rename = "Memory")]
    memory: Option<u64>,
}

impl Task {
    /// Asks the endpoint whose address is in `ECS_CONTAINER_METADATA_URI_V4`.
    ///
    /// # Errors
    /// When it does not answer, or with something else than the description of a task.
    pub fn fetch(endpoint: &str) -> Result<Self, TaskError> {
        let uri = format!("{}/task", endpoint.trim_end_matches('/'));
        let body = get(&uri)?;
        Self::parse(&body).map_err(|error| TaskError::Answer {
            uri,
            answer: error.to_string(),
        })
    }

    /// Reads the description of a task.
    ///
    /// # Errors
    /// When it is something else.
    pub fn parse(description: &[u8]) -> Result<Self, serde_json::Error> {
        let Description { task_arn, limits } = serde_json::from_slice(description)?;
        let id = task_arn.rsplit('/').next().unwrap_or_default().to_owned();
        let limits = limits.as_ref();
        Ok(Self {
            id,
            processors: limits
                .and_then(|limits| limits.cpu)
                .filter(|processors| *processors > 0.0),
            memory_bytes: limits
                .and_then(|limits| limits.memory)
                .map(|mebibytes| mebibytes.saturating_mul(1 << 20))
                .filter(|bytes| *bytes > 0),
        })
    }
}

/// The body of a document of HTTP. The runtimes and clients of the server are not there yet when it starts.
fn get(uri: &str) -> Result<Vec<u8>, TaskError> {
    let address: Option<Uri> = uri.parse().ok();
    let address = address.filter(|address| address.scheme_str() == Some("http"));
    let Some((address, host)) = address.and_then(|uri| {
        let host = uri.authority()?.clone();
        Some((uri, host))
    }) else {
        return Err(TaskError::Address(uri.to_owned()));
    };
    let failed = |source| TaskError::Io {
        uri: uri.to_owned(),
        source,
    };
    let path = address.path_and_query().map_or("/", |path| path.as_str());
    let port = host.port_u16().unwrap_or(80);
    let answer = ask((host.host(), port), host.as_str(), path).map_err(failed)?;
    body_of(&answer).map_err(|answer| TaskError::Answer {
        uri: uri.to_owned(),
        answer,
    })
}

/// Whatever comes until the end. In HTTP/1.0 an answer has no pieces and ends with its connection.
fn ask(to: (&str, u16), host: &str, path: &str) -> io::Result<Vec<u8>> {
    let mut last = io::Error::from(io::ErrorKind::AddrNotAvailable);
    let host_name = to.0.trim_matches(['[', ']']);
    for address in (host_name, to.1).to_socket_addrs()? {
        let mut stream = match TcpStream::connect_timeout(&address, TIMEOUT) {
            Ok(stream) => stream,
            Err(error) => {
                last = error;
                continue;
            }
        };
        stream.set_read_timeout(Some(TIMEOUT))?;
        stream.set_write_timeout(Some(TIMEOUT))?;
        // At once: in pieces, a server could close before the last of them.
        let request =
            format!("GET {path} HTTP/1.0\r\nhost: {host}\r\naccept: application/json\r\n\r\n");
        stream.write_all(request.as_bytes())?;
        let mut answer = Vec::new();
        stream.take(MOST_BYTES).read_to_end(&mut answer)?;
        return Ok(answer);
    }
    Err(last)
}

fn body_of(answer: &[u8]) -> Result<Vec<u8>, String> {
    let mut headers = [httparse::EMPTY_HEADER; 64];
    let mut head = httparse::Response::new(&mut headers);
    let length = match head.parse(answer) {
        Ok(httparse::Status::Complete(length)) => length,
        Ok(httparse::Status::Partial) => return Err("an incomplete response".to_owned()),
        Err(error) => return Err(format!("an invalid response: {error}")),
    };
    match head.code {
        Some(200) => Ok(answer[length..].to_vec()),
        code => Err(format!("the status {}", code.unwrap_or_default())),
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::thread;

    use super::*;

    /// The example of the documentation, without what nobody reads.
    const FARGATE: &str = r#"{
        "Cluster": "arn:aws:ecs:us-west-2:111122223333:cluster/default",
        "TaskARN": "arn:aws:ecs:us-west-2:111122223333:task/default/e9028f8d5d8e4f258373e7b93ce9a3c3",
        "Family": "curltest", "Revision": "3", "DesiredStatus": "RUNNING", "KnownStatus": "RUNNING",
        "Limits": {"CPU": 0.25, "Memory": 512},
        "Containers": [{"Limits": {"CPU": 10, "Memory": 128}}], "LaunchType": "FARGATE"
    }"#;

    #[test]
    fn the_task_is_known_with_its_limits() {
        let task = Task::parse(FARGATE.as_bytes()).unwrap();
        assert_eq!(task.id, "e9028f8d5d8e4f258373e7b93ce9a3c3");
        assert_eq!(task.processors, Some(0.25));
        assert_eq!(task.memory_bytes, Some(512 << 20));
        for (limits, processors, memory) in [
            ("", None, None),
            (r#","Limits":{}"#, None, None),
            (r#","Limits":{"CPU":0,"Memory":0}"#, None, None),
            (r#","Limits":{"CPU":2}"#, Some(2.0), None),
            (r#","Limits":{"Memory":1024}"#, None, Some(1 << 30)),
        ] {
            let task =
                Task::parse(format!(r#"{{"TaskARN":"arn:x/y"{limits}}}"#).as_bytes()).unwrap();
            assert_eq!((task.processors, task.memory_bytes), (processors, memory));
            assert_eq!(task.id, "y");
        }
        assert!(Task::parse(b"{}").is_err());
    }

    fn answered_with(answer: &'static str) -> Result<Task, TaskError> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let endpoint = format!("http://{}/v4/abc", listener.local_addr().unwrap());
        let serving = thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut asked = [0; 512];
            let count = stream.read(&mut asked).unwrap();
            stream.write_all(answer.as_bytes()).unwrap();
            String::from_utf8_lossy(&asked[..count]).into_owned()
        });
        let task = Task::fetch(&endpoint);
        let asked = serving.join().unwrap();
        assert!(
            asked.starts_with("GET /v4/abc/task HTTP/1.0\r\n"),
            "{asked}"
        );
        task
    }

    #[test]
    fn the_endpoint_is_asked() {
        let task = answered_with("HTTP/1.1 200 OK\r\nx: y\r\n\r\n{\"TaskARN\":\"a/b\"}").unwrap();
        assert_eq!(task.id, "b");
        for (answer, expected) in [
            ("HTTP/1.1 404 Not Found\r\n\r\n", "the status 404"),
            ("HTTP/1.1 200 OK\r\n\r\n[]", "invalid"),
            ("HTTP/1.1 200", "incomplete"),
            ("gopher", "invalid response"),
        ] {
            let words = answered_with(answer).unwrap_err().to_string();
            assert!(words.contains(expected), "{words}");
        }
        for address in ["", "https://127.0.0.1/v4", "/v4"] {
            assert!(
                matches!(Task::fetch(address), Err(TaskError::Address(_))),
                "{address}"
            );
        }
        let nobody = TcpListener::bind(("127.0.0.1", 0))
            .unwrap()
            .local_addr()
            .unwrap();
        let error = Task::fetch(&format!("http://{nobody}/v4")).unwrap_err();
        assert!(matches!(error, TaskError::Io { .. }), "{error}");
    }
}
