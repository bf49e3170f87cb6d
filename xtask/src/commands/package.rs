//! `cargo xtask package`: the reaper's zip for Lambda.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use clap::Args;
use serde_json::json;

use crate::error::Error;
use crate::package::Package;
use crate::package::verify::{self, Depth};
use crate::printer;
use crate::program::{Build, Linker, Recipe, Target};
use crate::workspace::Workspace;

/// The largest package that is acceptable, in bytes.
///
/// Lambda would take 50 MB, but a cold start loads every byte. The package had 5.7 MB when this was
/// set; what makes it grow by an eighth should be known.
/// <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>
const SIZE_LIMIT: usize = 6_500_000;

/// Options of `cargo xtask package`.
#[derive(Debug, Clone, Args)]
pub(crate) struct PackageArguments {
    /// The processors that the function runs on.
    #[arg(long, value_enum, default_value_t = Target::X86_64)]
    pub(crate) target: Target,
    /// Where to write the zip [default: reaper/automock-reaper.zip in the target directory].
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Who links the program [default: the host where its C library is old enough, else zig].
    #[arg(long, value_enum)]
    pub(crate) linker: Option<Linker>,
    /// Builds again and fails when the second package differs.
    #[arg(long, value_enum, num_args = 0..=1, require_equals = true, default_missing_value = "full")]
    pub(crate) verify: Option<Depth>,
    /// Prints the result as JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

impl Default for PackageArguments {
    fn default() -> Self {
        Self {
            target: Target::X86_64,
            out: None,
            linker: None,
            verify: None,
            json: false,
        }
    }
}

/// A package that was written.
#[derive(Debug)]
pub(crate) struct Packaged {
    pub(crate) path: PathBuf,
    /// The program inside, as it was linked.
    pub(crate) program: PathBuf,
    package: Package,
    program_size: usize,
    linker: Linker,
    took: Duration,
}

/// Builds the package, verifies it on request and shows what came out.
pub(crate) fn run(workspace: &Workspace, arguments: &PackageArguments) -> Result<(), Error> {
    let (packaged, build) = make(workspace, arguments)?;
    if let Some(depth) = arguments.verify {
        let (target, linker) = (arguments.target, packaged.linker);
        let again = verify::build_again(depth, &build, workspace, target, linker)?;
        compare(&packaged, &again)?;
    }
    if arguments.json {
        printer::result(packaged.to_json(arguments));
    } else {
        for line in packaged.lines(arguments) {
            printer::result(line);
        }
    }
    Ok(())
}

/// Builds the program and packs it.
pub(crate) fn make(
    workspace: &Workspace,
    arguments: &PackageArguments,
) -> Result<(Packaged, Build), Error> {
    let target = arguments.target;
    let linker = arguments
        .linker
        .unwrap_or_else(|| Linker::choose(target, workspace.root()));
    printer::progress(format_args!(
        "==> building the reaper for {}, linked by {} (a first build takes some eight minutes)",
        target.as_str(),
        linker.as_str()
    ));
    let artifacts = workspace.artifacts("lambda");
    let tools = workspace.scratch();
    let sources = workspace.root();
    let build = Build::prepare(Recipe::REAPER, target, linker, sources, &artifacts, &tools)?;
    let started = Instant::now();
    let program = build.run()?;
    let took = started.elapsed();
    let path = destination(workspace, arguments.out.as_deref());
    let package = Package::pack(&program).map_err(Error::file(&path))?;
    package.write(&path)?;
    check_size(package.size())?;
    let packaged = Packaged {
        path,
        program: build.program(),
        package,
        program_size: program.len(),
        linker,
        took,
    };
    Ok((packaged, build))
}

/// Where the package of these options is.
pub(super) fn destination(workspace: &Workspace, out: Option<&Path>) -> PathBuf {
    match out {
        // Relative to where the person is, not to the workspace.
        Some(path) => std::path::absolute(path).unwrap_or_else(|_| path.to_owned()),
        None => workspace.artifacts("reaper").join("automock-reaper.zip"),
    }
}

fn check_size(size: usize) -> Result<(), Error> {
    let limit = SIZE_LIMIT;
    if size <= limit {
        return Ok(());
    }
    Err(Error::TooLarge { size, limit })
}

/// Keeps the second package beside the first one when they differ.
fn compare(first: &Packaged, again: &Package) -> Result<(), Error> {
    if first.package == *again {
        return Ok(());
    }
    let second = first.path.with_extension("again.zip");
    again.write(&second)?;
    Err(Error::Irreproducible {
        first: first.path.clone(),
        second,
    })
}

impl Packaged {
    fn lines(&self, arguments: &PackageArguments) -> Vec<String> {
        let mut lines = vec![
            self.path.display().to_string(),
            format!(
                "  for      {}, linked by {}",
                arguments.target.as_str(),
                self.linker.as_str()
            ),
            format!(
                "  size     {} bytes, at most {SIZE_LIMIT}; unpacked {}",
                self.package.size(),
                self.program_size
            ),
            format!("  sha256   {}", self.package.sha256()),
            format!("  base64   {}", self.package.sha256_base64()),
            format!("  built in {:.0}s", self.took.as_secs_f64()),
        ];
        if let Some(depth) = arguments.verify {
            lines.push(format!("  verified {}", depth.words()));
        }
        lines
    }

    fn to_json(&self, arguments: &PackageArguments) -> serde_json::Value {
        json!({
            "path": self.path,
            "architecture": arguments.target.as_str(),
            "linker": self.linker.as_str(),
            "size_bytes": self.package.size(),
            "size_limit_bytes": SIZE_LIMIT,
            "program_size_bytes": self.program_size,
            "sha256": self.package.sha256(),
            "sha256_base64": self.package.sha256_base64(),
            "build_seconds": self.took.as_secs_f64(),
            "verified": arguments.verify.map(Depth::as_str),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packaged(directory: &Path, program: &[u8]) -> Packaged {
        Packaged {
            path: directory.join("reaper.zip"),
            program: directory.join("bootstrap"),
            package: Package::pack(program).unwrap(),
            program_size: program.len(),
            linker: Linker::Host,
            took: Duration::from_secs(61),
        }
    }

    fn arguments() -> PackageArguments {
        PackageArguments {
            verify: Some(Depth::Own),
            ..PackageArguments::default()
        }
    }

    #[test]
    fn a_different_second_package_is_kept_and_refused() {
        let directory = tempfile::tempdir().unwrap();
        let first = packaged(directory.path(), b"one");
        compare(&first, &Package::pack(b"one").unwrap()).unwrap();
        let error = compare(&first, &Package::pack(b"two").unwrap()).unwrap_err();
        assert!(matches!(error, Error::Irreproducible { .. }), "{error}");
        assert!(directory.path().join("reaper.again.zip").is_file());
    }

    #[test]
    fn a_package_above_the_limit_is_refused() {
        check_size(SIZE_LIMIT).unwrap();
        let error = check_size(SIZE_LIMIT + 1).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the package has 6500001 bytes, more than the limit of 6500000"
        );
    }

    #[test]
    fn the_result_has_both_forms_of_the_hash() {
        let packaged = packaged(Path::new("/tmp"), b"one");
        let text = packaged.lines(&arguments()).join("\n");
        let json = packaged.to_json(&arguments());
        for name in ["sha256", "sha256_base64"] {
            let hash = json[name].as_str().unwrap();
            assert!(text.contains(hash), "{text}");
        }
        assert_eq!(json["verified"], "own");
        assert!(text.contains("built in 61s"), "{text}");
    }
}
