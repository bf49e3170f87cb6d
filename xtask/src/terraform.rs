//! Finds terraform, checks its version and runs the tests of the modules with it.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use semver::Version;

use crate::error::Error;
use crate::process::Tool;
use crate::workspace::Workspace;

/// The oldest version with S3-native state locking.
const OLDEST: Version = Version::new(1, 10, 0);

/// The version that the installation hint names.
const SUGGESTED: &str = "1.11.4";

/// Names the terraform program to use.
const PROGRAM_VARIABLE: &str = "AUTOMOCK_TERRAFORM";

/// Names a directory of unpacked providers to use instead of the registry.
const MIRROR_VARIABLE: &str = "AUTOMOCK_TF_PLUGIN_DIR";

/// The provider mirror that is used when it exists and no other is named.
const DEFAULT_MIRROR: &str = "/opt/tf-plugins";

/// A terraform that is recent enough, with the environment it needs.
#[derive(Debug)]
pub(crate) struct Terraform {
    program: OsString,
    version: Version,
    environment: Vec<(OsString, OsString)>,
}

/// Where terraform takes its providers from.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Providers {
    /// A directory of unpacked providers.
    Mirror(PathBuf),
    /// The CLI configuration that the person has set up already.
    Configured(PathBuf),
    /// The public registry, downloaded once into a cache.
    Registry,
}

impl Terraform {
    /// Finds terraform and writes the CLI configuration for it.
    ///
    /// # Errors
    ///
    /// Returns [`Error::Missing`] with instructions when there is no terraform, or an old one.
    pub(crate) fn prepare(workspace: &Workspace) -> Result<Self, Error> {
        let program = env::var_os(PROGRAM_VARIABLE).unwrap_or_else(|| "terraform".into());
        let version = Tool::new(&program, workspace.root())
            .args(["version", "-json"])
            .capture()
            .map_err(|error| absent(&program, &error))?;
        let version = parse_version(&version)?;
        if version < OLDEST {
            return Err(too_old(&program, &version));
        }
        let environment = environment(workspace, &program)?;
        Ok(Self {
            program,
            version,
            environment,
        })
    }

    /// Returns the version that was found.
    pub(crate) fn version(&self) -> &Version {
        &self.version
    }

    /// Returns what child processes need in their environment to use the same terraform.
    pub(crate) fn environment(&self) -> &[(OsString, OsString)] {
        &self.environment
    }

    /// Tests one module in a copy of the module tree; a module without tests is validated.
    ///
    /// The copy keeps `.terraform` and lock files out of the tree that goes into the binary.
    pub(crate) fn test_module(&self, workspace: &Workspace, module: &str) -> Result<(), Error> {
        let directory = workspace.scratch().join("modules").join(module);
        copy_module(workspace, module, &directory)?;
        self.run(&directory, &["init", "-backend=false", "-input=false"])?;
        if has_tests(&directory) {
            self.run(&directory, &["test"])
        } else {
            self.run(&directory, &["validate"])
        }
    }

    fn run(&self, directory: &Path, arguments: &[&str]) -> Result<(), Error> {
        Tool::new(&self.program, directory)
            .args(arguments)
            .envs(&self.environment)
            .run()
    }
}

/// Decides where providers come from.
///
/// A mirror that is named wins, then the one in the usual place, then the person's own
/// configuration, as long as the file exists.
fn providers(
    mirror: Option<OsString>,
    configuration: Option<OsString>,
) -> Result<Providers, Error> {
    if let Some(path) = mirror.map(PathBuf::from) {
        if path.is_dir() {
            return Ok(Providers::Mirror(path));
        }
        return Err(Error::Missing {
            what: format!(
                "{MIRROR_VARIABLE} names {}, which is not a directory",
                path.display()
            ),
            hint: "unset it to download the AWS provider from the Terraform registry".to_owned(),
        });
    }
    if Path::new(DEFAULT_MIRROR).is_dir() {
        return Ok(Providers::Mirror(DEFAULT_MIRROR.into()));
    }
    Ok(configuration
        .map(PathBuf::from)
        .filter(|path| path.is_file())
        .map_or(Providers::Registry, Providers::Configured))
}

/// Renders the CLI configuration for a source of providers.
fn cli_configuration(providers: &Providers, cache: &Path) -> Option<String> {
    match providers {
        Providers::Mirror(path) => Some(format!(
            "provider_installation {{\n  filesystem_mirror {{\n    path = {:?}\n  }}\n}}\n",
            path.display().to_string()
        )),
        Providers::Configured(_) => None,
        Providers::Registry => Some(format!(
            // The lock files of the scratch copies are thrown away, so nothing can break.
            "plugin_cache_dir = {:?}\nplugin_cache_may_break_dependency_lock_file = true\n",
            cache.display().to_string()
        )),
    }
}

fn environment(
    workspace: &Workspace,
    program: &OsString,
) -> Result<Vec<(OsString, OsString)>, Error> {
    let providers = providers(
        env::var_os(MIRROR_VARIABLE),
        env::var_os("TF_CLI_CONFIG_FILE"),
    )?;
    let cache = workspace.scratch().join("provider-cache");
    create_directory(&cache)?;
    let mut variables: Vec<(OsString, OsString)> = vec![
        (PROGRAM_VARIABLE.into(), program.clone()),
        ("CHECKPOINT_DISABLE".into(), "1".into()),
        ("TF_IN_AUTOMATION".into(), "1".into()),
    ];
    if let Providers::Mirror(path) = &providers {
        variables.push((MIRROR_VARIABLE.into(), path.into()));
    }
    let file = match (&providers, cli_configuration(&providers, &cache)) {
        (Providers::Configured(path), _) => path.clone(),
        (_, text) => {
            let file = workspace.scratch().join("terraform.tfrc");
            write(&file, text.unwrap_or_default().as_bytes())?;
            file
        }
    };
    variables.push(("TF_CLI_CONFIG_FILE".into(), file.into()));
    Ok(variables)
}

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

fn absent(program: &OsString, error: &Error) -> Error {
    Error::Missing {
        what: format!(
            "`{}` does not run ({error}); terraform {OLDEST} or newer is needed",
            program.to_string_lossy()
        ),
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

fn has_tests(module: &Path) -> bool {
    let holds_tests = |directory: &Path| {
        fs::read_dir(directory).is_ok_and(|mut entries| {
            entries.any(|entry| {
                entry
                    .is_ok_and(|entry| entry.file_name().to_string_lossy().ends_with(".tftest.hcl"))
            })
        })
    };
    holds_tests(&module.join("tests")) || holds_tests(module)
}

/// Replaces the copy of a module, so that deleted files and old state don't linger.
fn copy_module(workspace: &Workspace, module: &str, copy: &Path) -> Result<(), Error> {
    if copy.exists() {
        fs::remove_dir_all(copy).map_err(|source| Error::Write {
            path: copy.to_path_buf(),
            source,
        })?;
    }
    for path in workspace.paths(module)? {
        let source = workspace.root().join(&path);
        let bytes = fs::read(&source).map_err(|error| Error::Read {
            path: source,
            source: error,
        })?;
        let relative = path.strip_prefix(module).unwrap_or(&path);
        write(&copy.join(relative.trim_start_matches('/')), &bytes)?;
    }
    Ok(())
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    if let Some(parent) = path.parent() {
        create_directory(parent)?;
    }
    fs::write(path, bytes).map_err(|source| Error::Write {
        path: path.to_path_buf(),
        source,
    })
}

fn create_directory(path: &Path) -> Result<(), Error> {
    fs::create_dir_all(path).map_err(|source| Error::Write {
        path: path.to_path_buf(),
        source,
    })
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

    #[test]
    fn a_named_mirror_wins_and_must_exist() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path();
        assert_eq!(
            providers(Some(path.into()), Some("/absent".into())).unwrap(),
            Providers::Mirror(path.to_path_buf())
        );
        let error = providers(Some(path.join("absent").into()), None).unwrap_err();
        assert!(error.to_string().contains(MIRROR_VARIABLE));
    }

    #[test]
    fn configurations_are_valid_hcl() {
        let cache = Path::new("/cache");
        let mirror = cli_configuration(&Providers::Mirror("/mirror".into()), cache).unwrap();
        let body = hcl::parse(&mirror).unwrap();
        assert_eq!(
            body.blocks().next().unwrap().identifier(),
            "provider_installation"
        );
        let registry = cli_configuration(&Providers::Registry, cache).unwrap();
        assert!(hcl::parse(&registry).unwrap().attributes().count() == 2);
        assert_eq!(
            cli_configuration(&Providers::Configured("/x".into()), cache),
            None
        );
    }

    #[test]
    fn a_copy_holds_exactly_the_module() {
        let directory = tempfile::tempdir().unwrap();
        let workspace = Workspace::at(directory.path());
        workspace.write("m/main.tf", "one").unwrap();
        workspace.write("m/tests/a.tftest.hcl", "two").unwrap();
        workspace.write("m/.terraform/x", "three").unwrap();
        let copy = directory.path().join("copy");
        write(&copy.join("old.tf"), b"left over").unwrap();
        copy_module(&workspace, "m", &copy).unwrap();
        assert!(copy.join("main.tf").is_file());
        assert!(!copy.join("old.tf").exists());
        assert!(!copy.join(".terraform").exists());
        assert!(has_tests(&copy));
    }
}
