//! What a plan does to a resource.

use std::fmt;

use serde::Serialize;

/// What a plan does to a resource.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", content = "detail", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Actions {
    /// Nothing.
    NoOp,
    /// It is made.
    Create,
    /// A data source is read.
    Read,
    /// It is changed in place.
    Update,
    /// It is deleted and made anew.
    Replace {
        /// Whether the new one is made before the old one is deleted.
        create_before_destroy: bool,
    },
    /// It is deleted.
    Delete,
    /// It leaves the state and goes on existing.
    Forget,
    /// Words that this version does not know, in order.
    Other(Vec<String>),
}

impl Actions {
    /// Whether an object is deleted.
    #[must_use]
    pub fn destroys(&self) -> bool {
        matches!(self, Self::Delete | Self::Replace { .. })
    }
}

impl From<Vec<String>> for Actions {
    fn from(words: Vec<String>) -> Self {
        let known: Vec<&str> = words.iter().map(String::as_str).collect();
        match known[..] {
            ["no-op"] => Self::NoOp,
            ["create"] => Self::Create,
            ["read"] => Self::Read,
            ["update"] => Self::Update,
            ["delete"] => Self::Delete,
            ["forget"] => Self::Forget,
            ["delete", "create"] => Self::Replace {
                create_before_destroy: false,
            },
            ["create", "delete"] => Self::Replace {
                create_before_destroy: true,
            },
            _ => Self::Other(words),
        }
    }
}

impl fmt::Display for Actions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoOp => "no change",
            Self::Create => "create",
            Self::Read => "read",
            Self::Update => "update",
            Self::Replace {
                create_before_destroy: false,
            } => "replace (delete, then create)",
            Self::Replace {
                create_before_destroy: true,
            } => "replace (create, then delete)",
            Self::Delete => "delete",
            Self::Forget => "forget",
            Self::Other(words) => return f.write_str(&words.join(" and ")),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_of_a_replacement_matters() {
        let of = |words: &[&str]| {
            Actions::from(words.iter().map(|w| (*w).to_owned()).collect::<Vec<_>>())
        };
        assert_eq!(
            of(&["delete", "create"]),
            Actions::Replace {
                create_before_destroy: false
            }
        );
        assert_eq!(
            of(&["create", "delete"]),
            Actions::Replace {
                create_before_destroy: true
            }
        );
        assert_eq!(of(&["create", "forget"]).to_string(), "create and forget");
        assert!(of(&["delete"]).destroys() && !of(&["forget"]).destroys());
    }
}
