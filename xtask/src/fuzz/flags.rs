//! How the fuzz targets are built on a stable toolchain.

use crate::error::Error;

/// The programs in the workspace `fuzz`.
pub(crate) const TARGETS: [&str; 5] = ["expectations", "matching", "control", "templates", "wire"];

/// What LLVM needs to be told so that libFuzzer sees which code an input reaches and what it is compared
/// with. Sanitizers would need a nightly toolchain; the crates forbid `unsafe`, so panics, overflows, time
/// and memory are what is left to find.
pub(crate) const RUST_FLAGS: &str = "-Cpasses=sancov-module \
    -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
    -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares \
    --cfg fuzzing";

/// The compiler's name for this machine. It is named in the build, because flags would otherwise go to
/// build scripts and macros too, which do not link with them.
///
/// # Errors
///
/// Returns [`Error::Malformed`] when the compiler does not say.
pub(crate) fn triple(verbose_version: &str) -> Result<&str, Error> {
    let line = verbose_version
        .lines()
        .find_map(|line| line.strip_prefix("host: "));
    line.ok_or_else(|| Error::Malformed {
        path: "rustc -vV".to_owned(),
        reason: "it names no host".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_is_found() {
        let text = "rustc 1.0.0\nbinary: rustc\nhost: x86_64-unknown-linux-gnu\nrelease: 1.0.0\n";
        assert_eq!(triple(text).unwrap(), "x86_64-unknown-linux-gnu");
        assert!(triple("rustc 1.0.0").is_err());
    }
}
