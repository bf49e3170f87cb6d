//! What an expectation says: typed, and checked down to its last field.
//!
//! A definition is made from a [`Node`](crate::node::Node) and keeps it, so that a client gets back
//! what it sent. Whatever this engine does not do is refused here, with its place and the reason:
//! nothing is ignored.

mod action;
mod action_read;
mod body_fields;
mod delay;
mod expectation;
mod fields;
mod pairs;
mod place;
mod read;
mod response;
mod response_body;
mod suggest;
mod values;

pub use action::{
    Action, Body, Callback, CallbackKind, ConnectionOptions, ErrorAction, Forward, HttpResponse,
    Modifier, OverrideForward, PairsModifier, PathModifier, TemplateAction, TemplateKind,
};
pub(crate) use action_read::read_address;
pub use delay::Delay;
pub use expectation::Expectation;
pub use place::{Place, Refusal};
pub use read::read_expectations;
pub use values::{TimeToLive, Times};

pub(crate) use body_fields::{BodyKind, Written, refuse_others, written};
pub(crate) use fields::{Fields, refuse_type};
pub(crate) use pairs::collect;
pub(crate) use read::NO_OPENAPI;
pub(crate) use response_body::read_base64;
pub(crate) use suggest::closest;
