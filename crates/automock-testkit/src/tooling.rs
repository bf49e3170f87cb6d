//! The programs that the tests drive: terraform and its AWS provider.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use crate::TestkitError;

const TERRAFORM_VARIABLE: &str = "AUTOMOCK_TERRAFORM";
const PLUGIN_VARIABLE: &str = "AUTOMOCK_TF_PLUGIN_DIR";
const DEFAULT_PLUGIN_DIR: &str = "/opt/tf-plugins";
const CONFIG_FILE: &str = "terraform.rc";

/// Finds terraform and providers.
#[derive(Debug, Clone, Copy)]
pub struct Tooling;

/// Where terraform gets its providers from.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProviderSource {
    /// A local directory in the layout of a filesystem mirror; nothing is downloaded.
    Mirror {
        /// The CLI configuration for `TF_CLI_CONFIG_FILE`.
        config: PathBuf,
        /// The mirror.
        mirror: PathBuf,
    },
    /// The public registry, because no local mirror exists.
    Registry {
        /// The CLI configuration for `TF_CLI_CONFIG_FILE`.
        config: PathBuf,
        /// The directory where a mirror was looked for.
        missing: PathBuf,
    },
}

impl Tooling {
    /// Finds terraform: `AUTOMOCK_TERRAFORM`, or the first `terraform` in `PATH`.
    ///
    /// # Errors
    /// [`TestkitError::NoProgram`] when there is none.
    pub fn terraform() -> Result<PathBuf, TestkitError> {
        if let Some(program) = env::var_os(TERRAFORM_VARIABLE) {
            return Ok(program.into());
        }
        let path = env::var_os("PATH").unwrap_or_default();
        env::split_paths(&path)
            .map(|dir| dir.join("terraform"))
            .find(|program| program.is_file())
            .ok_or(TestkitError::NoProgram {
                program: "terraform",
                variable: TERRAFORM_VARIABLE,
            })
    }

    /// Writes a CLI configuration into `dir` that makes terraform take its providers from
    /// `AUTOMOCK_TF_PLUGIN_DIR` (default `/opt/tf-plugins`) and from nowhere else. Without
    /// such a directory the configuration leaves terraform to the public registry.
    ///
    /// # Errors
    /// [`TestkitError::File`] when the file cannot be written.
    pub fn provider_cli_config(dir: &Path) -> Result<ProviderSource, TestkitError> {
        let mirror =
            env::var_os(PLUGIN_VARIABLE).map_or_else(|| DEFAULT_PLUGIN_DIR.into(), PathBuf::from);
        write_config(dir, mirror)
    }
}

impl ProviderSource {
    /// The file for `TF_CLI_CONFIG_FILE`.
    #[must_use]
    pub fn config(&self) -> &Path {
        match self {
            Self::Mirror { config, .. } | Self::Registry { config, .. } => config,
        }
    }
}

fn write_config(dir: &Path, mirror: PathBuf) -> Result<ProviderSource, TestkitError> {
    let config = dir.join(CONFIG_FILE);
    let found = mirror.is_dir();
    let text = if found {
        format!(
            "disable_checkpoint = true\nprovider_installation {{\n  filesystem_mirror {{\n    path = {}\n  }}\n  direct {{\n    exclude = [\"*/*/*\"]\n  }}\n}}\n",
            serde_json::Value::from(mirror.to_string_lossy())
        )
    } else {
        "disable_checkpoint = true\nprovider_installation {\n  direct {}\n}\n".to_owned()
    };
    fs::write(&config, text).map_err(TestkitError::file(&config))?;
    Ok(if found {
        ProviderSource::Mirror { config, mirror }
    } else {
        ProviderSource::Registry {
            config,
            missing: mirror,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mirror_excludes_the_registry() {
        let dir = tempfile::tempdir().unwrap();
        let source = write_config(dir.path(), dir.path().to_owned()).unwrap();
        let text = fs::read_to_string(source.config()).unwrap();
        assert!(
            text.contains(&format!("path = \"{}\"", dir.path().display())),
            "{text}"
        );
        assert!(text.contains("exclude = [\"*/*/*\"]"), "{text}");
    }

    #[test]
    fn without_a_mirror_the_registry_is_named_as_the_source() {
        let dir = tempfile::tempdir().unwrap();
        let missing = dir.path().join("absent");
        let source = write_config(dir.path(), missing.clone()).unwrap();
        let config = source.config().to_owned();
        assert!(
            !fs::read_to_string(&config)
                .unwrap()
                .contains("filesystem_mirror")
        );
        assert_eq!(source, ProviderSource::Registry { config, missing });
    }
}
