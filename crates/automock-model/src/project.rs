//! The project: everything one `automock.toml` says, validated.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::{
    Access, Domain, Engine, Environment, Iam, Lifetime, Network, Observability, Problems,
    ProjectName, Region, Scaling, StackId, Tasks,
};

/// A validated project.
///
/// Every value that [`Project::from_toml`] or [`Project::new`] returns satisfies all rules of the
/// file format. The fields are public so that a caller can adjust a project (a shorter time to
/// live, say); [`Project::check`] tells whether the result still is a valid one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Project {
    /// The project's name, unique among the projects of one account and region.
    pub name: ProjectName,
    /// The environment; together with the name it makes the [`StackId`].
    pub environment: Environment,
    /// The AWS region that holds the stack.
    pub region: Region,
    /// Path of the expectations file, relative to `automock.toml`.
    pub expectations: String,
    /// Size and number of the tasks.
    pub tasks: Tasks,
    /// When to add and remove tasks.
    pub scaling: Scaling,
    /// How long the stack lives, and who is told before it ends.
    pub ttl: Lifetime,
    /// The network the tasks run in.
    pub network: Network,
    /// The custom domain with HTTPS, if any.
    pub domain: Option<Domain>,
    /// Who may call the mock and its control API.
    pub access: Access,
    /// The container images and how often expectations are reloaded.
    pub engine: Engine,
    /// Where the IAM roles are created and what bounds them.
    pub iam: Iam,
    /// Logs, dashboard and Container Insights.
    pub observability: Observability,
    /// Extra tags for every resource of the stack.
    pub tags: BTreeMap<String, String>,
}

impl Project {
    /// Identifies the project's stack within an account and region.
    #[must_use]
    pub fn stack_id(&self) -> StackId {
        StackId::new(&self.name, &self.environment)
    }

    /// All tags of the stack's resources: AutoMock's own and the project's extra ones.
    ///
    /// ```
    /// # use automock_model::Project;
    /// let project = Project::new("petstore".parse().unwrap());
    /// assert_eq!(project.all_tags()["automock:stack"], "petstore-dev");
    /// ```
    #[must_use]
    pub fn all_tags(&self) -> BTreeMap<String, String> {
        let own = [
            ("automock:stack", self.stack_id().to_string()),
            ("automock:project", self.name.to_string()),
            ("automock:environment", self.environment.to_string()),
            ("automock:managed-by", "automock".to_owned()),
        ];
        let mut tags = self.tags.clone();
        tags.extend(own.map(|(key, value)| (key.to_owned(), value)));
        tags
    }

    /// A project with the given name and the default of everything else.
    #[must_use]
    #[expect(
        clippy::missing_panics_doc,
        reason = "every key but the name has a default, which a test proves"
    )]
    pub fn new(name: ProjectName) -> Self {
        let defaults = Self::from_toml("name = \"project\"").expect("defaults are valid");
        Self { name, ..defaults }
    }

    /// Checks a project whose fields were changed after it was read.
    ///
    /// # Errors
    /// All rules of the file format that the project now breaks.
    pub fn check(&self) -> Result<(), Problems> {
        Self::from_toml(&self.to_toml()).map(drop)
    }
}
