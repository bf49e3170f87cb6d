//! Strategies that generate valid projects, for property tests. Behind the feature `arbitrary`.
//!
//! ```
//! use automock_model::Project;
//! use proptest::prelude::*;
//!
//! proptest!(ProptestConfig::with_cases(8), |(project in automock_model::strategy::project())| {
//!     prop_assert_eq!(Project::from_toml(&project.to_toml()), Ok(project));
//! });
//! ```

#![expect(
    clippy::missing_panics_doc,
    reason = "the values are valid by construction"
)]

mod infrastructure;
mod workload;

use std::collections::BTreeMap;

use proptest::prelude::*;

pub use infrastructure::{access, domain, engine, iam, network, observability};
pub use workload::{lifetime, scaling, tasks};

use crate::region::LISTED_REGIONS;
use crate::{Environment, Network, Project, ProjectName, Region};

/// Any valid project.
pub fn project() -> BoxedStrategy<Project> {
    (region(), network())
        .prop_flat_map(|(region, network)| {
            let tasks = tasks(&network);
            let engine = engine(&region, &network);
            let iam = iam(&region);
            let identity = (project_name(), environment(), expectations_path());
            let parts = (tasks, scaling(), lifetime(), proptest::option::of(domain()));
            let rest = (access(), engine, iam, observability(), tags());
            (Just((region, network)), identity, parts, rest)
        })
        .prop_map(|((region, network), identity, parts, rest)| {
            assemble(region, network, identity, parts, rest)
        })
        .boxed()
}

type Identity = (ProjectName, Environment, String);
type Parts = (
    crate::Tasks,
    crate::Scaling,
    crate::Lifetime,
    Option<crate::Domain>,
);
type Rest = (
    crate::Access,
    crate::Engine,
    crate::Iam,
    crate::Observability,
    BTreeMap<String, String>,
);

fn assemble(
    region: Region,
    network: Network,
    (name, environment, expectations): Identity,
    (tasks, scaling, ttl, domain): Parts,
    (access, engine, iam, observability, tags): Rest,
) -> Project {
    Project {
        name,
        environment,
        region,
        expectations,
        tasks,
        scaling,
        ttl,
        network,
        domain,
        access,
        engine,
        iam,
        observability,
        tags,
    }
}

impl Arbitrary for Project {
    type Parameters = ();
    type Strategy = BoxedStrategy<Self>;

    fn arbitrary_with((): ()) -> Self::Strategy {
        project()
    }
}

/// Any project name.
pub fn project_name() -> impl Strategy<Value = ProjectName> {
    "[a-z][a-z0-9-]{1,38}[a-z0-9]".prop_map(|text| text.parse().expect("the pattern is valid"))
}

/// Any environment.
pub fn environment() -> impl Strategy<Value = Environment> {
    "[a-z]([a-z0-9-]{0,14}[a-z0-9])?".prop_map(|text| text.parse().expect("the pattern is valid"))
}

/// Any region, mostly a listed one.
pub fn region() -> impl Strategy<Value = Region> {
    let listed = proptest::sample::select(LISTED_REGIONS.as_slice()).prop_map(str::to_owned);
    prop_oneof![9 => listed, 1 => "(eu|us-gov|cn)-(north|south)-[6-9]"]
        .prop_map(|code| Region::new(&code).expect("the pattern is valid"))
}

/// Any extra tags.
pub fn tags() -> impl Strategy<Value = BTreeMap<String, String>> {
    let key = "[a-zA-Zé][a-zA-Z0-9 _.:/=+@-]{0,20}[a-z0-9]".prop_filter("reserved", |key| {
        let lower = key.to_lowercase();
        !lower.starts_with("aws:") && !lower.starts_with("automock:")
    });
    let entries = proptest::collection::vec((key, "[a-zA-Z0-9 ü_.:/=+@-]{0,30}"), 0..8);
    entries.prop_map(|entries| {
        let mut seen = std::collections::BTreeSet::new();
        let is_new = |(key, _): &(String, String)| seen.insert(key.to_lowercase());
        entries.into_iter().filter(is_new).collect()
    })
}

fn expectations_path() -> impl Strategy<Value = String> {
    // Quotes and backslashes have to survive TOML.
    "(\\.\\./)?[a-z]{1,8}(/[a-zA-Z0-9 ü\"'#\\\\.-]{1,8}){0,2}\\.json"
}
