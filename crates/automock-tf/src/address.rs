//! Addresses of resources, as Terraform writes them.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The absolute address of a resource instance, such as `module.network.aws_subnet.public["a"]`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Address(String);

impl Address {
    /// Takes the address as it stands; Terraform is the one to judge it.
    pub fn new(address: impl Into<String>) -> Self {
        Self(address.into())
    }

    /// The address as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<&str> for Address {
    fn from(address: &str) -> Self {
        Self(address.to_owned())
    }
}

impl PartialEq<str> for Address {
    fn eq(&self, other: &str) -> bool {
        self.0 == other
    }
}

impl PartialEq<&str> for Address {
    fn eq(&self, other: &&str) -> bool {
        self.0 == *other
    }
}

/// The key of an instance: a number with `count`, a name with `for_each`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(untagged)]
pub enum InstanceKey {
    /// The position of an instance made by `count`.
    Index(i64),
    /// The key of an instance made by `for_each`.
    Name(String),
}

impl fmt::Display for InstanceKey {
    /// Writes the key as it stands in an address: `[0]` or `["name"]`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Index(index) => write!(f, "[{index}]"),
            Self::Name(name) => write!(f, "[{}]", serde_json::Value::from(name.as_str())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_reads_numbers_and_names_and_writes_an_address_part() {
        let keys: Vec<InstanceKey> = serde_json::from_str(r#"[2, "blue \"x\""]"#).unwrap();
        assert_eq!(
            keys,
            [
                InstanceKey::Index(2),
                InstanceKey::Name("blue \"x\"".into())
            ]
        );
        assert_eq!(keys[0].to_string(), "[2]");
        assert_eq!(keys[1].to_string(), r#"["blue \"x\""]"#);
    }
}
