//! A stack of which only its resources are known, and the record that it should have had.

use std::collections::BTreeSet;

use automock_model::{AccountId, Environment, Foundation, Project, ProjectName, Region, StackId};
use jiff::Timestamp;

use crate::inventory::Resource;
use crate::kind::ResourceKind as K;
use crate::record::{DomainNames, NewStack, StackNames, StackRecord, StateLocation};

const PROJECT_TAG: &str = "automock:project";
const ENVIRONMENT_TAG: &str = "automock:environment";

/// A stack of which something is there.
#[derive(Clone, Debug, PartialEq)]
pub struct OrphanedStack {
    /// What its ownership tags say.
    pub stack_id: StackId,
    /// What was seen of it. Tasks, interfaces, dashboards and DNS records were not looked for.
    pub seen: Vec<Resource>,
    /// When the oldest of it was made, as far as AWS tells.
    pub created_at: Option<Timestamp>,
    /// Its domain, if it has a certificate.
    pub domain: Option<DomainNames>,
}

/// Why no record can be made of a stack, so that it is better left to a person.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Underivable {
    /// No resource says which project the stack is of.
    #[error("no resource of {stack} says which project and environment it is of")]
    NoProject {
        /// The stack.
        stack: StackId,
    },
    /// Its resources say different things, as those of two stacks would that share an id.
    #[error("the resources of {stack} differ about {what}: {}", .found.join(", "))]
    Contradiction {
        /// The stack.
        stack: StackId,
        /// What they differ about.
        what: &'static str,
        /// What they say.
        found: Vec<String>,
    },
    /// A resource is not called as it would have to be to be found again.
    #[error("{found} of {stack} would have to be called {expected}")]
    OddName {
        /// The stack.
        stack: StackId,
        /// The resource.
        found: String,
        /// What its name would have to be.
        expected: String,
    },
    /// The stack has a certificate, but the hosted zones could not be listed.
    #[error("the hosted zone of the domain of {stack} could not be determined")]
    NoDomain {
        /// The stack.
        stack: StackId,
    },
}

impl OrphanedStack {
    /// The record that a deploy would have made, with the time up now.
    ///
    /// Terraform's state is taken to be where the foundation keeps it.
    ///
    /// # Errors
    /// When its names can't be derived, or do not fit what was seen.
    pub fn record(
        &self,
        account: &AccountId,
        region: &Region,
        now: Timestamp,
    ) -> Result<StackRecord, Underivable> {
        let (name, environment) = self.identity()?;
        let mut project = Project::new(name);
        project.environment = environment;
        project.region = region.clone();
        let names = self.names(&project, account)?;
        let stack = NewStack {
            stack_id: self.stack_id.clone(),
            project: project.name,
            environment: project.environment,
            region: region.to_string(),
            account: account.clone(),
            ttl_seconds: None,
            warning_lead_seconds: 0,
            state: StateLocation::S3 {
                bucket: Foundation::new(account.clone(), region.clone()).bucket(),
                key: Foundation::stack_state_key(&self.stack_id),
                region: region.to_string(),
            },
            operation: None,
            automock_version: env!("CARGO_PKG_VERSION").to_owned(),
            names,
        };
        let mut record = StackRecord::new(stack, self.created_at.unwrap_or(now));
        record.expires_at = Some(now);
        record.updated_at = now;
        Ok(record)
    }

    /// Project and environment, which the id alone does not tell.
    fn identity(&self) -> Result<(ProjectName, Environment), Underivable> {
        let tags = self.seen.iter().map(|it| &it.tags);
        let pairs: BTreeSet<_> = tags
            .filter_map(|tags| Some((tags.get(PROJECT_TAG)?, tags.get(ENVIRONMENT_TAG)?)))
            .collect();
        let words = pairs
            .iter()
            .map(|(project, environment)| format!("{project} in {environment}"));
        let Some(&(project, environment)) = pairs.first() else {
            return Err(Underivable::NoProject {
                stack: self.stack_id.clone(),
            });
        };
        let parsed = project.parse().ok().zip(environment.parse().ok());
        parsed
            .filter(|(project, environment)| {
                pairs.len() == 1 && StackId::new(project, environment) == self.stack_id
            })
            .ok_or_else(|| self.contradiction("the project", words))
    }

    fn names(&self, project: &Project, account: &AccountId) -> Result<StackNames, Underivable> {
        let mut names = StackNames::of(project, account);
        let paths: BTreeSet<_> = self.seen.iter().filter_map(role_path).collect();
        match paths.iter().collect::<Vec<_>>()[..] {
            [] => {}
            [path] => names.iam_path.clone_from(path),
            _ => return Err(self.contradiction("the path of the roles", paths)),
        }
        if self.names_a_domain() {
            self.certified_name().ok_or_else(|| {
                let certificates = self.of_kind(K::Certificate).map(|it| it.name.clone());
                self.contradiction("the domain", certificates)
            })?;
            names.domain = Some(self.domain.clone().ok_or_else(|| Underivable::NoDomain {
                stack: self.stack_id.clone(),
            })?);
        }
        self.seen.iter().try_for_each(|it| self.fits(it, &names))?;
        Ok(names)
    }

    /// Whatever is found again by its name must have the name that it is going to be asked for.
    fn fits(&self, found: &Resource, names: &StackNames) -> Result<(), Underivable> {
        let insights = format!("/aws/ecs/containerinsights/{}/", names.cluster);
        let (prefixes, exact) = match found.kind {
            K::EcsCluster => (vec![], names.cluster.clone()),
            K::TaskDefinition => (vec![], names.task_family.clone()),
            K::ScalableTarget => (vec![], names.scalable_target()),
            K::LoadBalancer => (vec![], names.load_balancer.clone()),
            K::TargetGroup => (vec![], names.target_group.clone()),
            K::Bucket => (vec![], names.config_bucket.clone()),
            K::EventRule => (vec![], names.reaper_rule.clone()),
            K::LambdaFunction => (vec![], names.reaper_function.clone()),
            K::Alarm => (
                vec![format!("{}-", names.prefix)],
                format!("{}-…", names.prefix),
            ),
            K::LogGroup => (
                vec![names.log_group_prefix.clone(), insights],
                format!("{}…", names.log_group_prefix),
            ),
            _ => return Ok(()),
        };
        let begins = prefixes
            .iter()
            .any(|it| found.name.starts_with(it.as_str()));
        if begins || found.name == exact {
            return Ok(());
        }
        Err(Underivable::OddName {
            stack: self.stack_id.clone(),
            found: found.to_string(),
            expected: exact,
        })
    }

    /// Whether it has a certificate.
    pub(super) fn names_a_domain(&self) -> bool {
        self.of_kind(K::Certificate).next().is_some()
    }

    /// The one name that its certificates are for.
    pub(super) fn certified_name(&self) -> Option<&str> {
        let mut names = self.of_kind(K::Certificate).map(|it| it.name.as_str());
        let first = names.next()?;
        names.all(|name| name == first).then_some(first)
    }

    fn of_kind(&self, kind: K) -> impl Iterator<Item = &Resource> {
        self.seen.iter().filter(move |it| it.kind == kind)
    }

    fn contradiction(
        &self,
        what: &'static str,
        found: impl IntoIterator<Item = String>,
    ) -> Underivable {
        Underivable::Contradiction {
            stack: self.stack_id.clone(),
            what,
            found: found.into_iter().collect(),
        }
    }
}

/// The path of a role, which its ARN holds: `arn:aws:iam::123456789012:role{path}{name}`.
fn role_path(role: &Resource) -> Option<String> {
    let (_, path_and_name) = role.arn.as_deref()?.split_once(":role")?;
    let path = path_and_name.strip_suffix(&role.name)?;
    (role.kind == K::IamRole).then(|| path.to_owned())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::inventory::OWNERSHIP_TAG;

    fn now() -> Timestamp {
        "2026-01-02T12:00:00Z".parse().unwrap()
    }

    fn resource(kind: K, id: &str, project: &str, environment: &str) -> Resource {
        let tags = [
            (OWNERSHIP_TAG, "pet-store-dev"),
            (PROJECT_TAG, project),
            (ENVIRONMENT_TAG, environment),
        ];
        let tags: BTreeMap<_, _> = tags.map(|(k, v)| (k.to_owned(), v.to_owned())).into();
        let stack = "pet-store-dev".parse().unwrap();
        Resource::tagged(kind, id, "us-east-1", tags, &stack)
    }

    fn stack(seen: Vec<Resource>) -> OrphanedStack {
        OrphanedStack {
            stack_id: "pet-store-dev".parse().unwrap(),
            seen,
            created_at: None,
            domain: None,
        }
    }

    fn record(stack: &OrphanedStack) -> Result<StackRecord, Underivable> {
        let account = "123456789012".parse().unwrap();
        stack.record(&account, &Region::new("us-east-1").unwrap(), now())
    }

    #[test]
    fn a_record_has_the_names_of_a_deploy_and_its_time_is_up() {
        let vpc = resource(K::Vpc, "vpc-1", "pet-store", "dev");
        let made = record(&stack(vec![vpc])).unwrap();
        assert_eq!(made.project.as_str(), "pet-store");
        assert_eq!(made.names.cluster, "automock-pet-store-dev");
        assert_eq!(made.names.iam_path, "/automock/pet-store-dev/");
        assert_eq!(made.expires_at, Some(now()));
        assert_eq!(made.stack_id.as_str(), "pet-store-dev");
    }

    #[test]
    fn the_path_is_the_one_that_a_role_has() {
        let name = "automock-pet-store-dev-us-east-1-task";
        let arn = format!("arn:aws:iam::123456789012:role/team/pet-store-dev/{name}");
        let role = resource(K::IamRole, name, "pet-store", "dev").with_arn(arn);
        let made = record(&stack(vec![role])).unwrap();
        assert_eq!(made.names.iam_path, "/team/pet-store-dev/");
    }

    #[test]
    fn two_projects_with_one_stack_id_are_left_to_a_person() {
        let one = resource(K::Vpc, "vpc-1", "pet-store", "dev");
        let other = resource(K::Vpc, "vpc-2", "pet", "store-dev");
        let refused = record(&stack(vec![one, other])).unwrap_err();
        assert!(
            matches!(refused, Underivable::Contradiction { .. }),
            "{refused}"
        );
    }

    #[test]
    fn tags_that_do_not_make_the_id_are_no_identity() {
        let odd = resource(K::Vpc, "vpc-1", "shop", "dev");
        assert!(record(&stack(vec![odd])).is_err());
        let mut bare = resource(K::Vpc, "vpc-1", "pet-store", "dev");
        bare.tags.remove(PROJECT_TAG);
        let refused = record(&stack(vec![bare])).unwrap_err();
        assert!(
            matches!(refused, Underivable::NoProject { .. }),
            "{refused}"
        );
    }

    #[test]
    fn an_odd_name_is_not_guessed_around() {
        let vpc = resource(K::Vpc, "vpc-1", "pet-store", "dev");
        let cluster = resource(K::EcsCluster, "arn:c", "pet-store", "dev").named("automock-other");
        let refused = record(&stack(vec![vpc, cluster])).unwrap_err();
        let words = "ECS cluster automock-other (arn:c) of pet-store-dev would have to be called \
                     automock-pet-store-dev";
        assert_eq!(refused.to_string(), words);
    }

    #[test]
    fn a_certificate_needs_its_zone() {
        let certificate = resource(K::Certificate, "arn:c", "pet-store", "dev").named("a.b.c");
        let mut stack = stack(vec![certificate]);
        let refused = record(&stack).unwrap_err();
        assert!(matches!(refused, Underivable::NoDomain { .. }), "{refused}");
        stack.domain = Some(DomainNames {
            name: "a.b.c".to_owned(),
            zone: "b.c".to_owned(),
        });
        assert_eq!(record(&stack).unwrap().names.domain, stack.domain);
    }
}
