//! The order of a teardown for people: what goes when, and what it waits for.

use std::collections::BTreeSet;
use std::fmt;

use super::{Dependency, ResourceKind, waves};

/// The waves in which some kinds go, in words.
///
/// A teardown follows single resources and not waves, so a kind may well go earlier than its
/// wave; never before what it waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The waves, without those in which nothing would go.
    pub waves: Vec<Wave>,
}

/// Kinds that can go at the same time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wave {
    /// The kinds, each with what it waits for among the kinds of the plan.
    pub kinds: Vec<(ResourceKind, Vec<Dependency>)>,
}

impl Plan {
    /// The plan for the kinds that there are; the same kind may be given more than once.
    #[must_use]
    pub fn of(kinds: impl IntoIterator<Item = ResourceKind>) -> Self {
        let kinds: BTreeSet<_> = kinds.into_iter().collect();
        let wave = |wave: Vec<ResourceKind>| Wave {
            kinds: wave
                .into_iter()
                .filter(|kind| kinds.contains(kind))
                .map(|kind| (kind, waits(kind, &kinds)))
                .collect(),
        };
        let waves = waves().into_iter().map(wave);
        Self {
            waves: waves.filter(|wave| !wave.kinds.is_empty()).collect(),
        }
    }
}

fn waits(kind: ResourceKind, kinds: &BTreeSet<ResourceKind>) -> Vec<Dependency> {
    // The reaper's parts wait for everything, which needs no list.
    kind.dependencies()
        .filter(|needed| kinds.contains(&needed.after))
        .filter(|needed| !kind.is_reaper() || needed.after.is_reaper())
        .collect()
}

impl fmt::Display for Plan {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, wave) in (1..).zip(&self.waves) {
            for (kind, waits) in &wave.kinds {
                writeln!(formatter, "{number}. {kind}")?;
                for needed in waits {
                    writeln!(formatter, "     after {}: {}", needed.after, needed.because)?;
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ResourceKind as K;

    #[test]
    fn a_plan_says_what_goes_when_and_why() {
        let kinds = [
            K::Vpc,
            K::Subnet,
            K::LoadBalancer,
            K::Subnet,
            K::LambdaFunction,
        ];
        let text = Plan::of(kinds).to_string();
        assert_eq!(
            text,
            "1. load balancer\n\
             2. subnet\n     after load balancer: the load balancer stands in the subnet\n\
             3. VPC\n     after load balancer: it stands in the VPC\n     \
             after subnet: it belongs to the VPC\n\
             4. Lambda function\n"
        );
    }

    #[test]
    fn nothing_that_waits_is_in_the_wave_of_what_it_waits_for() {
        let plan = Plan::of(K::ALL);
        let mut gone = BTreeSet::new();
        for wave in &plan.waves {
            for (kind, waits) in &wave.kinds {
                let early = waits.iter().find(|needed| !gone.contains(&needed.after));
                assert!(early.is_none(), "{kind} is too early: {early:?}");
            }
            gone.extend(wave.kinds.iter().map(|(kind, _)| *kind));
        }
        assert_eq!(gone.len(), K::ALL.len());
    }

    #[test]
    fn no_kinds_are_no_plan() {
        assert_eq!(Plan::of([]).to_string(), "");
    }
}
