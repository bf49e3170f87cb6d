//! Notices: sent once, and the difference between "nobody got it" and "perhaps somebody did".

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use automock_ttl::CloudFailure;
use automock_ttl::aws::SnsTopic;
use automock_ttl::reaper::{PublishError, Topic as _};
use aws_config::SdkConfig;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;

use crate::world::{ACCOUNT, REGION, World};

fn arn() -> String {
    format!("arn:aws:sns:{REGION}:{ACCOUNT}:automock-{REGION}")
}

#[tokio::test]
async fn a_notice_is_sent() {
    let world = World::strict().await;
    let sns = aws_sdk_sns::Client::new(&world.config);
    let made = sns.create_topic().name(format!("automock-{REGION}"));
    assert_eq!(made.send().await.unwrap().topic_arn(), Some(&*arn()));
    let topic = SnsTopic::new(&world.config, arn());
    topic
        .publish("AutoMock: petstore-dev", "text")
        .await
        .unwrap();
}

#[tokio::test]
async fn a_refused_notice_was_not_sent() {
    let world = World::strict().await;
    let topic = SnsTopic::new(&world.config, arn());
    let refused = topic.publish("subject", "text").await.unwrap_err();
    let PublishError::NotSent(CloudFailure::NotFound { .. }) = &refused else {
        panic!("{refused:?}")
    };
}

/// An endpoint that answers every request in one way and counts them.
struct Endpoint {
    port: u16,
    requests: Arc<AtomicUsize>,
}

impl Endpoint {
    fn new(answer: impl Fn(TcpStream) + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let requests = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&requests);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                counted.fetch_add(1, Ordering::SeqCst);
                answer(stream);
            }
        });
        Self { port, requests }
    }

    /// Takes the whole request and answers with a status line.
    fn answering(status: &'static str, body: &'static str) -> Self {
        Self::new(move |mut stream| {
            read_request(&mut stream);
            let length = body.len();
            let head = format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\n");
            let _ = write!(stream, "{head}Connection: close\r\n\r\n{body}");
        })
    }

    /// A topic behind the endpoint. Its configuration asks for repetitions.
    async fn topic(&self, patience: Duration) -> SnsTopic {
        let world = World::strict().await;
        SnsTopic::new(&config(&world, self.port, patience), arn())
    }

    fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }
}

fn config(world: &World, port: u16, patience: Duration) -> SdkConfig {
    let timeouts = TimeoutConfig::builder().operation_attempt_timeout(patience);
    let builder = world.config.clone().into_builder();
    builder
        .endpoint_url(format!("http://127.0.0.1:{port}"))
        .timeout_config(timeouts.build())
        .retry_config(RetryConfig::standard().with_max_attempts(4))
        .build()
}

fn read_request(stream: &mut TcpStream) {
    let mut request = Vec::new();
    let mut piece = [0; 4096];
    while let Ok(count) = stream.read(&mut piece) {
        request.extend_from_slice(&piece[..count]);
        if count == 0 || is_whole(&request) {
            break;
        }
    }
}

fn is_whole(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request);
    let Some((head, body)) = text.split_once("\r\n\r\n") else {
        return false;
    };
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(": ")?;
        name.eq_ignore_ascii_case("content-length").then_some(value)
    });
    body.len() >= length.map_or(0, |it| it.parse().expect("a length"))
}

const PATIENT: Duration = Duration::from_secs(20);

#[tokio::test]
async fn a_lost_answer_leaves_it_open_and_nothing_is_sent_twice() {
    let endpoint = Endpoint::new(|mut stream| read_request(&mut stream));
    let lost = endpoint.topic(PATIENT).await.publish("s", "t").await;
    assert!(matches!(lost, Err(PublishError::Unknown(_))), "{lost:?}");
    assert_eq!(endpoint.requests(), 1);
}

#[tokio::test]
async fn a_fault_of_the_service_leaves_it_open() {
    let endpoint = Endpoint::answering("500 Internal Server Error", "");
    let failed = endpoint.topic(PATIENT).await.publish("s", "t").await;
    let Err(PublishError::Unknown(CloudFailure::ServerFault { .. })) = &failed else {
        panic!("{failed:?}")
    };
    assert_eq!(endpoint.requests(), 1);
}

#[tokio::test]
async fn silence_leaves_it_open() {
    let endpoint = Endpoint::new(|mut stream| {
        read_request(&mut stream);
        // Held open until the test process ends.
        std::mem::forget(stream);
    });
    let patience = Duration::from_millis(300);
    let silent = endpoint.topic(patience).await.publish("s", "t").await;
    assert!(
        matches!(silent, Err(PublishError::Unknown(_))),
        "{silent:?}"
    );
    assert_eq!(endpoint.requests(), 1);
}

#[tokio::test]
async fn throttling_sends_nothing() {
    let body = "<ErrorResponse><Error><Type>Sender</Type><Code>Throttling</Code>\
                <Message>Rate exceeded</Message></Error></ErrorResponse>";
    let endpoint = Endpoint::answering("400 Bad Request", body);
    let refused = endpoint.topic(PATIENT).await.publish("s", "t").await;
    let Err(PublishError::NotSent(CloudFailure::Throttled { .. })) = &refused else {
        panic!("{refused:?}")
    };
    assert_eq!(endpoint.requests(), 1);
}

#[tokio::test]
async fn without_a_connection_nothing_was_sent() {
    // The listener is dropped at once, so the port is closed again.
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    drop(listener);
    let world = World::strict().await;
    let topic = SnsTopic::new(&config(&world, port, PATIENT), arn());
    let refused = topic.publish("s", "t").await;
    assert!(
        matches!(refused, Err(PublishError::NotSent(_))),
        "{refused:?}"
    );
}
