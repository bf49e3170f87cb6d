//! A mock HTTP server that is compatible with MockServer.
//!
//! It reads the expectations that `MockServer` reads, answers as `MockServer` answers, and has its
//! control API, so that files and clients work as they are. What it does not do it refuses when an
//! expectation is loaded, with the place and the reason: nothing is ignored.
//!
//! # From a file to an answer
//!
//! [`node::Node`] is JSON as people write it. [`definition::read_expectations`] makes typed, checked
//! [`Expectation`](definition::Expectation)s of it; each has a compiled
//! [`RequestMatcher`](matching::RequestMatcher). An [`Engine`](engine::Engine) serves them without a
//! network: a [`Request`](request::Request) goes in, an [`Answer`](engine::Answer) comes out.
//!
//! ```
//! use automock_server::definition::read_expectations;
//! use automock_server::engine::{Answer, Engine};
//! use automock_server::node::Node;
//! use automock_server::request::Request;
//!
//! let file = r#"[{ "httpRequest": { "path": "/pets/.*" }, "httpResponse": { "statusCode": 204 } }]"#;
//! let expectations = read_expectations(Node::parse(file).unwrap()).unwrap();
//! let engine = Engine::default();
//! engine.load("revision-1", expectations).unwrap();
//! let Answer::Response(reply) = engine.answer(Request::get("/pets/7")) else {
//!     panic!("a response was expected");
//! };
//! assert_eq!(reply.response.status, 204);
//! ```
//!
//! # A request's way
//!
//! The [`index`] picks the few expectations that method and path leave over, whatever their number.
//! The [`book`] has them in an immutable snapshot; how often each has answered is counted exactly,
//! beside the [`journal`], which keeps the last requests within bounds. Responses are made ready to
//! send when they are loaded.
//!
//! # On the network
//!
//! [`http::Server`] listens with one thread per processor, over HTTP/1.1 and HTTP/2, within
//! [`Limits`](http::Limits); with an [`Identity`](http::Identity) over TLS on the same port. The
//! control API is in [`control`], its page for people in [`dashboard`]. A [`source::Follower`] keeps
//! an engine at what a file, a folder, a document on the web or an object of S3 holds. The example `serve` does all of it.

pub mod arrival;
pub mod book;
pub mod callback;
mod charset;
pub mod control;
pub mod dashboard;
pub mod definition;
pub mod engine;
pub mod http;
pub mod index;
mod java;
pub mod journal;
pub mod matching;
pub mod memory;
pub mod node;
pub mod openapi;
mod pretty;
pub mod request;
pub mod source;
pub mod task;
pub mod template;
