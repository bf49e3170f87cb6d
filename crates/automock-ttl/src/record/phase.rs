//! The phases of a stack's life and the steps between them.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Where a stack is in its life. The words are those that a person reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Phase {
    /// The first deploy is running, or was cut off.
    Creating,
    /// A later deploy is changing a stack that was active.
    Updating,
    /// The last deploy finished and the stack serves.
    Active,
    /// The last deploy did not finish; some resources may exist.
    Failed,
    /// Teardown has begun; nothing but its end can follow.
    TearingDown,
    /// Nothing of the stack is left.
    Done,
}

/// Every legal step; what is missing here is refused.
///
/// A step to the same phase means that an interrupted operation is taken up again.
const LEGAL: &[(Phase, Phase)] = &[
    (Phase::Creating, Phase::Creating),
    (Phase::Creating, Phase::Active),
    (Phase::Creating, Phase::Failed),
    (Phase::Creating, Phase::TearingDown),
    (Phase::Updating, Phase::Updating),
    (Phase::Updating, Phase::Active),
    (Phase::Updating, Phase::Failed),
    (Phase::Updating, Phase::TearingDown),
    (Phase::Active, Phase::Updating),
    (Phase::Active, Phase::TearingDown),
    (Phase::Failed, Phase::Creating),
    (Phase::Failed, Phase::Updating),
    (Phase::Failed, Phase::TearingDown),
    (Phase::TearingDown, Phase::TearingDown),
    (Phase::TearingDown, Phase::Done),
];

/// A step between two phases that the life of a stack does not have.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
#[error("a stack that is {from} cannot become {to}")]
pub struct IllegalTransition {
    /// The phase the stack is in.
    pub from: Phase,
    /// The phase that was asked for.
    pub to: Phase,
}

impl Phase {
    /// All phases, in the order of a life.
    pub const ALL: [Self; 6] = [
        Self::Creating,
        Self::Updating,
        Self::Active,
        Self::Failed,
        Self::TearingDown,
        Self::Done,
    ];

    /// Whether a stack in this phase may go to `next`.
    #[must_use]
    pub fn may_become(self, next: Self) -> bool {
        LEGAL.contains(&(self, next))
    }

    /// The phase after the step to `next`.
    ///
    /// # Errors
    /// When the life of a stack has no such step.
    pub fn step(self, next: Self) -> Result<Self, IllegalTransition> {
        if self.may_become(next) {
            Ok(next)
        } else {
            Err(IllegalTransition {
                from: self,
                to: next,
            })
        }
    }

    /// Whether resources of the stack may exist.
    #[must_use]
    pub fn may_own_resources(self) -> bool {
        self != Self::Done
    }

    /// The word that a person reads.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Creating => "creating",
            Self::Updating => "updating",
            Self::Active => "active",
            Self::Failed => "failed",
            Self::TearingDown => "tearing down",
            Self::Done => "done",
        }
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.word())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The phases reachable from `start`, `start` itself included.
    fn reachable(start: Phase) -> Vec<Phase> {
        let mut seen = vec![start];
        let mut next = 0;
        while let Some(&from) = seen.get(next) {
            next += 1;
            for to in Phase::ALL {
                if from.may_become(to) && !seen.contains(&to) {
                    seen.push(to);
                }
            }
        }
        seen
    }

    #[test]
    fn every_stack_can_reach_its_end() {
        for phase in Phase::ALL {
            assert!(
                reachable(phase).contains(&Phase::Done),
                "{phase} is a dead end"
            );
        }
    }

    #[test]
    fn a_teardown_is_never_taken_back() {
        assert_eq!(
            reachable(Phase::TearingDown),
            [Phase::TearingDown, Phase::Done]
        );
        assert_eq!(reachable(Phase::Done), [Phase::Done]);
    }

    #[test]
    fn an_illegal_step_names_both_ends() {
        let error = Phase::TearingDown.step(Phase::Active).unwrap_err();
        assert_eq!(
            error.to_string(),
            "a stack that is tearing down cannot become active"
        );
    }
}
