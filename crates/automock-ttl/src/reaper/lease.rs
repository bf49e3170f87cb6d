//! The right to work on a stack's teardown, for a time.

use std::time::Duration;

use automock_model::StackId;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Actor, DocumentError, document};
use crate::teardown::later;

/// The schema that this version of the crate writes, and the newest one that it reads.
const SCHEMA_VERSION: u32 = 1;

/// Who may work on a stack's teardown, and until when.
///
/// It is written only where there is none, or in the place of one whose time is over. Whoever
/// holds it works until then and not a moment longer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lease {
    /// Version of this layout.
    pub schema_version: u32,
    /// The stack.
    pub stack: StackId,
    /// The run that holds it, see [`Actor::run`].
    pub holder: String,
    /// The holder for people, see [`Actor::name`].
    pub name: String,
    /// When the holder got it.
    pub taken_at: Timestamp,
    /// When it ends by itself.
    pub until: Timestamp,
    /// How often the holder has renewed it.
    pub renewals: u32,
}

impl Lease {
    /// The longest time that a lease is taken for. A Lambda runs for a quarter of it at most.
    pub const LONGEST: Duration = Duration::from_hours(1);

    /// A lease for an actor.
    #[must_use]
    pub fn new(stack: &StackId, actor: &Actor, now: Timestamp, until: Timestamp) -> Self {
        Self {
            schema_version: SCHEMA_VERSION,
            stack: stack.clone(),
            holder: actor.run.clone(),
            name: actor.name.clone(),
            taken_at: now,
            until,
            renewals: 0,
        }
    }

    /// The same lease with another end, which is never an earlier one.
    #[must_use]
    pub fn renewed(&self, until: Timestamp) -> Self {
        Self {
            until: until.max(self.until),
            renewals: self.renewals.saturating_add(1),
            ..self.clone()
        }
    }

    /// The same lease, given back or cut short.
    #[must_use]
    pub fn ended(&self, until: Timestamp) -> Self {
        Self {
            until: until.min(self.until),
            renewals: self.renewals.saturating_add(1),
            ..self.clone()
        }
    }

    /// Whether its time is over, so that anybody may take it.
    ///
    /// One that claims to last for hours was written by a clock that goes wrong, and counts as
    /// over as well: it must not keep a teardown from its end.
    #[must_use]
    pub fn is_over(&self, now: Timestamp) -> bool {
        now >= self.until || self.until > later(now, Self::LONGEST)
    }

    /// Reads a lease.
    ///
    /// # Errors
    /// When the bytes are no lease, or one of a newer schema version.
    pub fn from_json(bytes: &[u8]) -> Result<Self, DocumentError> {
        document::read(bytes, SCHEMA_VERSION)
    }

    /// Writes the lease.
    #[must_use]
    pub fn to_json(&self) -> Vec<u8> {
        document::write(self)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::deadline::after;
    use crate::fixture::{record, start};

    fn lease(seconds: u64) -> Lease {
        let actor = Actor::new("reaper", "run-1");
        let stack = record("petstore", None).stack_id;
        Lease::new(&stack, &actor, start(), after(start(), seconds))
    }

    #[test]
    fn a_lease_is_over_at_its_very_end() {
        assert!(!lease(60).is_over(after(start(), 59)));
        assert!(lease(60).is_over(after(start(), 60)));
    }

    #[test]
    fn a_lease_of_a_clock_that_goes_wrong_binds_nobody() {
        assert!(!lease(3600).is_over(start()));
        assert!(lease(3601).is_over(start()));
    }

    #[test]
    fn a_renewal_keeps_the_holder_and_is_told_from_what_was_there() {
        let renewed = lease(60).renewed(after(start(), 120));
        assert_eq!(renewed.holder, "run-1");
        assert_eq!(renewed.until, after(start(), 120));
        assert_ne!(lease(60).renewed(start()).to_json(), lease(60).to_json());
    }

    #[test]
    fn a_newer_schema_is_refused() {
        let text = lease(1).to_json();
        let newer = String::from_utf8(text)
            .unwrap()
            .replace("\"schema_version\": 1", "\"schema_version\": 2");
        let error = Lease::from_json(newer.as_bytes()).unwrap_err();
        assert!(matches!(error, DocumentError::NewerSchema { found: 2, .. }));
    }

    proptest! {
        #[test]
        fn a_lease_only_changes_its_end(seconds: u32, until: u32) {
            let (before, until) = (lease(seconds.into()), after(start(), until.into()));
            prop_assert!(before.renewed(until).until >= before.until);
            prop_assert!(before.ended(until).until <= before.until);
            prop_assert_eq!(Lease::from_json(&before.to_json()).unwrap(), before);
        }
    }
}
