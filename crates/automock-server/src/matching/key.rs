//! What an index can know about a matcher.

/// What an index can know about a matcher without asking it: conditions that every request meets
/// that it matches. All texts are in lower case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Key {
    /// The only method, if there is one.
    pub method: Option<String>,
    /// What is known of the path.
    pub path: PathKey,
}

/// What an index can know about a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PathKey {
    /// It is this one.
    Exact(String),
    /// It begins like this, and has so many segments that are not blank if that is known.
    Prefix {
        /// The beginning, which may be empty.
        prefix: String,
        /// How many segments.
        segments: Option<usize>,
    },
}

impl Default for PathKey {
    fn default() -> Self {
        Self::Prefix {
            prefix: String::new(),
            segments: None,
        }
    }
}
