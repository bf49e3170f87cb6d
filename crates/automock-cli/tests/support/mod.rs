//! A project folder in an emulated world, and the real binary that works on it.
#![allow(dead_code, reason = "each test binary uses a part of it")]

mod aws;

use std::ffi::OsStr;
use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use automock_testkit::{
    Census, Emulator, ImageRegistry, Tooling, placeholder_engine, placeholder_reaper,
};
use serde_json::Value;
use tempfile::TempDir;

#[allow(unused_imports, reason = "each test binary uses a part of it")]
pub(crate) use aws::{ACCOUNT, Aws, FOUNDATION_BUCKET, state_lock_path};

/// Two rules, in the shape that people write.
pub(crate) const EXPECTATIONS: &str = r#"[
  {"id": "hello", "httpRequest": {"path": "/hello"}, "httpResponse": {"body": "hello"}},
  {"id": "bye", "httpRequest": {"path": "/bye"}, "httpResponse": {"statusCode": 410}}
]
"#;

/// What a finished command left behind.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        Self {
            code: output.status.code(),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        }
    }
}

impl Ran {
    /// Standard output as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:#?}"))
    }
}

/// One project folder in one world.
pub(crate) struct Stage {
    pub(crate) world: Emulator,
    folder: TempDir,
    variables: Vec<(&'static str, String)>,
    registry: Option<ImageRegistry>,
}

impl Stage {
    /// Writes a project into a new folder, and an image that stands in for the engine's.
    pub(crate) fn new(world: Emulator, project: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        Tooling::provider_cli_config(folder.path()).unwrap();
        let engine = folder.path().join("engine");
        fs::create_dir(&engine).unwrap();
        placeholder_engine(&engine).unwrap();
        let stage = Self {
            world,
            folder,
            variables: vec![("AUTOMOCK_ENGINE_IMAGE", "engine".to_owned())],
            registry: None,
        };
        stage.write("automock.toml", project);
        stage.write("expectations.json", EXPECTATIONS);
        stage
    }

    /// Puts a registry beside the world, which has none that takes images.
    pub(crate) fn with_registry(mut self) -> Self {
        let registry = ImageRegistry::start().unwrap();
        self.set("AUTOMOCK_IMAGE_REGISTRY", registry.url());
        self.registry = Some(registry);
        self
    }

    pub(crate) fn registry(&self) -> &ImageRegistry {
        self.registry.as_ref().expect("a registry was asked for")
    }

    /// Adds a variable to the environment of all commands.
    pub(crate) fn set(&mut self, name: &'static str, value: impl Into<String>) {
        self.variables.push((name, value.into()));
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        fs::write(self.folder().join(name), text).unwrap();
    }

    pub(crate) fn aws(&self) -> Aws<'_> {
        Aws(&self.world)
    }

    pub(crate) fn census(&self) -> Census {
        self.world.census().unwrap()
    }

    /// Fails when the world is not as it was.
    #[track_caller]
    pub(crate) fn assert_unchanged(&self, before: &Census) {
        let diff = self.census().diff(before);
        assert!(diff.is_empty(), "the world is not as before:\n{diff}");
    }

    /// Fails unless a stack is gone, with a receipt and a journal as all that tells of it.
    #[track_caller]
    pub(crate) fn assert_gone(&self, stack: &str, before: &Census) {
        let mut diff = self.census().diff(before);
        let receipts = diff.take_receipts(stack);
        assert!(diff.is_empty(), "the world is not as before:\n{diff}");
        assert_eq!(receipts, 1, "receipts");
    }

    /// The binary, in the project's folder, with an environment that names nothing but the world.
    pub(crate) fn automock(&self, arguments: &[&str]) -> Command {
        let mut command = program(env!("CARGO_BIN_EXE_automock"));
        command.args(arguments);
        self.furnish(&mut command);
        command
    }

    /// Gives a command the environment that [`Stage::automock`] has.
    pub(crate) fn furnish(&self, command: &mut Command) {
        command
            .current_dir(self.folder())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.folder())
            .env("USER", "ana")
            .env("AUTOMOCK_TERRAFORM", Tooling::terraform().unwrap())
            .env("TF_CLI_CONFIG_FILE", self.folder().join("terraform.rc"))
            .envs(self.world.env())
            .env_remove("AWS_REGION")
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null());
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        run(&mut self.automock(arguments))
    }

    /// Runs a command that must succeed.
    #[track_caller]
    pub(crate) fn succeed(&self, arguments: &[&str]) -> Ran {
        let ran = self.run(arguments);
        assert_eq!(ran.code, Some(0), "{}", self.story(arguments, &ran));
        ran
    }

    /// The JSON result of a command that must succeed.
    #[track_caller]
    pub(crate) fn json(&self, arguments: &[&str]) -> Value {
        self.succeed(&[arguments, &["--output", "json", "--quiet"]].concat())
            .json()
    }

    /// What a command said, and what the emulator could not do.
    pub(crate) fn story(&self, arguments: &[&str], ran: &Ran) -> String {
        format!(
            "automock {}: {:?}\n{}\n{}\nemulator:\n{}",
            arguments.join(" "),
            ran.code,
            ran.stdout,
            ran.stderr,
            self.world.log()
        )
    }

    /// Gives the project a package that stands in for the reaper: the emulator keeps functions and
    /// runs none.
    pub(crate) fn give_reaper(&mut self) {
        fs::write(self.folder().join("reaper.zip"), placeholder_reaper()).unwrap();
        self.set("AUTOMOCK_REAPER_PACKAGE", "reaper.zip");
    }
}

/// A command of any program.
#[expect(
    clippy::disallowed_methods,
    reason = "end-to-end tests start the binary as a person does"
)]
pub(crate) fn program(name: impl AsRef<OsStr>) -> Command {
    Command::new(name)
}

pub(crate) fn run(command: &mut Command) -> Ran {
    command.output().expect("the command starts").into()
}
