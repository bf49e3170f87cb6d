//! `cargo xtask fuzz`: looks for inputs that the embedded engine cannot stand.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;

use crate::error::Error;
use crate::fuzz::{RUST_FLAGS, Seed, TARGETS, seeds, triple};
use crate::printer;
use crate::process::Tool;
use crate::workspace::{Workspace, create_directory, write};

/// Options of `cargo xtask fuzz`.
#[derive(Debug, Clone, Args)]
pub(crate) struct FuzzArguments {
    /// How long each target runs.
    #[arg(long, default_value_t = 20)]
    pub(crate) seconds: u64,
    /// Runs this target only; can be given several times.
    #[arg(long = "target", value_name = "TARGET", value_parser = TARGETS)]
    pub(crate) targets: Vec<String>,
    /// Runs a single input of one target instead, as told when it was found.
    #[arg(long, value_name = "FILE", requires = "targets")]
    pub(crate) input: Option<PathBuf>,
}

/// Where the workspace of the targets is, from the repository's root.
const WORKSPACE: &str = "fuzz";
const CASES: &str = "crates/automock-server/tests/compatibility/cases";
const EXAMPLES: &str = "examples";

/// What a run may take of an input, of time and of memory. A template may work for a second or two.
const LIMITS: [&str; 3] = ["-max_len=8192", "-timeout=20", "-rss_limit_mb=2048"];

/// Builds the targets and runs them one after the other.
pub(crate) fn run(workspace: &Workspace, arguments: &FuzzArguments) -> Result<(), Error> {
    let build = Build::new(workspace)?;
    build.build()?;
    let is_wanted = |name: &&&str| {
        arguments.targets.is_empty() || arguments.targets.iter().any(|wanted| wanted == **name)
    };
    let wanted = TARGETS.iter().filter(is_wanted);
    if let Some(input) = &arguments.input {
        return wanted
            .copied()
            .try_for_each(|target| build.repeat(target, input));
    }
    write_seeds(workspace, &build.folder)?;
    let mut faults = Vec::new();
    for target in wanted {
        printer::progress(format_args!("==> {target} ({}s)", arguments.seconds));
        if let Err(error) = build.fuzz(target, arguments.seconds) {
            let found = build.found(target)?;
            // It ended badly without an input to blame, as when somebody kills it.
            if found.is_empty() {
                return Err(error);
            }
            faults.extend(found);
        }
    }
    if faults.is_empty() {
        return Ok(());
    }
    for (target, path) in &faults {
        printer::result(format_args!(
            "cargo xtask fuzz --target {target} --input {}",
            path.display()
        ));
    }
    Err(Error::Fuzz {
        count: faults.len(),
    })
}

struct Build<'w> {
    workspace: &'w Workspace,
    triple: String,
    /// For all that fuzzing makes: the build, seeds, what it learns, and what it finds.
    folder: PathBuf,
}

impl<'w> Build<'w> {
    fn new(workspace: &'w Workspace) -> Result<Self, Error> {
        let version = Tool::new("rustc", workspace.root())
            .args(["-vV"])
            .capture()?;
        Ok(Self {
            workspace,
            triple: triple(&version)?.to_owned(),
            folder: workspace.artifacts("fuzz"),
        })
    }

    fn build(&self) -> Result<(), Error> {
        let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let variables: [(OsString, OsString); 2] = [
            ("RUSTFLAGS".into(), RUST_FLAGS.into()),
            ("CARGO_TARGET_DIR".into(), self.folder.clone().into()),
        ];
        Tool::new(cargo, &self.workspace.root().join(WORKSPACE))
            .args(["build", "--locked", "--release", "--target", &self.triple])
            .envs(&variables)
            .run()
    }

    fn program(&self, target: &str) -> PathBuf {
        self.folder.join(&self.triple).join("release").join(target)
    }

    /// What was learnt before is used again, and seeds are read beside it.
    fn fuzz(&self, target: &str, seconds: u64) -> Result<(), Error> {
        let [corpus, seeds, found] = ["corpus", "seeds", "found"].map(|name| self.of(target, name));
        for folder in [&corpus, &seeds, &found] {
            create_directory(folder)?;
        }
        Tool::new(self.program(target), self.workspace.root())
            .args(LIMITS)
            .args([
                format!("-max_total_time={seconds}"),
                format!("-artifact_prefix={}/", found.display()),
                "-print_final_stats=1".to_owned(),
                "-verbosity=0".to_owned(),
            ])
            .args([corpus, seeds])
            .run()
    }

    fn repeat(&self, target: &str, input: &Path) -> Result<(), Error> {
        Tool::new(self.program(target), self.workspace.root())
            .args(LIMITS)
            .args([input])
            .run()
    }

    fn found(&self, target: &str) -> Result<Vec<(String, PathBuf)>, Error> {
        let folder = self.of(target, "found");
        let entries = fs::read_dir(&folder).map_err(Error::file(&folder))?;
        entries
            .map(|entry| {
                let entry = entry.map_err(Error::file(&folder))?;
                Ok((target.to_owned(), entry.path()))
            })
            .collect()
    }

    fn of(&self, target: &str, name: &str) -> PathBuf {
        self.folder.join(name).join(target)
    }
}

fn write_seeds(workspace: &Workspace, folder: &Path) -> Result<(), Error> {
    let mut files = workspace.files(CASES, &[".json5"])?;
    files.extend(workspace.files(EXAMPLES, &["expectations.json"])?);
    for (number, Seed { target, text }) in seeds(&files)?.iter().enumerate() {
        let path = folder.join("seeds").join(target).join(number.to_string());
        write(&path, text.as_bytes())?;
    }
    Ok(())
}
