//! The listener: HTTP/1.1 and HTTP/2 over TCP.
//!
//! Each worker is a thread with a runtime and a listening socket of its own; the kernel spreads
//! connections over them. A connection stays with its worker.

mod body;
mod connection;
mod drive;
mod fetch;
mod forward;
mod host;
mod listen;
mod options;
mod receive;
mod registry;
mod respond;
mod server;
mod service;
mod shared;
mod socket;
mod vitals;
mod worker;

pub use options::{ForwardOptions, Limits, ServerOptions};
pub use server::Server;
