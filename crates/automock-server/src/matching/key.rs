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
    /// It begins like this.
    Prefix {
        /// How it begins, which is the whole path for some patterns.
        prefix: Prefix,
        /// How many segments it has that are not blank, if that is known.
        segments: Option<usize>,
    },
}

/// How a path begins. It is ASCII, with [`Prefix::HOLE`] in place of letters that may be any.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Prefix {
    /// The letters and the holes.
    pub text: String,
    /// There is nothing more.
    pub whole: bool,
}

impl Prefix {
    /// Stands for any one letter.
    pub const HOLE: char = '\0';
}

impl Default for PathKey {
    fn default() -> Self {
        Self::Prefix {
            prefix: Prefix::default(),
            segments: None,
        }
    }
}
