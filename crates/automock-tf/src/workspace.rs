//! A directory with a configuration, and what it takes to run terraform in it.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::binary::Terraform;
use crate::environment::Environment;

/// The directory inside the workspace that holds the logs, unless the caller names another.
const LOG_DIRECTORY: &str = ".automock-logs";

/// A directory with a configuration, and what it takes to run terraform in it.
///
/// Each subcommand is a method; see the modules of [`crate::command`] for their options.
#[derive(Clone, Debug)]
pub struct Workspace {
    terraform: Terraform,
    environment: Environment,
    directory: PathBuf,
    log_directory: PathBuf,
}

impl Workspace {
    pub(crate) fn new(terraform: Terraform, environment: Environment, directory: PathBuf) -> Self {
        // Absolute, because the binary runs inside the directory and gets other paths as well.
        let directory = std::path::absolute(&directory).unwrap_or(directory);
        Self {
            terraform,
            environment,
            log_directory: directory.join(LOG_DIRECTORY),
            directory,
        }
    }

    /// Sets a variable of the environment.
    #[must_use]
    pub fn env(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.environment = self.environment.set(name, value);
        self
    }

    /// Sets an input variable of the configuration; see [`Environment::variable`].
    #[must_use]
    pub fn variable(mut self, name: &str, value: impl Into<OsString>) -> Self {
        self.environment = self.environment.variable(name, value);
        self
    }

    /// Sets where logs go; by default `.automock-logs` inside the directory.
    #[must_use]
    pub fn with_log_directory(mut self, directory: impl Into<PathBuf>) -> Self {
        let directory = directory.into();
        self.log_directory = std::path::absolute(&directory).unwrap_or(directory);
        self
    }

    /// The directory, absolute.
    #[must_use]
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// Where logs go, absolute.
    #[must_use]
    pub fn log_directory(&self) -> &Path {
        &self.log_directory
    }

    /// The binary that runs.
    #[must_use]
    pub fn terraform(&self) -> &Terraform {
        &self.terraform
    }

    pub(crate) fn environment(&self) -> &Environment {
        &self.environment
    }
}
