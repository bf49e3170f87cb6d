//! Where terraform takes its providers from.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::error::Error;
use crate::workspace::{self, Workspace};

/// Names a directory of unpacked providers to use instead of the registry.
const MIRROR_VARIABLE: &str = "AUTOMOCK_TF_PLUGIN_DIR";

/// The provider mirror that is used when it exists and no other is named.
const DEFAULT_MIRROR: &str = "/opt/tf-plugins";

/// Names terraform's own configuration file.
const CONFIGURATION_VARIABLE: &str = "TF_CLI_CONFIG_FILE";

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

impl Providers {
    /// Decides from this process's environment.
    pub(super) fn choose() -> Result<Self, Error> {
        choose(
            env::var_os(MIRROR_VARIABLE),
            env::var_os(CONFIGURATION_VARIABLE),
        )
    }

    /// Writes the CLI configuration and returns the variables that point to it.
    pub(super) fn environment(
        &self,
        workspace: &Workspace,
    ) -> Result<Vec<(OsString, OsString)>, Error> {
        let cache = workspace.scratch().join("provider-cache");
        workspace::create_directory(&cache)?;
        let generated = workspace.scratch().join("terraform.tfrc");
        let (file, text) = match self {
            Self::Configured(path) => (path.clone(), None),
            Self::Mirror(mirror) => (generated, Some(mirror_configuration(mirror))),
            Self::Registry => (generated, Some(cache_configuration(&cache))),
        };
        if let Some(text) = text {
            workspace::write(&file, text.as_bytes())?;
        }
        let mut variables = vec![(CONFIGURATION_VARIABLE.into(), file.into())];
        if let Self::Mirror(path) = self {
            variables.push((MIRROR_VARIABLE.into(), path.into()));
        }
        Ok(variables)
    }
}

/// Decides where providers come from.
///
/// A mirror that is named wins, then the one in the usual place, then the person's own
/// configuration, as long as the file exists.
fn choose(mirror: Option<OsString>, configuration: Option<OsString>) -> Result<Providers, Error> {
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

/// Renders a CLI configuration that installs from a directory and nothing else.
fn mirror_configuration(mirror: &Path) -> String {
    format!(
        "provider_installation {{\n  filesystem_mirror {{\n    path = {:?}\n  }}\n}}\n",
        mirror.display().to_string()
    )
}

/// Renders a CLI configuration that downloads each provider once.
fn cache_configuration(cache: &Path) -> String {
    // The lock files of the module copies are thrown away, so the cache cannot break them.
    format!(
        "plugin_cache_dir = {:?}\nplugin_cache_may_break_dependency_lock_file = true\n",
        cache.display().to_string()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_named_mirror_wins_and_must_exist() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path();
        assert_eq!(
            choose(Some(path.into()), Some("/absent".into())).unwrap(),
            Providers::Mirror(path.to_path_buf())
        );
        let error = choose(Some(path.join("absent").into()), None).unwrap_err();
        assert!(error.to_string().contains(MIRROR_VARIABLE));
    }

    #[test]
    fn configurations_are_valid_hcl() {
        let mirror = hcl::parse(&mirror_configuration(Path::new("/mirror"))).unwrap();
        let installation = mirror.blocks().next().unwrap();
        assert_eq!(installation.identifier(), "provider_installation");
        let cache = hcl::parse(&cache_configuration(Path::new("/cache"))).unwrap();
        assert_eq!(cache.attributes().count(), 2);
    }
}
