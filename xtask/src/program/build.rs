//! Builds a program with cargo, so that the place of the build leaves no trace.

use std::env;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};

use super::elf::Needs;
use super::fitness;
use super::target::{LAMBDA_GLIBC, Linker, Target};
use super::zig::Zig;
use crate::error::Error;
use crate::process::Tool;

/// A program and where it will run.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Recipe {
    /// The crate that it is in.
    pub(crate) package: &'static str,
    /// Its name.
    pub(crate) program: &'static str,
    /// How it is compiled.
    pub(crate) profile: &'static str,
    /// Features of the crate that it needs.
    pub(crate) features: &'static [&'static str],
    /// What it runs on.
    pub(crate) system: System,
}

/// What a program runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum System {
    /// Lambda's `provided.al2023`, with its libraries.
    Lambda,
    /// A kernel and nothing else.
    Bare,
}

impl Recipe {
    /// The reaper.
    pub(crate) const REAPER: Self = Self {
        package: "automock-lambda",
        program: "bootstrap",
        profile: "lambda",
        features: &[],
        system: System::Lambda,
    };

    /// The engine in a container.
    pub(crate) const ENGINE: Self = Self {
        package: "automock-server",
        program: "automock-server",
        profile: "release",
        features: &["program"],
        system: System::Bare,
    };
}

/// 1 January 1980, the zip format's beginning, for build scripts that write down a time.
const EPOCH: &str = "315532800";

/// Where paths of the building machine seem to be.
const SOURCES: &str = "/automock";
const ARTIFACTS: &str = "/automock/target";
const CARGO_HOME: &str = "/cargo";

/// A build of the program.
#[derive(Debug)]
pub(crate) struct Build {
    recipe: Recipe,
    target: Target,
    linker: Linker,
    /// The workspace that is built.
    sources: PathBuf,
    /// What cargo keeps for this linker; development builds have another one.
    artifacts: PathBuf,
    paths: Paths,
    zig: Option<Zig>,
}

/// Paths of this machine that a compiler could write into a program.
#[derive(Debug)]
struct Paths {
    cargo_home: String,
    sysroot: String,
    rust_commit: String,
}

impl Build {
    /// Prepares a build of the workspace `sources` with its artifacts below `artifacts`.
    ///
    /// # Errors
    ///
    /// When Rust's library for the target or the linker is missing and can't be got.
    pub(crate) fn prepare(
        recipe: Recipe,
        target: Target,
        linker: Linker,
        sources: &Path,
        artifacts: &Path,
        tools: &Path,
    ) -> Result<Self, Error> {
        target.check_installed(sources)?;
        Ok(Self {
            recipe,
            target,
            linker,
            sources: sources.to_owned(),
            artifacts: artifacts.join(linker.as_str()),
            paths: Paths::find(sources)?,
            zig: match linker {
                Linker::Host => None,
                Linker::Zig => Some(Zig::prepare(tools)?),
            },
        })
    }

    /// Builds the program and returns its bytes, which its system could start.
    ///
    /// # Errors
    ///
    /// When cargo fails, or with everything that would keep the program from starting.
    pub(crate) fn run(&self) -> Result<Vec<u8>, Error> {
        self.cargo(self.verb()).args(self.build_arguments()).run()?;
        let path = self.program();
        let program = fs::read(&path).map_err(Error::file(&path))?;
        self.judge(&program)?;
        Ok(program)
    }

    /// Throws away what the workspace's own crates were compiled to.
    pub(crate) fn forget_own_crates(&self) -> Result<(), Error> {
        self.cargo(&["clean", "--workspace", "--profile", self.recipe.profile])
            .args(["--target", self.target.triple(), "--target-dir"])
            .args([&self.artifacts])
            .run_silently()
    }

    fn verb(&self) -> &'static [&'static str] {
        match self.linker {
            Linker::Host => &["build"],
            Linker::Zig => &["zigbuild"],
        }
    }

    fn build_arguments(&self) -> Vec<OsString> {
        let triple = match self.linker {
            Linker::Host => self.target.triple().to_owned(),
            Linker::Zig => format!("{}.{LAMBDA_GLIBC}", self.target.triple()),
        };
        let options = [
            ["--package", self.recipe.package],
            ["--bin", self.recipe.program],
            ["--profile", self.recipe.profile],
            ["--target", &triple],
        ];
        let mut arguments = vec![OsString::from("--locked")];
        arguments.extend(options.iter().flatten().map(OsString::from));
        for feature in self.recipe.features {
            arguments.extend(["--features".into(), feature.into()]);
        }
        arguments.extend(["--target-dir".into(), self.artifacts.clone().into()]);
        arguments
    }

    /// Cargo, without what the caller's shell has to say about compiling.
    fn cargo(&self, verb: &[&str]) -> Tool {
        let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let flags = self.flags().join("\u{1f}");
        let mut variables = vec![
            ("CARGO_ENCODED_RUSTFLAGS".into(), flags.into()),
            ("CARGO_INCREMENTAL".into(), "0".into()),
            ("SOURCE_DATE_EPOCH".into(), EPOCH.into()),
        ];
        if let Some(zig) = &self.zig {
            variables.push(("PATH".into(), zig.search_path()));
        }
        Tool::new(cargo, &self.sources)
            .args(verb)
            .without(changes_a_build)
            .envs(&variables)
    }

    /// Flags for rustc. The last prefix that fits is the one that counts.
    fn flags(&self) -> Vec<String> {
        let sources = self.sources.display().to_string();
        let artifacts = self.artifacts.display().to_string();
        let library = format!("{}/lib/rustlib/src/rust", self.paths.sysroot);
        let rust = format!("/rustc/{}", self.paths.rust_commit);
        let mut flags: Vec<String> = [
            (sources.as_str(), SOURCES),
            (&artifacts, ARTIFACTS),
            (&self.paths.cargo_home, CARGO_HOME),
            (&library, &rust),
        ]
        .map(|(from, to)| format!("--remap-path-prefix={from}={to}"))
        .into();
        if self.recipe.system == System::Bare {
            flags.push("-Ctarget-feature=+crt-static".to_owned());
        }
        flags
    }

    /// Where cargo puts the program.
    pub(crate) fn program(&self) -> PathBuf {
        let directory = self.artifacts.join(self.target.triple());
        directory
            .join(self.recipe.profile)
            .join(self.recipe.program)
    }

    /// Refuses a program that its system would not start, or that depends on where it was built.
    fn judge(&self, program: &[u8]) -> Result<(), Error> {
        let needs = Needs::read(program).map_err(|error| Error::Malformed {
            path: self.program().display().to_string(),
            reason: error.to_string(),
        })?;
        let obstacles = match self.recipe.system {
            System::Lambda => fitness::obstacles(&needs, self.target),
            System::Bare => fitness::obstacles_in_a_bare_system(&needs, self.target),
        };
        if !obstacles.is_empty() {
            return Err(match self.recipe.system {
                System::Lambda => Error::Unfit {
                    obstacles,
                    is_zig: self.linker == Linker::Zig,
                },
                System::Bare => Error::NotAlone { obstacles },
            });
        }
        let (sources, artifacts) = (
            self.sources.to_string_lossy(),
            self.artifacts.to_string_lossy(),
        );
        let paths = [
            &sources,
            &artifacts,
            &*self.paths.cargo_home,
            &self.paths.sysroot,
        ];
        match fitness::paths_inside(program, &paths.map(|path| -> &str { path })).as_slice() {
            [] => Ok(()),
            found => Err(Error::Traces {
                paths: found.iter().map(ToString::to_string).collect(),
            }),
        }
    }
}

impl Paths {
    fn find(directory: &Path) -> Result<Self, Error> {
        let rustc = |arguments: &[&str]| Tool::new("rustc", directory).args(arguments).capture();
        let version = rustc(&["--version", "--verbose"])?;
        let commit = version
            .lines()
            .find_map(|line| line.strip_prefix("commit-hash: "));
        Ok(Self {
            cargo_home: cargo_home().display().to_string(),
            sysroot: rustc(&["--print", "sysroot"])?.trim().to_owned(),
            rust_commit: commit.unwrap_or("unknown").to_owned(),
        })
    }
}

/// Where cargo unpacks the sources of dependencies.
/// <https://doc.rust-lang.org/cargo/guide/cargo-home.html>
fn cargo_home() -> PathBuf {
    env::var_os("CARGO_HOME").map_or_else(
        || env::home_dir().unwrap_or_default().join(".cargo"),
        PathBuf::from,
    )
}

/// Says whether a variable of the caller would change the bytes of the program.
fn changes_a_build(name: &OsStr) -> bool {
    const PREFIXES: [&str; 8] = [
        "CARGO_PROFILE_",
        "CARGO_TARGET_",
        "CARGO_BUILD_RUSTFLAGS",
        "CARGO_BUILD_TARGET",
        "CARGO_ENCODED_RUSTFLAGS",
        "CFLAGS",
        "CXXFLAGS",
        "RUSTFLAGS",
    ];
    let name = name.to_string_lossy();
    PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn build(linker: Linker) -> Build {
        Build {
            recipe: Recipe::REAPER,
            target: Target::X86_64,
            linker,
            sources: "/home/ana/project".into(),
            artifacts: "/home/ana/project/target/lambda/host".into(),
            paths: Paths {
                cargo_home: "/home/ana/.cargo".into(),
                sysroot: "/home/ana/.rustup/toolchains/stable".into(),
                rust_commit: "0123abc".into(),
            },
            zig: None,
        }
    }

    fn arguments(linker: Linker) -> String {
        let arguments = build(linker).build_arguments();
        let words: Vec<_> = arguments
            .iter()
            .map(|word| word.to_string_lossy())
            .collect();
        words.join(" ")
    }

    #[test]
    fn cargo_builds_the_one_program_from_the_locked_dependencies() {
        assert_eq!(
            arguments(Linker::Host),
            "--locked --package automock-lambda --bin bootstrap --profile lambda \
             --target x86_64-unknown-linux-gnu --target-dir /home/ana/project/target/lambda/host"
        );
    }

    #[test]
    fn zig_links_against_the_c_library_of_lambda() {
        let arguments = arguments(Linker::Zig);
        assert!(
            arguments.contains("--target x86_64-unknown-linux-gnu.2.34 "),
            "{arguments}"
        );
    }

    #[test]
    fn a_program_for_a_bare_system_carries_its_libraries() {
        let mut build = build(Linker::Host);
        build.recipe = Recipe::ENGINE;
        let last = build.flags().pop();
        assert_eq!(last.as_deref(), Some("-Ctarget-feature=+crt-static"));
        let arguments = build.build_arguments();
        assert!(arguments.contains(&"program".into()), "{arguments:?}");
        let path = build.program();
        assert!(
            path.ends_with("release/automock-server"),
            "{}",
            path.display()
        );
    }

    #[test]
    fn paths_of_this_machine_are_replaced() {
        assert_eq!(
            build(Linker::Host).flags(),
            [
                "--remap-path-prefix=/home/ana/project=/automock",
                "--remap-path-prefix=/home/ana/project/target/lambda/host=/automock/target",
                "--remap-path-prefix=/home/ana/.cargo=/cargo",
                "--remap-path-prefix=/home/ana/.rustup/toolchains/stable/lib/rustlib/src/rust=/rustc/0123abc",
            ]
        );
    }

    #[test]
    fn settings_of_the_shell_do_not_reach_the_compiler() {
        for name in [
            "RUSTFLAGS",
            "CARGO_TARGET_DIR",
            "CARGO_PROFILE_LAMBDA_LTO",
            "CFLAGS",
        ] {
            assert!(changes_a_build(OsStr::new(name)), "{name}");
        }
        for name in ["CARGO_HOME", "CARGO_BUILD_JOBS", "PATH", "RUSTUP_TOOLCHAIN"] {
            assert!(!changes_a_build(OsStr::new(name)), "{name}");
        }
    }
}
