//! What exists in an emulated world.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use serde::Deserialize;

/// One resource that was made and has not been deleted.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Resource {
    /// The service that has it, such as `ec2`.
    pub service: String,
    /// What it is, such as `vpc`.
    pub kind: String,
    /// Its name, id or ARN.
    pub name: String,
    /// Where it is; `aws` for services without regions.
    pub region: String,
    /// Whose it is.
    pub account: String,
}

/// Everything in a world but what AWS made by itself.
///
/// Resources that AWS keeps only as a memory (inactive services and clusters, deleted NAT
/// gateways, stopped tasks) count as gone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Census {
    resources: Vec<Resource>,
    uncounted_services: Vec<String>,
}

/// How one census differs from an earlier one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CensusDiff {
    /// What came.
    pub added: Vec<Resource>,
    /// What went.
    pub removed: Vec<Resource>,
}

type ByName<T> = BTreeMap<String, T>;

/// The census as the emulator answers it: account, region, service, kind, names.
#[derive(Deserialize)]
pub(crate) struct Answer {
    accounts: ByName<ByName<ByName<ByName<Vec<String>>>>>,
    uncounted_services: Vec<String>,
}

impl Census {
    /// Whether nothing is left, and nothing was changed that the census cannot see.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.resources.is_empty() && self.uncounted_services.is_empty()
    }

    /// All resources, ordered by service, kind and name.
    #[must_use]
    pub fn resources(&self) -> &[Resource] {
        &self.resources
    }

    /// Services that were changed and that the census does not know.
    #[must_use]
    pub fn uncounted_services(&self) -> &[String] {
        &self.uncounted_services
    }

    /// How many resources of a kind exist in all accounts and regions.
    #[must_use]
    pub fn count(&self, service: &str, kind: &str) -> usize {
        self.names(service, kind).len()
    }

    /// The names of the resources of a kind.
    #[must_use]
    pub fn names(&self, service: &str, kind: &str) -> Vec<&str> {
        self.resources
            .iter()
            .filter(|resource| resource.service == service && resource.kind == kind)
            .map(|resource| resource.name.as_str())
            .collect()
    }

    /// What changed since `earlier`.
    #[must_use]
    pub fn diff(&self, earlier: &Self) -> CensusDiff {
        let minus = |left: &Self, right: &Self| {
            let right: BTreeSet<_> = right.resources.iter().collect();
            left.resources
                .iter()
                .filter(|resource| !right.contains(resource))
                .cloned()
                .collect()
        };
        CensusDiff {
            added: minus(self, earlier),
            removed: minus(earlier, self),
        }
    }
}

impl CensusDiff {
    /// Takes out what tells of a stack that is gone, its journal and its receipts, and says how many receipts
    /// there are.
    pub fn take_receipts(&mut self, stack: &str) -> usize {
        let (journal, receipts) = (
            format!("/journals/{stack}/journal.json"),
            format!("/receipts/{stack}/"),
        );
        let is_journal = |it: &Resource| it.service == "s3" && it.name.ends_with(&journal);
        self.added.retain(|it| !is_journal(it));
        let with_receipts = self.added.len();
        self.added
            .retain(|it| it.service != "s3" || !it.name.contains(&receipts));
        with_receipts - self.added.len()
    }
}

impl From<Answer> for Census {
    fn from(answer: Answer) -> Self {
        let mut resources = Vec::new();
        for (account, regions) in answer.accounts {
            for (region, services) in regions {
                for (service, kinds) in services {
                    for (kind, names) in kinds {
                        resources.extend(names.into_iter().map(|name| Resource {
                            service: service.clone(),
                            kind: kind.clone(),
                            name,
                            region: region.clone(),
                            account: account.clone(),
                        }));
                    }
                }
            }
        }
        resources.sort();
        Self {
            resources,
            uncounted_services: answer.uncounted_services,
        }
    }
}

impl CensusDiff {
    /// Whether nothing came and nothing went.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty()
    }
}

impl fmt::Display for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            service,
            kind,
            name,
            region,
            account,
        } = self;
        write!(f, "{service} {kind} {name} ({region}, {account})")
    }
}

impl fmt::Display for Census {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            return write!(f, "nothing");
        }
        for resource in &self.resources {
            writeln!(f, "{resource}")?;
        }
        for service in &self.uncounted_services {
            writeln!(f, "{service} was changed and is not counted")?;
        }
        Ok(())
    }
}

impl fmt::Display for CensusDiff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for resource in &self.added {
            writeln!(f, "+ {resource}")?;
        }
        for resource in &self.removed {
            writeln!(f, "- {resource}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn census(json: &str) -> Census {
        serde_json::from_str::<Answer>(json).unwrap().into()
    }

    fn one_vpc() -> Census {
        census(
            r#"{"accounts": {"1": {"us-east-1": {"ec2": {"vpc": ["vpc-a"], "subnet": ["s-b", "s-a"]}}}},
                "uncounted_services": []}"#,
        )
    }

    #[test]
    fn counts_and_names_by_kind() {
        let census = one_vpc();
        assert_eq!(census.count("ec2", "vpc"), 1);
        assert_eq!(census.names("ec2", "subnet"), ["s-a", "s-b"]);
        assert_eq!(census.count("s3", "bucket"), 0);
        assert!(!census.is_empty());
    }

    #[test]
    fn an_uncounted_service_is_not_nothing() {
        let census = census(r#"{"accounts": {}, "uncounted_services": ["braket"]}"#);
        assert!(census.resources().is_empty());
        assert!(!census.is_empty());
        assert!(census.to_string().contains("braket"));
    }

    #[test]
    fn a_receipt_and_a_journal_are_no_leftovers() {
        let object = |name: &str| Resource {
            service: "s3".to_owned(),
            kind: "object".to_owned(),
            name: format!("bucket/{name}"),
            region: "aws".to_owned(),
            account: "1".to_owned(),
        };
        let names = [
            "journals/pets-dev/journal.json",
            "receipts/pets-dev/1.json",
            "receipts/pets-dev2/1.json",
            "registry/pets-dev.json",
        ];
        let mut diff = CensusDiff {
            added: names.map(object).into(),
            removed: Vec::new(),
        };
        assert_eq!(diff.take_receipts("pets-dev"), 1);
        assert_eq!(diff.added, [object(names[2]), object(names[3])]);
    }

    #[test]
    fn differences_have_a_direction() {
        let diff = one_vpc().diff(&Census::default());
        assert_eq!(diff.added.len(), 3);
        assert!(diff.removed.is_empty());
        assert!(
            diff.to_string()
                .starts_with("+ ec2 subnet s-a (us-east-1, 1)")
        );
        assert_eq!(Census::default().diff(&one_vpc()).removed, diff.added);
        assert!(one_vpc().diff(&one_vpc()).is_empty());
    }
}
