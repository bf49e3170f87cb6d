//! Which processors the package may be for, and who links it.

use std::fmt;
use std::path::Path;

use clap::ValueEnum;

use crate::error::Error;
use crate::process::Tool;

/// The C library of `provided.al2023`.
/// <https://docs.aws.amazon.com/linux/al2023/ug/glibc-gcc-and-binutils.html>
pub(crate) const LAMBDA_GLIBC: Version = Version(2, 34);

/// Programs linked on a system with this C library start in Lambda: nothing that Rust's library
/// or ring calls got a newer version since 2.34. That ends with 2.38, where `fmod` got one.
/// Only a guess where to begin, because the linked program is judged by what it really needs.
const NEWEST_HARMLESS_GLIBC: Version = Version(2, 36);

/// A processor architecture that Lambda offers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Target {
    /// 64-bit x86.
    #[value(name = "x86_64")]
    X86_64,
    /// 64-bit ARM.
    #[value(name = "arm64")]
    Arm64,
}

/// Who links the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Linker {
    /// The system's C compiler.
    Host,
    /// `cargo zigbuild`, which links against the C library of Lambda wherever it runs.
    Zig,
}

/// A version of the C library.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Version(pub(crate) u32, pub(crate) u32);

impl Target {
    /// The architecture's name in Lambda's API.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::X86_64 => "x86_64",
            Self::Arm64 => "arm64",
        }
    }

    /// The name that rustc has for it.
    pub(crate) fn triple(self) -> &'static str {
        match self {
            Self::X86_64 => "x86_64-unknown-linux-gnu",
            Self::Arm64 => "aarch64-unknown-linux-gnu",
        }
    }

    /// The program that loads programs, which lies beside the C library.
    pub(crate) fn loader(self) -> &'static str {
        match self {
            Self::X86_64 => "ld-linux-x86-64.so.2",
            Self::Arm64 => "ld-linux-aarch64.so.1",
        }
    }

    /// Says whether this program runs on such a processor under Linux.
    fn is_host(self) -> bool {
        let machine = match self {
            Self::X86_64 => "x86_64",
            Self::Arm64 => "aarch64",
        };
        cfg!(all(target_os = "linux", target_env = "gnu")) && std::env::consts::ARCH == machine
    }

    /// Refuses a target whose standard library isn't there.
    pub(crate) fn check_installed(self, directory: &Path) -> Result<(), Error> {
        let library = Tool::new("rustc", directory)
            .args(["--print", "target-libdir", "--target", self.triple()])
            .capture()?;
        if Path::new(library.trim()).is_dir() {
            return Ok(());
        }
        Err(Error::Missing {
            what: format!("Rust's library for {} is not installed", self.triple()),
            hint: format!("run `rustup target add {}`", self.triple()),
        })
    }
}

impl Linker {
    /// Chooses the host's linker where its result starts in Lambda, and zig elsewhere.
    pub(crate) fn choose(target: Target, directory: &Path) -> Self {
        let version = target.is_host().then(|| host_glibc(directory)).flatten();
        if version.is_some_and(|version| version <= NEWEST_HARMLESS_GLIBC) {
            Self::Host
        } else {
            Self::Zig
        }
    }

    /// The linker's name in words and paths.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Host => "host",
            Self::Zig => "zig",
        }
    }
}

impl Version {
    /// Reads `2.34`, and `2.2.5` as 2.2.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut numbers = text.trim().split('.').map(str::parse);
        match (numbers.next(), numbers.next()) {
            (Some(Ok(major)), Some(Ok(minor))) => Some(Self(major, minor)),
            (Some(Ok(major)), None) => Some(Self(major, 0)),
            _ => None,
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.0, self.1)
    }
}

/// Asks the system for its C library's version; there is no other library than glibc to answer.
fn host_glibc(directory: &Path) -> Option<Version> {
    let answer = Tool::new("getconf", directory)
        .args(["GNU_LIBC_VERSION"])
        .capture()
        .ok()?;
    Version::parse(answer.trim().strip_prefix("glibc")?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_by_number() {
        let version = |text| Version::parse(text).unwrap();
        assert!(version("2.4") < version("2.34"));
        assert_eq!(version("2.2.5"), Version(2, 2));
        assert_eq!(version("3"), Version(3, 0));
        assert_eq!(version("2.34").to_string(), "2.34");
        for text in ["", "PRIVATE", "ABI_DT_RELR", "2.x"] {
            assert_eq!(Version::parse(text), None, "{text}");
        }
    }

    #[test]
    fn another_processor_is_linked_by_zig() {
        let other = [Target::X86_64, Target::Arm64]
            .into_iter()
            .find(|target| !target.is_host())
            .unwrap();
        assert_eq!(Linker::choose(other, Path::new(".")), Linker::Zig);
    }

    #[test]
    fn a_missing_library_of_rust_names_the_command() {
        let error = Target::Arm64.check_installed(Path::new("."));
        if let Err(error) = error {
            assert_eq!(
                error.hint(),
                Some("run `rustup target add aarch64-unknown-linux-gnu`")
            );
        }
    }
}
