//! The one place that starts processes.

use std::io;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use nix::sys::signal::{Signal, kill, killpg};
use nix::unistd::Pid;
use tokio::process::{Child, Command};

use super::Invocation;
use crate::environment::Environment;
use crate::error::{Error, Result};
use crate::workspace::Workspace;

/// A command with exactly the given environment, in a process group of its own.
///
/// The group keeps Ctrl-C in a terminal away from terraform: the caller decides when to
/// interrupt it. It also lets a kill reach the provider plugins.
#[expect(
    clippy::disallowed_methods,
    reason = "this is the one place of the crate that starts processes"
)]
fn command(program: &Path, environment: &Environment) -> Command {
    let mut command = Command::new(program);
    command
        .env_clear()
        .envs(environment.iter())
        .stdin(Stdio::null())
        .process_group(0);
    command
}

/// Prepares a run in a workspace.
pub(super) fn prepare(workspace: &Workspace, invocation: &Invocation) -> Result<Command> {
    let directory = workspace.directory();
    if !directory.is_dir() {
        return Err(Error::NoDirectory {
            path: directory.to_owned(),
        });
    }
    let mut command = command(&workspace.terraform().binary, workspace.environment());
    command.args(&invocation.args).current_dir(directory);
    Ok(command)
}

pub(super) fn spawn(workspace: &Workspace, mut command: Command) -> Result<Child> {
    command.spawn().map_err(|source| Error::Start {
        program: workspace.terraform().binary.clone(),
        source,
    })
}

/// How long a binary may take to tell its version.
const VERSION_TIMEOUT: Duration = Duration::from_secs(30);

/// What the binary prints when it is asked for its version.
pub(crate) async fn version_output(binary: &Path, environment: &Environment) -> io::Result<String> {
    let mut command = command(binary, environment);
    // From the root directory: anywhere else it would look for provider locks too.
    command.arg("version").current_dir("/").kill_on_drop(true);
    let output = tokio::time::timeout(VERSION_TIMEOUT, command.output()).await??;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Asks the process to stop. Only terraform itself gets the signal; it tells its plugins.
pub(super) fn interrupt(pid: u32) {
    signal(pid, |pid| kill(pid, Signal::SIGINT));
}

/// Ends the process with its plugins and whatever else it started.
pub(super) fn kill_group(pid: u32) {
    signal(pid, |pid| killpg(pid, Signal::SIGKILL));
}

fn signal(pid: u32, send: impl FnOnce(Pid) -> nix::Result<()>) {
    if let Ok(pid) = i32::try_from(pid) {
        // An error means that the process is gone, which is what the signal is for.
        let _ = send(Pid::from_raw(pid));
    }
}
