//! Records the streams of a real terraform for the tests.
//!
//! ```sh
//! cargo run -p automock-tf --example record -- crates/automock-tf/tests/fixtures
//! ```
//!
//! It needs terraform on the `PATH` and nothing else: every resource is a `terraform_data`, which
//! is built in. What differs from machine to machine (paths, ids, times, names of users and
//! hosts) is replaced, so that recording twice gives the same files but for terraform's
//! order of concurrent work.
#![expect(clippy::print_stdout, reason = "an example talks to a person")]

mod scenes;
mod scrub;

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use automock_tf::command::{BackendMode, InitOptions};
use automock_tf::{Binary, Cancel, Environment, Error as TfError, Events, Terraform, Workspace};
use tempfile::TempDir;

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Outcome {
    let fixtures = std::env::args_os()
        .nth(1)
        .map(PathBuf::from)
        .ok_or("usage: record DIRECTORY")?;
    fs::create_dir_all(&fixtures)?;
    // An empty provider mirror: recording never touches a registry.
    let mirror = tempfile::tempdir()?;
    let config = mirror.path().join("terraform.tfrc");
    let mirror_path = mirror.path().display();
    fs::write(
        &config,
        format!(
            "provider_installation {{\n  filesystem_mirror {{\n    path = \"{mirror_path}\"\n  }}\n}}\n"
        ),
    )?;
    let environment = Environment::inherit(std::env::vars_os()).set("TF_CLI_CONFIG_FILE", &config);
    let terraform = Terraform::locate(&Binary::Any, environment).await?;
    scenes::all(&Recorder {
        terraform,
        fixtures,
        mirror: mirror.path().to_owned(),
    })
    .await
}

/// Makes scenes and keeps what terraform wrote in them.
struct Recorder {
    terraform: Terraform,
    fixtures: PathBuf,
    mirror: PathBuf,
}

/// A directory with a configuration.
struct Scene<'a> {
    recorder: &'a Recorder,
    directory: TempDir,
    workspace: Workspace,
}

impl Recorder {
    /// A new directory with this configuration, not initialised.
    fn scene(&self, configuration: &str) -> Outcome<Scene<'_>> {
        let directory = tempfile::tempdir()?;
        let workspace = self.terraform.workspace(directory.path());
        let scene = Scene {
            recorder: self,
            directory,
            workspace,
        };
        scene.configure(configuration)?;
        Ok(scene)
    }

    /// A new directory with this configuration, initialised.
    async fn ready(&self, configuration: &str) -> Outcome<Scene<'_>> {
        let scene = self.scene(configuration)?;
        let options = InitOptions::default().backend_mode(BackendMode::Initialise);
        scene
            .workspace
            .init(&options, &Events::none(), &Cancel::never())
            .await?;
        Ok(scene)
    }
}

impl Scene<'_> {
    fn configure(&self, configuration: &str) -> Outcome {
        Ok(fs::write(
            self.directory.path().join("main.tf"),
            configuration,
        )?)
    }

    /// Keeps the log of a run that went well.
    fn keep(&self, name: &str, log: &Path) -> Outcome {
        self.store(name, "jsonl", &fs::read_to_string(log)?)
    }

    /// Keeps the log of a run that had to fail.
    fn keep_failed<T: std::fmt::Debug>(&self, name: &str, result: Result<T, TfError>) -> Outcome {
        self.keep(name, &log_of(result)?)
    }

    /// Keeps the words that a run wrote for people before it failed.
    fn keep_words<T: std::fmt::Debug>(&self, name: &str, result: Result<T, TfError>) -> Outcome {
        let words = log_of(result)?.with_extension("stderr");
        self.store(name, "txt", &fs::read_to_string(words)?)
    }

    fn store(&self, name: &str, extension: &str, text: &str) -> Outcome {
        let paths = [
            (self.directory.path(), "/workspace"),
            (&self.recorder.mirror, "/mirror"),
        ];
        let file = self.recorder.fixtures.join(format!("{name}.{extension}"));
        fs::write(&file, scrub::scrub(text, &paths))?;
        println!("recorded {}", file.display());
        Ok(())
    }
}

fn log_of<T: std::fmt::Debug>(result: Result<T, TfError>) -> Outcome<PathBuf> {
    let log = match result {
        Err(TfError::Failed(failure)) => failure.log,
        Err(TfError::Interrupted(interruption)) => interruption.log,
        other => return Err(format!("the scene was meant to fail, but: {other:?}").into()),
    };
    Ok(log.ok_or("the run has no log")?)
}
