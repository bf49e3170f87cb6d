//! One resource with an ownership tag, whosever it is.

use std::collections::BTreeMap;

use automock_model::StackId;
use aws_smithy_types::DateTime;
use jiff::Timestamp;

use crate::aws::tags::Tags;
use crate::inventory::{OWNERSHIP_TAG, Resource};
use crate::kind::ResourceKind;

/// A resource that says which stack it belongs to.
pub(super) struct Sighting {
    pub(super) kind: ResourceKind,
    pub(super) id: String,
    pub(super) arn: Option<String>,
    pub(super) name: String,
    pub(super) tags: Tags,
    pub(super) created: Option<Timestamp>,
}

impl Sighting {
    pub(super) fn new(kind: ResourceKind, id: impl Into<String>, tags: Tags) -> Self {
        let id = id.into();
        Self {
            kind,
            name: tags.get("Name").unwrap_or(&id).clone(),
            id,
            arn: None,
            tags,
            created: None,
        }
    }

    pub(super) fn with_arn(mut self, arn: &str) -> Self {
        self.arn = Some(arn.to_owned());
        self
    }

    pub(super) fn named(mut self, name: &str) -> Self {
        name.clone_into(&mut self.name);
        self
    }

    pub(super) fn created(mut self, at: Option<&DateTime>) -> Self {
        self.created = at.and_then(|at| Timestamp::from_second(at.secs()).ok());
        self
    }

    /// The stack that the tag names, if there is a tag.
    pub(super) fn owner(&self) -> Option<&str> {
        self.tags.get(OWNERSHIP_TAG).map(String::as_str)
    }

    pub(super) fn into_resource(self, region: &str, stack: &StackId) -> Resource {
        let found = Resource::tagged(self.kind, self.id, region, self.tags, stack).named(self.name);
        match self.arn {
            Some(arn) => found.with_arn(arn),
            None => found,
        }
    }
}

/// Sorts sightings by the stack that they name; those that name none are nobody's business.
pub(super) fn by_owner(sightings: Vec<Sighting>) -> BTreeMap<String, Vec<Sighting>> {
    let mut stacks: BTreeMap<String, Vec<Sighting>> = BTreeMap::new();
    for sighting in sightings {
        if let Some(owner) = sighting.owner().map(str::to_owned) {
            stacks.entry(owner).or_default().push(sighting);
        }
    }
    stacks
}
