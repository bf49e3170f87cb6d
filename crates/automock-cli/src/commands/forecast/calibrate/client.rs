//! The clients: a few connections that ask for the same thing again and again.

use std::time::{Duration, Instant};

use http_body_util::{BodyExt as _, Empty};
use hyper::body::Bytes;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::header::HOST;
use hyper::{Request, StatusCode};
use hyper_util::rt::TokioIo;
use reqwest::Url;
use tokio::net::TcpStream;

use crate::failure::Failure;

/// Clients, each with a connection that it keeps: enough that the server always has something to do.
const CLIENTS: usize = 16;

/// How long an answer may take before the measurement is given up.
const PATIENCE: Duration = Duration::from_secs(30);

/// What is asked for, and how it must be answered.
#[derive(Clone, Debug)]
pub(super) struct Load {
    pub(super) url: Url,
    pub(super) method: String,
    pub(super) target: String,
    pub(super) status: StatusCode,
}

type Problem = Box<dyn std::error::Error + Send + Sync>;

type Connection = SendRequest<Empty<Bytes>>;

/// Whether the connection has ended before there was an answer.
fn is_closed(problem: &(dyn std::error::Error + Send + Sync + 'static)) -> bool {
    let error = problem.downcast_ref::<hyper::Error>();
    error.is_some_and(|error| {
        let source = std::error::Error::source(error);
        let is_reset = source
            .and_then(|source| source.downcast_ref::<std::io::Error>())
            .is_some_and(|error| error.kind() == std::io::ErrorKind::ConnectionReset);
        error.is_closed() || error.is_canceled() || error.is_incomplete_message() || is_reset
    })
}

impl Load {
    /// Asks for a while; tells how many answers came in how long.
    pub(super) async fn run(&self, during: Duration) -> Result<(u64, Duration), Failure> {
        let began = Instant::now();
        let end = began + during;
        let clients = (0..CLIENTS).map(|_| tokio::spawn(self.clone().ask(end)));
        let mut answers = 0;
        for client in clients.collect::<Vec<_>>() {
            let asked = client.await.map_err(Problem::from).flatten();
            answers += asked.map_err(|problem| {
                Failure::io("measure the server", std::io::Error::other(problem))
            })?;
        }
        Ok((answers, began.elapsed()))
    }

    async fn ask(self, end: Instant) -> Result<u64, Problem> {
        let mut connection = self.connect().await?;
        let mut answers = 0;
        while Instant::now() < end {
            let asked = self.ask_in_time(&mut connection).await;
            if let Err(problem) = asked {
                // A server may close a connection that it has kept for long enough, and need not say so.
                if !is_closed(problem.as_ref()) {
                    return Err(problem);
                }
                connection = self.connect().await?;
                self.ask_in_time(&mut connection).await?;
            }
            answers += 1;
        }
        Ok(answers)
    }

    async fn ask_in_time(&self, connection: &mut Connection) -> Result<(), Problem> {
        tokio::time::timeout(PATIENCE, self.ask_once(connection)).await?
    }

    async fn connect(&self) -> Result<Connection, Problem> {
        let addresses = self.url.socket_addrs(|| None)?;
        let stream = TcpStream::connect(&addresses[..]).await?;
        stream.set_nodelay(true)?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await?;
        // Its failure is that of the request under way.
        tokio::spawn(connection);
        Ok(sender)
    }

    async fn ask_once(&self, connection: &mut Connection) -> Result<(), Problem> {
        connection.ready().await?;
        let request = Request::builder()
            .method(self.method.as_str())
            .uri(&self.target)
            .header(HOST, self.url.authority())
            .body(Empty::new())?;
        let mut answer = connection.send_request(request).await?;
        if answer.status() != self.status {
            let (target, got, due) = (&self.target, answer.status(), self.status);
            return Err(format!(
                "{} {target} is answered with {got}, and by the project's expectations it is {due}",
                self.method
            )
            .into());
        }
        while let Some(frame) = answer.frame().await {
            frame?;
        }
        Ok(())
    }
}
