//! Finding terraform or tofu, and making sure that it is new enough.

use std::ffi::OsStr;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use semver::Version;

use crate::environment::Environment;
use crate::run;
use crate::workspace::Workspace;

/// Which binary to use.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Binary {
    /// The binary at this path.
    At(PathBuf),
    /// `terraform` on the `PATH`.
    Terraform,
    /// `tofu` on the `PATH`.
    Tofu,
    /// `terraform` on the `PATH`, or `tofu` if there is none that is new enough.
    #[default]
    Any,
}

/// Which of the two programs it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flavour {
    /// `HashiCorp` Terraform.
    Terraform,
    /// `OpenTofu`.
    OpenTofu,
}

impl Flavour {
    /// The oldest version that is accepted. Both programs lock S3 state without a `DynamoDB`
    /// table from 1.10 on.
    #[must_use]
    pub fn minimum(self) -> Version {
        match self {
            Self::Terraform | Self::OpenTofu => Version::new(1, 10, 0),
        }
    }

    /// Whether `init` can write the JSON stream: Terraform does since 1.9, `OpenTofu` not in
    /// every version that is accepted here.
    pub(crate) fn has_json_init(self) -> bool {
        self == Self::Terraform
    }
}

impl fmt::Display for Flavour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Terraform => "Terraform",
            Self::OpenTofu => "OpenTofu",
        })
    }
}

/// A binary that was found and asked for its version.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Terraform {
    /// Its absolute path.
    pub binary: PathBuf,
    /// Which program it is.
    pub flavour: Flavour,
    /// Its version.
    pub version: Version,
    environment: Environment,
}

/// Why there is no usable binary.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LocateError {
    /// There is no such binary.
    #[error("{wanted} not found")]
    NotFound {
        /// The path, or the names that were looked for.
        wanted: String,
    },
    /// It is older than what is needed.
    #[error("{flavour} {found} at {} is too old, {required} or later is needed", binary.display())]
    TooOld {
        /// The binary.
        binary: PathBuf,
        /// Which program it is.
        flavour: Flavour,
        /// Its version.
        found: Version,
        /// The oldest version that is accepted.
        required: Version,
    },
    /// It could not be started.
    #[error("can't run {}", binary.display())]
    Run {
        /// The binary.
        binary: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// It does not answer like terraform or tofu.
    #[error("{} does not say that it is terraform or tofu: {answer}", binary.display())]
    Unrecognised {
        /// The binary.
        binary: PathBuf,
        /// The start of its answer.
        answer: String,
    },
}

impl Terraform {
    /// Finds the binary and checks its version.
    ///
    /// Names are looked up on the environment's `PATH`; the same environment is what terraform
    /// will run in.
    ///
    /// # Errors
    ///
    /// See [`LocateError`].
    pub async fn locate(binary: &Binary, environment: Environment) -> Result<Self, LocateError> {
        let mut refused = None;
        for candidate in candidates(binary, environment.get("PATH"))? {
            match Self::examine(candidate, &environment).await {
                Ok(found) => return Ok(found),
                Err(error) => refused = refused.or(Some(error)),
            }
        }
        Err(refused.unwrap_or_else(|| LocateError::NotFound {
            wanted: wanted(binary),
        }))
    }

    /// A directory in which to run it.
    #[must_use]
    pub fn workspace(&self, directory: impl Into<PathBuf>) -> Workspace {
        Workspace::new(self.clone(), self.environment.clone(), directory.into())
    }

    async fn examine(binary: PathBuf, environment: &Environment) -> Result<Self, LocateError> {
        let answer = match run::version_output(&binary, environment).await {
            Ok(answer) => answer,
            Err(source) => return Err(LocateError::Run { binary, source }),
        };
        let Some((flavour, version)) = parse_version(&answer) else {
            let answer = answer
                .lines()
                .next()
                .unwrap_or_default()
                .chars()
                .take(80)
                .collect();
            return Err(LocateError::Unrecognised { binary, answer });
        };
        let required = flavour.minimum();
        if version.major < required.major
            || (version.major, version.minor) < (required.major, required.minor)
        {
            return Err(LocateError::TooOld {
                binary,
                flavour,
                found: version,
                required,
            });
        }
        Ok(Self {
            binary,
            flavour,
            version,
            environment: environment.clone(),
        })
    }
}

fn names(binary: &Binary) -> &'static [&'static str] {
    match binary {
        Binary::At(_) => &[],
        Binary::Terraform => &["terraform"],
        Binary::Tofu => &["tofu"],
        Binary::Any => &["terraform", "tofu"],
    }
}

fn wanted(binary: &Binary) -> String {
    match binary {
        Binary::At(path) => path.display().to_string(),
        _ => names(binary).join(" or "),
    }
}

fn candidates(binary: &Binary, path: Option<&OsStr>) -> Result<Vec<PathBuf>, LocateError> {
    if let Binary::At(file) = binary {
        // Absolute, because the process starts in the workspace's directory.
        let absolute = std::path::absolute(file)
            .ok()
            .filter(|file| is_executable(file));
        return absolute
            .map(|file| vec![file])
            .ok_or_else(|| LocateError::NotFound {
                wanted: wanted(binary),
            });
    }
    Ok(names(binary)
        .iter()
        .filter_map(|name| search(name, path?))
        .collect())
}

fn search(name: &str, path: &OsStr) -> Option<PathBuf> {
    let files = std::env::split_paths(path)
        .filter_map(|directory| std::path::absolute(directory.join(name)).ok());
    files.into_iter().find(|file| is_executable(file))
}

fn is_executable(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    file.metadata()
        .is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}

/// Reads the first line of `terraform version`: `Terraform v1.11.4` or `OpenTofu v1.10.0`.
///
/// The JSON form does not say which of the two programs it is.
fn parse_version(answer: &str) -> Option<(Flavour, Version)> {
    let known = [
        ("Terraform v", Flavour::Terraform),
        ("OpenTofu v", Flavour::OpenTofu),
    ];
    answer.lines().find_map(|line| {
        let (prefix, flavour) = known.iter().find(|(prefix, _)| line.starts_with(prefix))?;
        Some((*flavour, Version::parse(line[prefix.len()..].trim()).ok()?))
    })
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    /// A fork in another test, while an executable is still open for writing here, would make
    /// starting it fail with "text file busy".
    static ONE_AT_A_TIME: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

    /// A directory with executables that answer `version` with the given words.
    fn path_with(binaries: &[(&str, &str)]) -> (tempfile::TempDir, Environment) {
        let directory = tempfile::tempdir().unwrap();
        for (name, answer) in binaries {
            let file = directory.path().join(name);
            std::fs::write(&file, format!("#!/bin/sh\necho '{answer}'\n")).unwrap();
            std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).unwrap();
        }
        let environment = Environment::inherit([("PATH", directory.path().as_os_str())]);
        (directory, environment)
    }

    #[test]
    fn both_programs_are_told_apart() {
        assert_eq!(
            parse_version("Terraform v1.11.4\non linux_amd64\n"),
            Some((Flavour::Terraform, Version::new(1, 11, 4)))
        );
        assert_eq!(
            parse_version("OpenTofu v1.10.0\n"),
            Some((Flavour::OpenTofu, Version::new(1, 10, 0)))
        );
        assert_eq!(parse_version("Terragrunt v1.0.0\n"), None);
    }

    #[tokio::test]
    async fn a_binary_is_found_on_the_given_path_only() {
        let _turn = ONE_AT_A_TIME.lock().await;
        let (_directory, environment) = path_with(&[("tofu", "OpenTofu v1.10.1")]);
        let found = Terraform::locate(&Binary::Any, environment.clone())
            .await
            .unwrap();
        assert_eq!(
            (found.flavour, found.version),
            (Flavour::OpenTofu, Version::new(1, 10, 1))
        );
        let error = Terraform::locate(&Binary::Terraform, environment)
            .await
            .unwrap_err();
        assert_eq!(error.to_string(), "terraform not found");
    }

    #[tokio::test]
    async fn an_old_version_is_refused_by_number() {
        let _turn = ONE_AT_A_TIME.lock().await;
        let (_directory, environment) = path_with(&[("terraform", "Terraform v1.9.8")]);
        let error = Terraform::locate(&Binary::Any, environment)
            .await
            .unwrap_err();
        assert!(
            matches!(&error, LocateError::TooOld { found, required, .. }
            if *found == Version::new(1, 9, 8) && *required == Version::new(1, 10, 0)),
            "{error}"
        );
    }

    #[tokio::test]
    async fn tofu_serves_when_terraform_is_too_old() {
        let _turn = ONE_AT_A_TIME.lock().await;
        let (_directory, environment) = path_with(&[
            ("terraform", "Terraform v1.5.7"),
            ("tofu", "OpenTofu v1.10.0"),
        ]);
        let found = Terraform::locate(&Binary::Any, environment).await.unwrap();
        assert_eq!(found.flavour, Flavour::OpenTofu);
    }

    #[tokio::test]
    async fn a_pre_release_of_the_minimum_is_accepted() {
        let _turn = ONE_AT_A_TIME.lock().await;
        let (_directory, environment) = path_with(&[("terraform", "Terraform v1.10.0-rc1")]);
        assert!(
            Terraform::locate(&Binary::Terraform, environment)
                .await
                .is_ok()
        );
    }

    #[tokio::test]
    async fn something_else_is_not_taken_for_terraform() {
        let _turn = ONE_AT_A_TIME.lock().await;
        let (directory, environment) = path_with(&[("terraform", "hello")]);
        let path = directory.path().join("terraform");
        let error = Terraform::locate(&Binary::At(path), environment.clone())
            .await
            .unwrap_err();
        assert!(matches!(error, LocateError::Unrecognised { answer, .. } if answer == "hello"));
        let error = Terraform::locate(&Binary::At("no/such/file".into()), environment)
            .await
            .unwrap_err();
        assert_eq!(error.to_string(), "no/such/file not found");
    }
}
