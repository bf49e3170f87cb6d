//! What was found of a stack, and what is known about whose it is.

use std::collections::BTreeMap;
use std::fmt;

use automock_model::StackId;
use serde::{Deserialize, Serialize};

use crate::failure::CloudFailure;
use crate::kind::ResourceKind;

/// The tag that says which stack a resource belongs to.
pub const OWNERSHIP_TAG: &str = "automock:stack";

/// A resource that was found while looking for a stack.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resource {
    /// What it is.
    pub kind: ResourceKind,
    /// What AWS's calls name it by, unique within the kind.
    pub id: String,
    /// Its ARN, if it has one.
    pub arn: Option<String>,
    /// What a person calls it.
    pub name: String,
    /// The region it is in.
    pub region: String,
    /// Its tags, as far as its kind has any.
    pub tags: BTreeMap<String, String>,
    /// Whose it is.
    pub ownership: Ownership,
    /// What removing it needs to know besides the id.
    pub details: BTreeMap<String, String>,
}

/// Whether a resource belongs to the stack, and how that is known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Ownership {
    /// It carries the stack's ownership tag.
    Tagged,
    /// It cannot carry a tag, and this fact ties it to the stack.
    Proven {
        /// The fact.
        by: String,
    },
    /// It cannot carry a tag and is what the stack would have made, but somebody else may have made
    /// it for the same purpose. Only Terraform's state can say which; until then it is not deleted.
    Claimed {
        /// What it is for.
        by: String,
    },
    /// It ends with a resource of the stack and is only waited for.
    Attached {
        /// What it is attached to.
        to: String,
    },
    /// It is in the stack's place but does not belong to the stack. It is never deleted.
    Foreign {
        /// Why it does not belong to the stack.
        because: String,
    },
}

/// A part of the cloud that could not be looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// The kind that may exist without having been seen.
    pub kind: ResourceKind,
    /// Why it could not be looked at.
    pub reason: CloudFailure,
}

/// The result of one look at the cloud.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inventory {
    /// Every resource found, foreign ones included.
    pub found: Vec<Resource>,
    /// What could not be looked at. What is unknown is not absent: nothing that waits for such
    /// a kind is deleted.
    pub unreadable: Vec<Unreadable>,
}

impl Resource {
    /// A resource whose ownership is read from its tags.
    #[must_use]
    pub fn tagged(
        kind: ResourceKind,
        id: impl Into<String>,
        region: &str,
        tags: BTreeMap<String, String>,
        stack: &StackId,
    ) -> Self {
        let ownership = Ownership::from_tags(&tags, stack);
        let id = id.into();
        Self {
            kind,
            name: tags.get("Name").unwrap_or(&id).clone(),
            id,
            arn: None,
            region: region.to_owned(),
            tags,
            ownership,
            details: BTreeMap::new(),
        }
    }

    /// A resource without tags whose ownership is known in another way.
    #[must_use]
    pub fn untagged(
        kind: ResourceKind,
        id: impl Into<String>,
        region: &str,
        ownership: Ownership,
    ) -> Self {
        let id = id.into();
        Self {
            kind,
            name: id.clone(),
            id,
            arn: None,
            region: region.to_owned(),
            tags: BTreeMap::new(),
            ownership,
            details: BTreeMap::new(),
        }
    }

    /// Adds the ARN.
    #[must_use]
    pub fn with_arn(mut self, arn: impl Into<String>) -> Self {
        self.arn = Some(arn.into());
        self
    }

    /// Sets what a person calls it.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// Adds something that removing it needs to know.
    #[must_use]
    pub fn with_detail(mut self, key: &str, value: impl Into<String>) -> Self {
        self.details.insert(key.to_owned(), value.into());
        self
    }

    /// Whether the stack owns it, so that it may be deleted.
    #[must_use]
    pub fn may_be_deleted(&self) -> bool {
        !self.kind.is_wait_only() && self.ownership.is_owned()
    }

    /// Whether it has to be gone before the stack is.
    #[must_use]
    pub fn belongs_to_stack(&self) -> bool {
        !matches!(self.ownership, Ownership::Foreign { .. })
    }
}

impl fmt::Display for Resource {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.kind, self.name)?;
        if self.name == self.id || self.id.contains(&self.name) {
            Ok(())
        } else {
            write!(formatter, " ({})", self.id)
        }
    }
}

impl Ownership {
    /// What the tags say about whose a resource is.
    #[must_use]
    pub fn from_tags(tags: &BTreeMap<String, String>, stack: &StackId) -> Self {
        match tags.get(OWNERSHIP_TAG) {
            Some(owner) if owner == stack.as_str() => Self::Tagged,
            Some(other) => Self::Foreign {
                because: format!("it belongs to the stack {other}"),
            },
            None => Self::Foreign {
                because: format!("it has no tag {OWNERSHIP_TAG}"),
            },
        }
    }

    /// Whether the stack itself owns the resource.
    #[must_use]
    pub fn is_owned(&self) -> bool {
        matches!(self, Self::Tagged | Self::Proven { .. })
    }
}

impl Inventory {
    /// Whether nothing of the stack was found and everything could be looked at.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.unreadable.is_empty() && self.of_stack().next().is_none()
    }

    /// The resources that have to be gone before the stack is.
    pub fn of_stack(&self) -> impl Iterator<Item = &Resource> {
        self.found
            .iter()
            .filter(|resource| resource.belongs_to_stack())
    }

    /// The resources in the stack's place that do not belong to it.
    pub fn foreign(&self) -> impl Iterator<Item = &Resource> {
        self.found
            .iter()
            .filter(|resource| !resource.belongs_to_stack())
    }

    /// Adds what another look has found; a resource that both saw is kept once.
    pub fn merge(&mut self, other: Self) {
        for resource in other.found {
            let known = |seen: &Resource| seen.kind == resource.kind && seen.id == resource.id;
            if !self.found.iter().any(known) {
                self.found.push(resource);
            }
        }
        self.unreadable.extend(other.unreadable);
    }

    /// Adds the outcome of looking for one kind.
    pub fn add(&mut self, kind: ResourceKind, found: Result<Vec<Resource>, CloudFailure>) {
        match found {
            Ok(found) => self.merge(Self {
                found,
                unreadable: Vec::new(),
            }),
            Err(reason) => self.unreadable.push(Unreadable { kind, reason }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::record;

    fn tags(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect()
    }

    fn subnet(id: &str, pairs: &[(&str, &str)]) -> Resource {
        let stack = record("petstore", None).stack_id;
        Resource::tagged(ResourceKind::Subnet, id, "us-east-1", tags(pairs), &stack)
    }

    #[test]
    fn only_the_exact_tag_makes_an_owner() {
        assert!(subnet("a", &[(OWNERSHIP_TAG, "petstore-dev")]).may_be_deleted());
        for odd in [
            vec![],
            vec![(OWNERSHIP_TAG, "petstore-dev2")],
            vec![(OWNERSHIP_TAG, "")],
            vec![("Automock:stack", "petstore-dev")],
            vec![("Name", "petstore-dev")],
        ] {
            assert!(!subnet("a", &odd).may_be_deleted(), "{odd:?}");
        }
    }

    #[test]
    fn a_foreign_resource_says_whose_it_is() {
        let other = subnet("a", &[(OWNERSHIP_TAG, "shop-prod")]);
        let because = "it belongs to the stack shop-prod".to_owned();
        assert_eq!(other.ownership, Ownership::Foreign { because });
    }

    #[test]
    fn what_is_only_waited_for_is_never_deleted() {
        let proof = Ownership::Proven {
            by: "anything".to_owned(),
        };
        let interface =
            Resource::untagged(ResourceKind::NetworkInterface, "eni-1", "us-east-1", proof);
        assert!(!interface.may_be_deleted());
        assert!(interface.belongs_to_stack());
    }

    #[test]
    fn an_unreadable_part_is_not_clean() {
        let mut inventory = Inventory::default();
        assert!(inventory.is_clean());
        inventory.add(ResourceKind::Subnet, Ok(vec![subnet("foreign", &[])]));
        assert!(inventory.is_clean(), "foreign resources stay");
        let reason = CloudFailure::RegionUnreachable {
            message: "x".to_owned(),
        };
        inventory.add(ResourceKind::Vpc, Err(reason));
        assert!(!inventory.is_clean());
    }

    #[test]
    fn a_resource_survives_the_journal() {
        let made = subnet(
            "subnet-1",
            &[(OWNERSHIP_TAG, "petstore-dev"), ("Name", "left")],
        )
        .with_arn("arn:aws:ec2:x")
        .with_detail("vpc", "vpc-1");
        let json = serde_json::to_string(&made).unwrap();
        assert_eq!(serde_json::from_str::<Resource>(&json).unwrap(), made);
        assert_eq!(made.to_string(), "subnet left (subnet-1)");
    }
}
