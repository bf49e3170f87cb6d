//! Clients that answer requests themselves: they hold a WebSocket open, and are asked over it.
//!
//! This module knows who is connected and what the messages look like. Whoever owns a connection
//! takes a [`Seat`] for it; whoever has a request for a client gets a [`Line`] to it.

mod clients;
mod limits;
mod line;
mod message;

pub use clients::{CallbackClients, Full, Seat};
pub use limits::CallbackLimits;
pub use line::{Call, Line, Silence, Weight};
pub use message::{Question, Reply, greeting, read_reply};

#[cfg(test)]
mod tests;
