//! The files that hold a run's output.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use crate::error::{Error, Result};

/// How many runs are kept in a log directory.
const KEPT_RUNS: usize = 50;

/// The two files of a run.
#[derive(Debug)]
pub(super) struct LogFiles {
    pub(super) stdout: PathBuf,
    pub(super) stderr: PathBuf,
}

impl LogFiles {
    /// Makes the files for a new run, and removes those of runs long past.
    pub(super) fn create(directory: &Path, command: &str) -> Result<(Self, File, File)> {
        let failed = |source| Error::Io {
            path: directory.to_owned(),
            source,
        };
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(directory)
            .map_err(failed)?;
        prune(directory).map_err(failed)?;
        let command = command.replace(' ', "-");
        let mut millis = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default()
            .as_millis();
        loop {
            let stdout = directory.join(format!("{millis:013}-{command}.jsonl"));
            match new_file(&stdout) {
                Ok(out) => {
                    let stderr = stdout.with_extension("stderr");
                    let err = new_file(&stderr).map_err(failed)?;
                    return Ok((Self { stdout, stderr }, out, err));
                }
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => millis += 1,
                Err(error) => return Err(failed(error)),
            }
        }
    }
}

/// For the owner only: a provisioner can print anything.
fn new_file(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .append(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
}

fn prune(directory: &Path) -> io::Result<()> {
    let mut runs: Vec<PathBuf> = fs::read_dir(directory)?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "jsonl")
                && is_ours(path)
        })
        .collect();
    runs.sort_unstable();
    let old = runs.len().saturating_sub(KEPT_RUNS - 1);
    for run in &runs[..old] {
        // Another process may have been faster.
        let _ = fs::remove_file(run);
        let _ = fs::remove_file(run.with_extension("stderr"));
    }
    Ok(())
}

/// The caller may have chosen a directory that holds other things too.
fn is_ours(path: &Path) -> bool {
    let name = path
        .file_name()
        .and_then(|name| name.to_str())
        .unwrap_or_default();
    name.split_once('-')
        .is_some_and(|(millis, _)| millis.len() == 13 && millis.bytes().all(|b| b.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_runs_go_and_foreign_files_stay() {
        let directory = tempfile::tempdir().unwrap();
        let foreign = directory.path().join("notes.jsonl");
        fs::write(&foreign, "").unwrap();
        let first = LogFiles::create(directory.path(), "force unlock")
            .unwrap()
            .0;
        for _ in 0..KEPT_RUNS {
            LogFiles::create(directory.path(), "plan").unwrap();
        }
        assert!(
            first
                .stdout
                .to_str()
                .unwrap()
                .ends_with("-force-unlock.jsonl")
        );
        assert!(!first.stdout.exists() && !first.stderr.exists());
        assert!(foreign.exists());
        assert_eq!(
            fs::read_dir(directory.path()).unwrap().count(),
            2 * KEPT_RUNS + 1
        );
    }

    #[test]
    fn logs_are_for_the_owner_only() {
        use std::os::unix::fs::PermissionsExt as _;
        let directory = tempfile::tempdir().unwrap();
        let (files, ..) = LogFiles::create(&directory.path().join("logs"), "plan").unwrap();
        for file in [&files.stdout, &files.stderr] {
            assert_eq!(
                fs::metadata(file).unwrap().permissions().mode() & 0o777,
                0o600
            );
        }
    }
}
