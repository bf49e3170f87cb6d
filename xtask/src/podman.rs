//! Containers of this machine.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use crate::error::Error;
use crate::process::Tool;

/// Podman with a store of its own, which is removed with this value.
#[derive(Debug)]
pub(crate) struct Podman {
    store: PathBuf,
}

impl Podman {
    /// A store in a folder, whose path should be short: sockets lie below it.
    pub(crate) fn new(store: PathBuf) -> Result<Self, Error> {
        fs::create_dir_all(&store).map_err(Error::file(&store))?;
        Ok(Self { store })
    }

    /// Runs podman and shows what it says only when it fails.
    pub(crate) fn run<S: AsRef<OsStr>>(
        &self,
        arguments: impl IntoIterator<Item = S>,
    ) -> Result<(), Error> {
        self.tool().args(arguments).run_silently()
    }

    /// Runs podman and returns the last line of what it wrote, such as an id.
    pub(crate) fn ask<S: AsRef<OsStr>>(
        &self,
        arguments: impl IntoIterator<Item = S>,
    ) -> Result<String, Error> {
        let words = self.tool().args(arguments).capture()?;
        Ok(words.lines().last().unwrap_or_default().trim().to_owned())
    }

    fn tool(&self) -> Tool {
        let folder = |name: &str| self.store.join(name).display().to_string();
        // conmon leaves files in the folder of its caller.
        Tool::new("podman", &self.store).args([
            "--root",
            &folder("root"),
            "--runroot",
            &folder("run"),
            "--tmpdir",
            &folder("tmp"),
            "--storage-driver",
            "vfs",
            "--cgroup-manager",
            "cgroupfs",
            "--runtime",
            "runc",
            "--events-backend",
            "file",
        ])
    }

    pub(crate) fn store(&self) -> &Path {
        &self.store
    }
}

impl Drop for Podman {
    fn drop(&mut self) {
        drop(self.run(["rm", "--all", "--force", "--time", "0"]));
        drop(self.run(["rmi", "--all", "--force"]));
        drop(fs::remove_dir_all(&self.store));
    }
}
