//! Why a request is not the expected one.

use std::fmt;

/// The first property in which a request differs from what is expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The property's name in an expectation, such as `path`.
    pub property: &'static str,
    /// What was expected.
    pub expected: String,
    /// What was found.
    pub found: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { property, expected, found } = self;
        write!(formatter, "{property}: expected {expected}, found {found}")
    }
}
