//! A control group around a process, as a container runtime makes one.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::Duration;

use super::program::executable;

const ROOT: &str = "/sys/fs/cgroup";

/// A group, which is removed when it is dropped; the processes in it have to be gone.
pub(crate) struct Group {
    name: String,
    folders: Vec<PathBuf>,
}

/// Says why a test shows less than it could.
#[expect(clippy::print_stderr, reason = "whoever runs the test has to know")]
pub(crate) fn skip(what: &str, why: &str) {
    eprintln!(
        "skipped: {what}: {why}; run the test as root on a Linux with control groups, as in \
             `docker run --privileged`"
    );
}

impl Group {
    /// A group with a limit of memory, and of processors if there is one.
    ///
    /// # Errors
    /// Why there is none, for instance without root's rights.
    pub(crate) fn new(memory_bytes: u64, processors: Option<f64>) -> Result<Self, String> {
        static GROUPS: AtomicU32 = AtomicU32::new(0);
        let number = GROUPS.fetch_add(1, Ordering::Relaxed);
        let mut group = Self {
            name: format!("automock-test-{}-{number}", std::process::id()),
            folders: Vec::new(),
        };
        let quota = processors.map(|processors| format!("{:.0}", processors * 100_000.0));
        if Path::new(ROOT).join("cgroup.controllers").exists() {
            let enable = Path::new(ROOT).join("cgroup.subtree_control");
            write(&enable, "+memory +cpu")?;
            let folder = group.make("")?;
            write(&folder.join("memory.max"), &memory_bytes.to_string())?;
            write(&folder.join("memory.swap.max"), "0").ok();
            if let Some(quota) = quota {
                write(&folder.join("cpu.max"), &format!("{quota} 100000"))?;
            }
        } else {
            let folder = group.make("memory")?;
            write(
                &folder.join("memory.limit_in_bytes"),
                &memory_bytes.to_string(),
            )?;
            if let Some(quota) = quota {
                let folder = group.make("cpu")?;
                write(&folder.join("cpu.cfs_period_us"), "100000")?;
                write(&folder.join("cpu.cfs_quota_us"), &quota)?;
            }
        }
        Ok(group)
    }

    fn make(&mut self, controller: &str) -> Result<PathBuf, String> {
        let folder = Path::new(ROOT).join(controller).join(&self.name);
        fs::create_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        self.folders.push(folder.clone());
        Ok(folder)
    }

    /// A command that runs the program in the group.
    #[expect(
        clippy::disallowed_methods,
        reason = "the test starts the program as a container does"
    )]
    pub(crate) fn command(&self) -> Command {
        let folders = self.folders.iter();
        let joined = folders.map(|folder| format!("echo $$ > '{}/cgroup.procs'", folder.display()));
        let mut steps: Vec<_> = joined.collect();
        steps.push(format!("exec '{}'", executable()));
        let mut command = Command::new("/bin/sh");
        command.args(["-c", &steps.join(" && ")]);
        command
    }

    /// Periods of the quota, and those of them in which it held the group back.
    pub(crate) fn throttled(&self) -> (u64, u64) {
        let files = self.folders.iter().map(|folder| folder.join("cpu.stat"));
        let text = files.filter_map(|file| fs::read_to_string(file).ok());
        let text: String = text.collect();
        let of = |name: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix(name));
            line.and_then(|number| number.trim().parse().ok())
        };
        (
            of("nr_periods").unwrap_or(0),
            of("nr_throttled").unwrap_or(0),
        )
    }

    /// The most memory that it has had.
    pub(crate) fn peak(&self) -> Option<u64> {
        let folder = self.folders.first()?;
        let files = ["memory.peak", "memory.max_usage_in_bytes"];
        let text = files
            .iter()
            .find_map(|file| fs::read_to_string(folder.join(file)).ok())?;
        text.trim().parse().ok()
    }
}

fn write(path: &Path, text: &str) -> Result<(), String> {
    fs::write(path, text).map_err(|error| format!("{}: {error}", path.display()))
}

impl Drop for Group {
    fn drop(&mut self) {
        for folder in &self.folders {
            // The kernel needs a moment after the last process has gone.
            for _ in 0..50 {
                if fs::remove_dir(folder).is_ok() {
                    break;
                }
                thread::sleep(Duration::from_millis(20));
            }
        }
    }
}
