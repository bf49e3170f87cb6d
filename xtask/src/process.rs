//! Starts other programs, in an environment that cannot reach a real AWS account unless they are
//! meant to.

use std::env;
use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};

use crate::error::Error;
use crate::printer;

/// Variables that would change what terraform does behind a test's back.
const TERRAFORM_VARIABLES: [&str; 6] = [
    "TF_CLI_CONFIG_FILE",
    "TF_DATA_DIR",
    "TF_INPUT",
    "TF_LOG",
    "TF_WORKSPACE",
    "TF_PLUGIN_CACHE_DIR",
];

/// A program to run with its arguments, directory and environment.
#[derive(Debug)]
pub(crate) struct Tool {
    command: Command,
}

impl Tool {
    /// Describes a run of `program` in `directory`.
    ///
    /// The child does not inherit AWS credentials, profiles or endpoints: tests use an emulator
    /// and must fail rather than touch an account. `AWS_CA_BUNDLE` goes with them, because it may
    /// name a file that isn't there.
    pub(crate) fn new(program: impl AsRef<OsStr>, directory: &Path) -> Self {
        let mut tool = Self::for_an_account(program, directory).without(is_withheld);
        tool.command.env("AWS_EC2_METADATA_DISABLED", "true");
        tool
    }

    /// Describes a run that inherits everything, credentials of a real AWS account included.
    pub(crate) fn for_an_account(program: impl AsRef<OsStr>, directory: &Path) -> Self {
        #[expect(
            clippy::disallowed_methods,
            reason = "the one place where a task starts a program"
        )]
        let mut command = Command::new(program);
        command.current_dir(directory);
        Self { command }
    }

    /// Withholds variables of this process by their names.
    pub(crate) fn without(mut self, is_withheld: impl Fn(&OsStr) -> bool) -> Self {
        for (name, _) in env::vars_os() {
            if is_withheld(&name) {
                self.command.env_remove(name);
            }
        }
        self
    }

    /// Appends arguments.
    pub(crate) fn args<S: AsRef<OsStr>>(mut self, arguments: impl IntoIterator<Item = S>) -> Self {
        self.command.args(arguments);
        self
    }

    /// Sets environment variables.
    pub(crate) fn envs(mut self, variables: &[(OsString, OsString)]) -> Self {
        self.command
            .envs(variables.iter().map(|(name, value)| (name, value)));
        self
    }

    /// Runs the program on this terminal and fails when it fails.
    pub(crate) fn run(mut self) -> Result<(), Error> {
        let status = self
            .command
            .status()
            .map_err(|source| self.start_error(source))?;
        if status.success() {
            return Ok(());
        }
        Err(self.failure(status))
    }

    /// Runs the program and shows what it wrote only when it fails.
    pub(crate) fn run_silently(mut self) -> Result<(), Error> {
        let output = self
            .command
            .output()
            .map_err(|source| self.start_error(source))?;
        if output.status.success() {
            return Ok(());
        }
        for text in [&output.stdout, &output.stderr] {
            printer::progress(String::from_utf8_lossy(text).trim_end());
        }
        Err(self.failure(output.status))
    }

    /// Runs the program and returns what it wrote to standard output; its standard error stays on
    /// this terminal.
    pub(crate) fn capture(mut self) -> Result<String, Error> {
        let output = self
            .command
            .stderr(Stdio::inherit())
            .output()
            .map_err(|source| self.start_error(source))?;
        if !output.status.success() {
            return Err(self.failure(output.status));
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// Runs the program without input and returns how it ended with all that it wrote, errors first.
    pub(crate) fn collect(mut self) -> Result<(ExitStatus, String), Error> {
        let output = self
            .command
            .stdin(Stdio::null())
            .output()
            .map_err(|source| self.start_error(source))?;
        let [errors, results] =
            [&output.stderr, &output.stdout].map(|text| String::from_utf8_lossy(text));
        Ok((output.status, format!("{errors}{results}")))
    }

    /// Hands the command over to somebody who keeps the process.
    pub(crate) fn into_command(self) -> Command {
        self.command
    }

    /// Returns the command as a person would type it.
    pub(crate) fn shown(&self) -> String {
        std::iter::once(self.command.get_program())
            .chain(self.command.get_args())
            .map(|word| word.to_string_lossy())
            .collect::<Vec<_>>()
            .join(" ")
    }

    fn start_error(&self, source: std::io::Error) -> Error {
        Error::Start {
            command: self.shown(),
            source,
        }
    }

    fn failure(&self, status: ExitStatus) -> Error {
        Error::Failed {
            command: self.shown(),
            status,
        }
    }
}

/// Says whether a child must not see a variable of this process.
fn is_withheld(name: &OsStr) -> bool {
    let name = name.to_string_lossy();
    TERRAFORM_VARIABLES.contains(&name.as_ref())
        || ["AWS_", "TF_VAR_", "TF_CLI_ARGS"]
            .iter()
            .any(|prefix| name.starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_and_terraform_settings_are_withheld() {
        for name in [
            "AWS_PROFILE",
            "AWS_CA_BUNDLE",
            "TF_VAR_name",
            "TF_CLI_ARGS_plan",
            "TF_CLI_CONFIG_FILE",
        ] {
            assert!(is_withheld(OsStr::new(name)), "{name}");
        }
        for name in ["PATH", "AUTOMOCK_TERRAFORM", "CARGO_TARGET_DIR", "HOME"] {
            assert!(!is_withheld(OsStr::new(name)), "{name}");
        }
    }

    #[test]
    fn a_failing_program_is_an_error_that_names_it() {
        let error = Tool::new("false", Path::new("."))
            .args(["now"])
            .run()
            .unwrap_err();
        assert!(error.to_string().starts_with("`false now` ended with"));
    }

    #[test]
    fn output_is_captured() {
        let text = Tool::new("echo", Path::new("."))
            .args(["a", "b"])
            .capture()
            .unwrap();
        assert_eq!(text, "a b\n");
    }
}
