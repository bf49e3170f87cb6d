//! Finds terraform and checks its version.

use std::env;
use std::ffi::{OsStr, OsString};
use std::path::Path;

use semver::Version;

use super::providers;
use crate::error::Error;
use crate::process::Tool;
use crate::workspace::Workspace;

/// The oldest version with S3-native state locking.
const OLDEST: Version = Version::new(1, 10, 0);

/// The version that the installation hint names.
const SUGGESTED: &str = "1.11.4";

/// Names the terraform program to use.
const PROGRAM_VARIABLE: &str = "AUTOMOCK_TERRAFORM";

/// A terraform that is recent enough, with the environment it needs.
#[derive(Debug)]
pub(crate) struct Terraform {
    program: OsString,
    version: Version,
    environment: Vec<(OsString, OsString)>,
}

impl Terraform {
    /// Finds terraform and a directory of providers for it.
    ///
    /// # Errors
    ///
    /// Returns [`Error::Missing`] with instructions when there is no terraform, or an old one.
    pub(crate) fn prepare(workspace: &Workspace) -> Result<Self, Error> {
        let program = env::var_os(PROGRAM_VARIABLE).unwrap_or_else(|| "terraform".into());
        let version = Tool::new(&program, workspace.root())
            .args(["version", "-json"])
            .capture()
            .map_err(|error| absent(&error))?;
        let version = parse_version(&version)?;
        if version < OLDEST {
            return Err(too_old(&program, &version));
        }
        let mut environment = providers::environment(workspace, &program)?;
        environment.extend([
            ("CHECKPOINT_DISABLE".into(), "1".into()),
            ("TF_IN_AUTOMATION".into(), "1".into()),
        ]);
        Ok(Self {
            program,
            version,
            environment,
        })
    }

    /// Returns the version that was found.
    pub(crate) fn program(&self) -> &OsStr {
        &self.program
    }

    pub(crate) fn version(&self) -> &Version {
        &self.version
    }

    /// Returns what child processes need in their environment to use the same terraform.
    pub(crate) fn environment(&self) -> &[(OsString, OsString)] {
        &self.environment
    }

    /// Installs what the configuration in a directory needs, and is silent unless that fails.
    pub(super) fn initialise(&self, directory: &Path) -> Result<(), Error> {
        self.tool(directory, &["init", "-backend=false", "-input=false"])
            .run_silently()
    }

    /// Checks the configuration in a directory, and is silent unless that fails.
    pub(super) fn validate(&self, directory: &Path) -> Result<(), Error> {
        self.tool(directory, &["validate"]).run_silently()
    }

    /// Runs the tests of the module in a directory.
    pub(super) fn test(&self, directory: &Path) -> Result<(), Error> {
        self.tool(directory, &["test"]).run()
    }

    fn tool(&self, directory: &Path, arguments: &[&str]) -> Tool {
        Tool::new(&self.program, directory)
            .args(arguments)
            .args(["-no-color"])
            .envs(&self.environment)
    }
}

/// Reads the version from terraform's or tofu's JSON.
fn parse_version(json: &str) -> Result<Version, Error> {
    let malformed = |reason: String| Error::Malformed {
        path: "the output of `terraform version -json`".to_owned(),
        reason,
    };
    let value: serde_json::Value =
        serde_json::from_str(json).map_err(|error| malformed(error.to_string()))?;
    let text = value["terraform_version"]
        .as_str()
        .ok_or_else(|| malformed("no terraform_version".to_owned()))?;
    Version::parse(text).map_err(|error| malformed(error.to_string()))
}

fn absent(error: &Error) -> Error {
    Error::Missing {
        what: format!("{}; terraform {OLDEST} or newer is needed", error.chain()),
        hint: installation_hint(),
    }
}

fn too_old(program: &OsString, version: &Version) -> Error {
    Error::Missing {
        what: format!(
            "`{}` is version {version}; terraform {OLDEST} or newer is needed",
            program.to_string_lossy()
        ),
        hint: installation_hint(),
    }
}

/// Names the commands that install terraform on this kind of machine.
fn installation_hint() -> String {
    let system = match env::consts::OS {
        "macos" => "darwin",
        other => other,
    };
    let architecture = match env::consts::ARCH {
        "aarch64" => "arm64",
        _ => "amd64",
    };
    let archive = format!("terraform_{SUGGESTED}_{system}_{architecture}.zip");
    format!(
        "curl -fsSLO https://releases.hashicorp.com/terraform/{SUGGESTED}/{archive} && \
         sudo unzip -o {archive} terraform -d /usr/local/bin; \
         or set {PROGRAM_VARIABLE} to the path of another terraform"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_read_from_the_json_output() {
        let json = r#"{"terraform_version":"1.11.4","platform":"linux_amd64"}"#;
        assert_eq!(parse_version(json).unwrap(), Version::new(1, 11, 4));
        assert!(parse_version("{}").is_err());
        assert!(parse_version("Terraform v1.11.4").is_err());
    }

    #[test]
    fn an_old_terraform_is_refused_with_instructions() {
        let error = too_old(&"terraform".into(), &Version::new(1, 5, 7));
        assert!(error.to_string().contains("1.5.7"));
        assert!(error.hint().unwrap().contains("releases.hashicorp.com"));
    }

    #[test]
    fn a_prerelease_of_the_oldest_version_is_too_old() {
        let version = parse_version(r#"{"terraform_version":"1.10.0-beta1"}"#).unwrap();
        assert!(version < OLDEST);
    }
}
