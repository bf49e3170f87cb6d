//! One expectation.

use super::{Action, TimeToLive, Times};
use crate::matching::RequestMatcher;
use crate::node::Node;

/// One expectation, ready to be served.
#[derive(Clone, Debug)]
pub struct Expectation {
    /// What it is called by; a new expectation with the same id takes its place.
    pub id: Option<String>,
    /// The higher ones are asked first.
    pub priority: i32,
    /// Which requests it is for.
    pub matcher: RequestMatcher,
    /// What it does.
    pub action: Action,
    /// How often.
    pub times: Times,
    /// How long.
    pub time_to_live: TimeToLive,
    /// What the client or the file said: the whole object.
    pub source: Node,
}
