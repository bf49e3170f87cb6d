//! What an expectation says: typed, and checked down to its last field.
//!
//! A definition is made from a [`Node`](crate::node::Node) and keeps it, so that a client gets back
//! what it sent. Whatever this engine does not do is refused here, with its place and the reason:
//! nothing is ignored.

mod action;
mod expectation;
mod place;
mod read;
mod values;

pub use action::{
    Action, Body, ConnectionOptions, ErrorAction, Forward, HttpResponse, Modifier, OverrideForward,
    PathModifier, PairsModifier, TemplateAction, TemplateKind,
};
pub use expectation::Expectation;
pub use place::{Place, Refusal};
pub use read::read_expectations;
pub use values::{Delay, TimeToLive, Times};
