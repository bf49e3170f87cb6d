//! What the tests share: a real terraform, and directories to run it in.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use automock_tf::command::{ApplyOptions, InitOptions};
use automock_tf::{Binary, Cancel, Environment, Events, Message, Terraform, Workspace};
use tempfile::TempDir;
use tokio::sync::mpsc::UnboundedReceiver;

/// How long a test waits for what must happen; much longer than it takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);

/// A directory with a configuration, and the terraform to run in it.
pub(crate) struct Scene {
    pub(crate) directory: TempDir,
    pub(crate) workspace: Workspace,
}

/// The real binary: the one that `AUTOMOCK_TERRAFORM` names, or the first on the `PATH`.
pub(crate) async fn terraform(environment: Environment) -> Terraform {
    let binary =
        std::env::var_os("AUTOMOCK_TERRAFORM").map_or(Binary::Any, |path| Binary::At(path.into()));
    Terraform::locate(&binary, environment).await.unwrap_or_else(|error| {
        panic!(
            "these tests run a real terraform: {error}. Install Terraform 1.10 or later \
             (https://developer.hashicorp.com/terraform/install) or OpenTofu 1.10 or later \
             (https://opentofu.org/docs/intro/install/) and put it on the PATH, or set AUTOMOCK_TERRAFORM to its path"
        )
    })
}

/// The environment of this process, without the settings of the person who runs the tests.
pub(crate) fn environment() -> Environment {
    Environment::inherit(std::env::vars_os()).set("TF_CLI_CONFIG_FILE", "/dev/null")
}

/// A directory with a configuration that is initialised.
pub(crate) async fn scene(configuration: &str) -> Scene {
    let directory = tempfile::tempdir().unwrap();
    configure(directory.path(), configuration);
    let workspace = terraform(environment()).await.workspace(directory.path());
    workspace
        .init(&InitOptions::default(), &Events::none(), &Cancel::never())
        .await
        .unwrap();
    Scene {
        directory,
        workspace,
    }
}

pub(crate) fn configure(directory: &Path, configuration: &str) {
    std::fs::write(directory.join("main.tf"), configuration).unwrap();
}

impl Scene {
    pub(crate) fn configure(&self, configuration: &str) {
        configure(self.directory.path(), configuration);
    }

    pub(crate) async fn apply(&self) {
        self.workspace
            .apply(&ApplyOptions::unseen(), &Events::none(), &Cancel::never())
            .await
            .unwrap();
    }

    /// The addresses in the state, sorted.
    pub(crate) async fn addresses(&self) -> Vec<String> {
        let state = self.workspace.state().await.unwrap();
        let mut found: Vec<_> = state
            .iter()
            .flat_map(|s| &s.resources)
            .map(|r| r.address.to_string())
            .collect();
        found.sort();
        found
    }

    /// The file with which terraform marks a local state as locked.
    pub(crate) fn lock_file(&self) -> PathBuf {
        self.directory.path().join(".terraform.tfstate.lock.info")
    }
}

/// Waits for a message of a kind, for at most 20 seconds.
pub(crate) async fn wait_for(
    messages: &mut UnboundedReceiver<Message>,
    wanted: impl Fn(&Message) -> bool,
) -> Message {
    let search = async {
        loop {
            let message = messages
                .recv()
                .await
                .expect("the run ended before the awaited message");
            if wanted(&message) {
                return message;
            }
        }
    };
    tokio::time::timeout(PATIENCE, search)
        .await
        .expect("the awaited message did not come")
}

/// Lets work go on for at most 20 seconds, so that a run that can't be stopped is a failed test.
pub(crate) async fn in_time<T>(work: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, work)
        .await
        .expect("the run did not end")
}

/// Waits until something holds, for at most 20 seconds.
pub(crate) async fn eventually(what: &str, holds: impl Fn() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < PATIENCE, "{what} did not happen");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Whether a process lives; a zombie does not.
pub(crate) fn is_alive(pid: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let state = stat.rsplit(')').next().unwrap_or_default().trim_start();
    !state.is_empty() && !state.starts_with('Z')
}
