//! The listener: HTTP/1.1 and HTTP/2 over TCP, with and without TLS on the same port.
//!
//! Each worker is a thread with a runtime and a listening socket of its own; the kernel spreads
//! connections over them. A connection stays with its worker.

mod answering;
mod body;
mod budget;
mod callback;
mod case;
mod connection;
mod conversation;
mod cors;
mod drive;
mod fetch;
mod forward;
mod handshake;
mod host;
mod identity;
mod linger;
mod listen;
mod options;
mod plain;
mod proxy;
mod receive;
mod registry;
mod respond;
mod server;
mod service;
mod shared;
mod socket;
mod stop;
mod trust;
mod vitals;
mod worker;

pub use identity::{Identity, IdentityError};
pub use options::{CorsOptions, ForwardOptions, Limits, ServerOptions};
pub use server::{Server, Stopper};
pub use stop::{Stop, Stopped};
