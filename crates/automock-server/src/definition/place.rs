//! Where in a document something stands.

use std::fmt;

/// A place in a document, such as `[3].httpRequest.path`; empty for the document itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place(String);

/// Something that is not taken, and why.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{place}{}{reason}", if self.place.is_root() { "" } else { ": " })]
pub struct Refusal {
    /// Where it stands.
    pub place: Place,
    /// Why it is refused.
    pub reason: String,
}

impl Place {
    /// The document itself.
    #[must_use]
    pub fn root() -> Self {
        Self::default()
    }

    /// The place of a member.
    #[must_use]
    pub fn member(&self, name: &str) -> Self {
        if self.is_root() {
            return Self(name.to_owned());
        }
        Self([&self.0, ".", name].concat())
    }

    /// The place of an item, counted from 0.
    #[must_use]
    pub fn item(&self, index: usize) -> Self {
        Self([&self.0, "[", &index.to_string(), "]"].concat())
    }

    /// Whether this is the document itself.
    #[must_use]
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// A refusal of what stands here.
    #[must_use]
    pub fn refuse(&self, reason: impl Into<String>) -> Refusal {
        Refusal {
            place: self.clone(),
            reason: reason.into(),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_reads_like_a_path() {
        let place = Place::root().item(3).member("httpRequest").member("path");
        assert_eq!(place.to_string(), "[3].httpRequest.path");
        assert_eq!(place.refuse("no").to_string(), "[3].httpRequest.path: no");
        assert_eq!(Place::root().refuse("no").to_string(), "no");
    }
}
