//! zig as a linker: it has the C library of every system, Lambda's among them.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use crate::error::Error;
use crate::printer;
use crate::process::Tool;

/// What is installed, from `PyPI`. The versions are part of the package's bytes.
const REQUIREMENTS: [&str; 2] = ["cargo-zigbuild==0.24.0", "ziglang==0.17.1"];

const ENVIRONMENT: &str = "zig-venv";
const STAMP: &str = "automock-requirements.txt";

/// An environment with `cargo zigbuild` and zig.
#[derive(Debug)]
pub(crate) struct Zig {
    programs: PathBuf,
}

impl Zig {
    /// Installs both below `tools`, unless they are there.
    ///
    /// # Errors
    ///
    /// When Python has no `venv`, or `PyPI` can't be reached.
    pub(crate) fn prepare(tools: &Path) -> Result<Self, Error> {
        let environment = tools.join(ENVIRONMENT);
        let programs = environment.join("bin");
        let stamp = environment.join(STAMP);
        let wanted = REQUIREMENTS.join("\n");
        if fs::read_to_string(&stamp).is_ok_and(|made| made == wanted) {
            return Ok(Self { programs });
        }
        printer::progress(format_args!(
            "==> installing {} from PyPI into {} (about 100 MB)",
            REQUIREMENTS.join(" and "),
            environment.display()
        ));
        fs::create_dir_all(tools).map_err(Error::file(tools))?;
        install(&environment, tools)?;
        // The stamp comes last, so that an interrupted installation is repeated.
        fs::write(&stamp, wanted).map_err(Error::file(&stamp))?;
        Ok(Self { programs })
    }

    /// The search path for programs, with the environment's before all others.
    pub(crate) fn search_path(&self) -> OsString {
        let mut path = self.programs.clone().into_os_string();
        if let Some(rest) = env::var_os("PATH") {
            path.push(":");
            path.push(rest);
        }
        path
    }
}

fn install(environment: &Path, tools: &Path) -> Result<(), Error> {
    Tool::new("python3", tools)
        .args(["-m", "venv"])
        .args([environment])
        .run_silently()?;
    Tool::new(environment.join("bin/python"), tools)
        .args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
        ])
        .args(["--only-binary", ":all:"])
        .args(REQUIREMENTS)
        .run_silently()
}
