//! What a caller decides about a run: folders, state, tools, secrets.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

/// Where a stack's Terraform state and its registry record live.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StateLocation {
    /// In the account foundation's bucket, locked by S3 itself.
    #[default]
    S3,
    /// In the project folder, for trying things out. A stack with local state has no reaper, so its
    /// project must say `ttl.duration = "none"`.
    Local,
}

/// The secret that callers of the control API must send; never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct ControlToken(String);

impl ControlToken {
    /// Fewest characters of a token: a shorter one could be guessed.
    pub const MIN_LENGTH: usize = 20;
    /// Most characters of a token: a load balancer's rule compares no more.
    pub const MAX_LENGTH: usize = 128;

    /// Takes a token; whether it is acceptable is checked where it is used.
    #[must_use]
    pub fn new(token: impl Into<String>) -> Self {
        Self(token.into())
    }

    /// Whether the load balancer's rule can compare it, and it can't be guessed.
    #[must_use]
    pub fn is_acceptable(&self) -> bool {
        (Self::MIN_LENGTH..=Self::MAX_LENGTH).contains(&self.0.len())
            && self
                .0
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
    }

    /// The secret itself.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for ControlToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ControlToken(…)")
    }
}

/// What a caller decides about a run.
///
/// The library itself reads no environment variables; a binary passes its own with
/// [`Settings::with_environment`], and terraform is started with those (and found on their `PATH`).
#[derive(Clone, Debug)]
pub struct Settings {
    /// Folder of the project file; `.automock/` is made in it.
    pub project_dir: PathBuf,
    /// Variables for terraform and for the AWS credential chain that terraform uses.
    pub environment: BTreeMap<String, String>,
    /// Terraform or tofu binary; `None` searches `PATH` of [`Settings::environment`].
    pub terraform: Option<PathBuf>,
    /// Where state and record live.
    pub state: StateLocation,
    /// Zip of the reaper function, needed by projects with a time to live.
    pub reaper_package: Option<PathBuf>,
    /// Folder with the engine's image (an OCI image layout), needed by projects that name no image of
    /// their own.
    pub engine_image: Option<PathBuf>,
    /// Secret of the control API, needed by projects with `access.control`.
    pub control_token: Option<ControlToken>,
}

impl Settings {
    /// Settings for a project folder: S3 state, terraform from `PATH`, nothing else.
    #[must_use]
    pub fn new(project_dir: impl Into<PathBuf>) -> Self {
        Self {
            project_dir: project_dir.into(),
            environment: BTreeMap::new(),
            terraform: None,
            state: StateLocation::default(),
            reaper_package: None,
            engine_image: None,
            control_token: None,
        }
    }

    /// Passes the caller's environment variables on to terraform.
    #[must_use]
    pub fn with_environment(mut self, vars: impl IntoIterator<Item = (String, String)>) -> Self {
        self.environment = vars.into_iter().collect();
        self
    }

    /// A variable of the environment that was passed in.
    #[must_use]
    pub fn var(&self, name: &str) -> Option<&str> {
        self.environment
            .get(name)
            .map(String::as_str)
            .filter(|value| !value.is_empty())
    }

    /// Folder for everything that AutoMock keeps beside the project.
    #[must_use]
    pub fn data_dir(&self) -> PathBuf {
        self.project_dir.join(".automock")
    }

    /// Terraform workspace folder of one stack.
    #[must_use]
    pub fn workspace_dir(&self, stack: &str) -> PathBuf {
        self.data_dir().join(stack)
    }

    /// Folder of registry records under [`StateLocation::Local`].
    #[must_use]
    pub fn local_registry_dir(&self) -> PathBuf {
        self.data_dir().join("registry")
    }

    /// State file of one stack under [`StateLocation::Local`], relative to its workspace.
    #[must_use]
    pub fn local_state_file() -> &'static Path {
        Path::new("terraform.tfstate")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_never_shown() {
        let token = ControlToken::new("correct horse battery staple");
        assert!(!format!("{token:?}").contains("horse"));
    }

    #[test]
    fn empty_variables_count_as_unset() {
        let settings = Settings::new(".").with_environment([("A".into(), String::new())]);
        assert_eq!(settings.var("A"), None);
    }
}
