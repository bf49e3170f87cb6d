//! One resource in a journal.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::inventory::{Ownership, Resource};
use crate::kind::ResourceKind;
use crate::reaper::NamedByState;

/// A resource of the stack, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The resource as it was last seen.
    pub resource: Resource,
    /// How it was found first.
    pub source: Source,
    /// Terraform's address, if its state names the resource.
    pub address: Option<String>,
    /// When it was found.
    pub first_seen: Timestamp,
    /// When somebody last set out to ask for its removal, if that may have been accepted.
    #[serde(default)]
    pub asked_at: Option<Timestamp>,
    /// Who that was.
    #[serde(default)]
    pub asked_by: Option<String>,
    /// When somebody's request to remove it was first accepted.
    pub requested_at: Option<Timestamp>,
    /// Whose request that was.
    pub requested_by: Option<String>,
    /// When it was seen to be gone.
    pub gone_at: Option<Timestamp>,
    /// Who made it go.
    pub gone_by: Option<String>,
    /// Whether it was there again after it had been seen to be gone.
    #[serde(default)]
    pub returned: bool,
    /// What held it when it was last tried, in words.
    pub hold: Option<String>,
}

/// How a resource was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Source {
    /// By its tags or its name.
    Scan,
    /// Terraform's state named it, and its own tags confirmed whose it is.
    State,
}

impl Entry {
    pub(super) fn new(resource: Resource, source: Source, now: Timestamp) -> Self {
        Self {
            resource,
            source,
            address: None,
            first_seen: now,
            asked_at: None,
            asked_by: None,
            requested_at: None,
            requested_by: None,
            gone_at: None,
            gone_by: None,
            returned: false,
            hold: None,
        }
    }

    pub(super) fn is(&self, kind: ResourceKind, id: &str) -> bool {
        self.resource.kind == kind && self.resource.id == id
    }

    /// Whether it is what Terraform's state names. The provider's id is sometimes the ARN and
    /// sometimes the name.
    pub(super) fn is_named(&self, named: &NamedByState) -> bool {
        let Resource { kind, id, arn, .. } = &self.resource;
        let same_arn = named
            .arn
            .as_ref()
            .is_some_and(|it| it == id || arn.as_ref() == Some(it));
        *kind == named.kind && (*id == named.id || same_arn)
    }

    /// Whether it has to go and has not.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.gone_at.is_none() && self.resource.belongs_to_stack()
    }

    /// It was seen, perhaps after it seemed to be gone.
    ///
    /// What AWS shows now decides whose it is. Only a proof that came from another resource is
    /// kept while nothing about this one has changed: the other resource may be gone already.
    pub(super) fn seen(&mut self, resource: &Resource) {
        let is_claimed = matches!(resource.ownership, Ownership::Claimed { .. });
        if self.gone_at.is_some() && (is_claimed || !resource.belongs_to_stack()) {
            // Somebody else's thing has the name by now.
            return;
        }
        let proven = matches!(self.resource.ownership, Ownership::Proven { .. });
        if proven && self.resource.details == resource.details {
            self.resource.name.clone_from(&resource.name);
        } else {
            self.resource = resource.clone();
        }
        if self.gone_at.take().is_some() {
            self.gone_by = None;
            self.returned = true;
        }
    }

    /// Decides about what only Terraform's state can tell; whether it is the stack's, if that was
    /// open.
    pub(super) fn settle_claim(&mut self) -> Option<bool> {
        let Ownership::Claimed { by } = &self.resource.ownership else {
            return None;
        };
        let named = self.address.is_some();
        self.resource.ownership = if named {
            Ownership::Proven {
                by: format!("{by}, and Terraform's state names it"),
            }
        } else {
            Ownership::Foreign {
                because: format!(
                    "{by}, but Terraform's state does not name it, so another certificate may need it"
                ),
            }
        };
        Some(named)
    }

    /// Whoever dies now may have had its removal accepted.
    pub(super) fn asked(&mut self, by: &str, now: Timestamp) {
        self.asked_at = Some(now);
        self.asked_by = Some(by.to_owned());
    }

    pub(super) fn refused(&mut self) {
        self.asked_at = None;
        self.asked_by = None;
    }

    /// When and by whom its removal was asked for, as far as that is known.
    pub(crate) fn remover(&self) -> Option<(Timestamp, &str)> {
        let accepted = self.requested_at.zip(self.requested_by.as_deref());
        accepted.or(self.asked_at.zip(self.asked_by.as_deref()))
    }

    /// Tells whether this was the first request.
    pub(super) fn requested(&mut self, by: &str, now: Timestamp) -> bool {
        if self.requested_at.is_some() {
            return false;
        }
        self.requested_at = Some(now);
        self.requested_by = Some(by.to_owned());
        true
    }

    /// Tells whether that is news. What comes and goes does not move anything.
    pub(super) fn gone(&mut self, by: &str, now: Timestamp) -> bool {
        if self.gone_at.is_some() {
            return false;
        }
        self.gone_at = Some(now);
        self.gone_by = Some(self.remover().map_or(by, |(_, by)| by).to_owned());
        self.hold = None;
        !self.returned
    }
}
