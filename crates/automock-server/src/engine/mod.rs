//! The engine: a request goes in, an answer comes out.
//!
//! Besides its clock and its randomness the engine knows nothing outside of itself: it does not read
//! or write sockets, files or the environment, and it does not print.

mod answer;
mod callback;
mod events;
mod forward;
mod library;
mod modify;
mod override_parts;
mod reloads;
mod render;

pub use answer::{Answer, Reply, Unexpected};
pub use callback::{CallbackFailure, CallbackOrder, CallbackRequest};
pub use events::{Closest, Event, Miss, Observer};
pub use forward::{ForwardOrder, Outgoing, Target, received};
pub use library::{Engine, EngineOptions};
pub use reloads::{Reload, ReloadResult};

pub(crate) use events::closest;

#[cfg(test)]
mod tests;
