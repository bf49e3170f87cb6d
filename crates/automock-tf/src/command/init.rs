//! `terraform init`.

use std::ffi::OsString;
use std::path::PathBuf;

use super::args::{Args, Lock};
use crate::cancel::Cancel;
use crate::diagnostic::Diagnostic;
use crate::error::Result;
use crate::event::Events;
use crate::run::{self, Invocation};
use crate::workspace::Workspace;

/// What to do about the backend.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BackendMode {
    /// Initialise it; a changed backend is an error.
    #[default]
    Initialise,
    /// Use the configured backend and forget which one was used before.
    Reconfigure,
    /// Copy the state from the backend used before, overwriting what is there.
    Migrate,
    /// Leave it alone, as for validation without credentials.
    Skip,
}

/// Options of `init`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InitOptions {
    /// Settings for the backend, in order.
    pub backend_config: Vec<(String, String)>,
    /// What to do about the backend.
    pub backend: BackendMode,
    /// Take newer providers and modules than those recorded.
    pub upgrade: bool,
    /// Fail rather than change the provider lock file.
    pub lockfile_readonly: bool,
    /// Take providers from these directories only.
    pub plugin_directories: Vec<PathBuf>,
    /// What to do about the state's lock while migrating.
    pub lock: Lock,
}

impl InitOptions {
    /// Adds a setting for the backend.
    #[must_use]
    pub fn backend_setting(mut self, key: &str, value: &str) -> Self {
        self.backend_config.push((key.to_owned(), value.to_owned()));
        self
    }

    /// Sets what to do about the backend.
    #[must_use]
    pub fn backend_mode(mut self, mode: BackendMode) -> Self {
        self.backend = mode;
        self
    }

    /// The arguments; `json` if this binary's `init` can write JSON.
    ///
    /// Terraform refuses JSON together with migration, because it might want to ask.
    fn argv(&self, json: bool) -> Vec<OsString> {
        let settings = self
            .backend_config
            .iter()
            .map(|(key, value)| format!("{key}={value}"));
        Args::new(&["init", "-input=false"])
            .flag_if(json && self.backend != BackendMode::Migrate, "-json")
            .flag_if(self.backend == BackendMode::Skip, "-backend=false")
            .flag_if(self.backend == BackendMode::Reconfigure, "-reconfigure")
            .flag_if(self.backend == BackendMode::Migrate, "-migrate-state")
            .flag_if(self.backend == BackendMode::Migrate, "-force-copy")
            .flag_if(self.upgrade, "-upgrade")
            .flag_if(self.lockfile_readonly, "-lockfile=readonly")
            .lock(self.lock)
            .pairs("-plugin-dir", &self.plugin_directories)
            .pairs("-backend-config", settings)
            .finish()
    }
}

/// A directory that is initialised.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct InitOutcome {
    /// What terraform warned of.
    pub warnings: Vec<Diagnostic>,
    /// The run's log.
    pub log: PathBuf,
}

impl Workspace {
    /// Prepares the directory: backend, modules, providers.
    ///
    /// # Errors
    ///
    /// See [`Error`](crate::Error).
    pub async fn init(
        &self,
        options: &InitOptions,
        events: &Events,
        cancel: &Cancel,
    ) -> Result<InitOutcome> {
        let argv = options.argv(self.terraform().flavour.has_json_init());
        let locks = options.backend == BackendMode::Migrate;
        let invocation = Invocation {
            locks,
            ..Invocation::reading("init", argv)
        };
        let finished = run::follow(self, &invocation, events, cancel, &mut |_| {}).await?;
        Ok(InitOutcome {
            warnings: finished.warnings,
            log: finished.log,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::args::text;
    use super::*;

    #[test]
    fn the_default_asks_nothing_and_writes_json() {
        assert_eq!(
            text(&InitOptions::default().argv(true)),
            ["init", "-input=false", "-json"]
        );
        assert_eq!(
            text(&InitOptions::default().argv(false)),
            ["init", "-input=false"]
        );
    }

    #[test]
    fn backend_settings_keep_their_order() {
        let options = InitOptions {
            upgrade: true,
            lockfile_readonly: true,
            ..InitOptions::default()
        }
        .backend_setting("bucket", "b")
        .backend_setting("key", "stacks/x=y/terraform.tfstate")
        .backend_mode(BackendMode::Reconfigure);
        let expected = [
            "init",
            "-input=false",
            "-json",
            "-reconfigure",
            "-upgrade",
            "-lockfile=readonly",
            "-backend-config=bucket=b",
            "-backend-config=key=stacks/x=y/terraform.tfstate",
        ];
        assert_eq!(text(&options.argv(true)), expected);
    }

    #[test]
    fn migration_excludes_json() {
        let options = InitOptions {
            lock: Lock::Wait(std::time::Duration::from_secs(5)),
            ..InitOptions::default()
        }
        .backend_mode(BackendMode::Migrate);
        let expected = [
            "init",
            "-input=false",
            "-migrate-state",
            "-force-copy",
            "-lock-timeout=5s",
        ];
        assert_eq!(text(&options.argv(true)), expected);
    }

    #[test]
    fn validation_needs_no_backend() {
        let options = InitOptions {
            plugin_directories: vec!["/plugins".into()],
            ..InitOptions::default()
        }
        .backend_mode(BackendMode::Skip);
        assert_eq!(
            text(&options.argv(true)),
            [
                "init",
                "-input=false",
                "-json",
                "-backend=false",
                "-plugin-dir=/plugins"
            ]
        );
    }
}
