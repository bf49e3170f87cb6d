//! What an index can know about a matcher.

/// What an index can know about a matcher without asking it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {}
