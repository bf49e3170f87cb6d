//! Test programs that cargo has built, run side by side.
//!
//! `cargo test` runs one program after the other. The long ones here wait for terraform and for the
//! AWS emulator most of the time, so that two at once end in little more than the time of one.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Instant;

use serde::Deserialize;

use crate::error::Error;
use crate::lanes;
use crate::printer;
use crate::process::Tool;

/// The programs that take longest, which begin first.
const LONG: [&str; 4] = [
    "automock-cli life",
    "automock-lambda reaper",
    "automock-simulator faults",
    "automock-ttl emulator",
];

/// A test program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TestBinary {
    package: String,
    target: String,
    path: PathBuf,
    /// Where cargo runs it: the directory of its package.
    directory: PathBuf,
    arguments: Vec<String>,
}

/// The messages of cargo that matter here.
/// <https://doc.rust-lang.org/cargo/reference/external-tools.html#json-messages>
#[derive(Deserialize)]
struct Message {
    manifest_path: Option<PathBuf>,
    executable: Option<PathBuf>,
    target: Option<CargoTarget>,
    profile: Option<CargoProfile>,
}

#[derive(Deserialize)]
struct CargoTarget {
    name: String,
}

#[derive(Deserialize)]
struct CargoProfile {
    test: bool,
}

impl TestBinary {
    /// Finds the test programs in what `cargo test --no-run --message-format=json` printed.
    pub(crate) fn all_in(messages: &str, arguments: &[&str]) -> Vec<Self> {
        let messages = messages
            .lines()
            .filter_map(|line| serde_json::from_str(line).ok());
        messages
            .filter_map(|message| Self::from_message(message, arguments))
            .collect()
    }

    fn from_message(message: Message, arguments: &[&str]) -> Option<Self> {
        if !message.profile?.test {
            return None;
        }
        let directory = message.manifest_path?.parent()?.to_owned();
        Some(Self {
            package: directory.file_name()?.to_string_lossy().into_owned(),
            target: message.target?.name,
            path: message.executable?,
            directory,
            arguments: arguments.iter().map(ToString::to_string).collect(),
        })
    }

    fn name(&self) -> String {
        format!("{} {}", self.package, self.target)
    }

    /// Those that take long come first.
    fn rank(&self) -> usize {
        let rank = LONG.iter().position(|name| *name == self.name());
        rank.unwrap_or(LONG.len())
    }

    fn run(&self, variables: &[(OsString, OsString)]) -> (bool, String) {
        let tool = Tool::new(&self.path, &self.directory)
            .args(&self.arguments)
            .envs(variables)
            .envs(&[("CARGO_MANIFEST_DIR".into(), self.directory.clone().into())]);
        match tool.collect() {
            Ok((status, output)) if status.success() => (true, output),
            Ok((status, output)) => (
                false,
                format!("{output}\n{} ended with {status}", self.name()),
            ),
            Err(error) => (false, error.chain()),
        }
    }
}

/// Runs all of them, and shows what each wrote when it has ended.
///
/// # Errors
///
/// Returns [`Error::Steps`] when some failed. Those that had begun by then have ended.
pub(crate) fn run_all(
    mut binaries: Vec<TestBinary>,
    variables: &[(OsString, OsString)],
    keeps_going: bool,
) -> Result<(), Error> {
    binaries.sort_by_key(TestBinary::rank);
    let passes = |binary: TestBinary| {
        printer::progress(format_args!("    begun: {}", binary.name()));
        let started = Instant::now();
        let (has_passed, output) = binary.run(variables);
        let word = if has_passed { "passed" } else { "FAILED" };
        let seconds = started.elapsed().as_secs_f64();
        let title = format!("    {word} in {seconds:.1}s: {}", binary.name());
        printer::progress(format_args!("{title}\n{}", output.trim_end()));
        has_passed
    };
    lanes::run_all(binaries, passes, keeps_going)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MESSAGES: &str = r#"
{"reason":"compiler-artifact","manifest_path":"/w/crates/automock-tf/Cargo.toml","target":{"kind":["lib"],"name":"automock_tf"},"profile":{"test":false},"executable":null}
{"reason":"compiler-artifact","manifest_path":"/w/crates/automock-tf/Cargo.toml","target":{"kind":["test"],"name":"it"},"profile":{"test":true},"executable":"/w/target/debug/deps/it-1"}
{"reason":"compiler-artifact","manifest_path":"/w/crates/automock-cli/Cargo.toml","target":{"kind":["test"],"name":"life"},"profile":{"test":true},"executable":"/w/target/debug/deps/life-2"}
{"reason":"compiler-artifact","manifest_path":"/w/crates/automock-cli/Cargo.toml","target":{"kind":["bin"],"name":"automock"},"profile":{"test":false},"executable":"/w/target/debug/automock"}
{"reason":"build-finished","success":true}
"#;

    #[test]
    fn test_programs_are_found_among_the_messages() {
        let mut found = TestBinary::all_in(MESSAGES, &["--nocapture"]);
        found.sort_by_key(TestBinary::rank);
        let names: Vec<_> = found.iter().map(TestBinary::name).collect();
        assert_eq!(names, ["automock-cli life", "automock-tf it"]);
        assert_eq!(found[1].directory, PathBuf::from("/w/crates/automock-tf"));
        assert_eq!(found[1].arguments, ["--nocapture"]);
    }

    fn shell(script: &str) -> TestBinary {
        TestBinary {
            package: "shell".to_owned(),
            target: script.to_owned(),
            path: "/bin/sh".into(),
            directory: "/".into(),
            arguments: vec!["-c".to_owned(), script.to_owned()],
        }
    }

    #[test]
    fn a_failure_ends_the_run_unless_it_keeps_going() {
        let directory = tempfile::tempdir().unwrap();
        let mark = directory.path().join("mark");
        let binaries = || {
            let mut binaries = vec![shell("exit 3"), shell("sleep 1")];
            binaries.push(shell(&format!("touch {}", mark.display())));
            binaries
        };
        let failure = run_all(binaries(), &[], false).unwrap_err();
        assert!(matches!(
            failure,
            Error::Steps {
                failed: 1,
                total: 3
            }
        ));
        assert!(!mark.exists());
        run_all(binaries(), &[], true).unwrap_err();
        assert!(mark.exists());
        run_all(
            vec![shell("test $KIND = good")],
            &[("KIND".into(), "good".into())],
            false,
        )
        .unwrap();
    }
}
