//! The Python environment of the emulator.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::TestkitError;

/// Names a Python interpreter that has the emulator's requirements.
pub(crate) const PYTHON_VARIABLE: &str = "AUTOMOCK_EMULATOR_PYTHON";

const ENVIRONMENT: &str = "emulator-venv";
const STAMP: &str = "automock-requirements.txt";
const PIP_ERROR_LINES: usize = 5;

/// What [`setup_venv`] found or did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Setup {
    /// The environment was there and fits the requirements.
    AlreadyDone,
    /// The environment was made or brought up to date.
    Installed,
}

/// Where the emulator's Python package lies.
pub(crate) fn package_dir() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("emulator")
}

/// Finds the interpreter: `AUTOMOCK_EMULATOR_PYTHON`, or the environment that
/// [`setup_venv`] makes in the workspace's `target` directory.
///
/// # Errors
/// [`TestkitError::NoEnvironment`] when neither exists.
pub fn find_python() -> Result<PathBuf, TestkitError> {
    if let Some(python) = env::var_os(PYTHON_VARIABLE) {
        return Ok(python.into());
    }
    let target = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target");
    let python = python_in(&target.join(ENVIRONMENT));
    if python.exists() {
        Ok(python)
    } else {
        Err(TestkitError::NoEnvironment(target.join(ENVIRONMENT)))
    }
}

/// Makes the emulator's Python environment below `target_dir`, unless it is there and was
/// made from the same requirements.
///
/// # Errors
/// [`TestkitError::Setup`] when `python3 -m venv` or `pip` fails, for example because
/// Debian ships `venv` in a package of its own.
pub fn setup_venv(target_dir: &Path) -> Result<Setup, TestkitError> {
    let environment = target_dir.join(ENVIRONMENT);
    let requirements = package_dir().join("requirements.txt");
    let wanted = fs::read_to_string(&requirements).map_err(TestkitError::file(&requirements))?;
    let stamp = environment.join(STAMP);
    if python_in(&environment).exists()
        && fs::read_to_string(&stamp).is_ok_and(|made| made == wanted)
    {
        return Ok(Setup::AlreadyDone);
    }
    fs::create_dir_all(target_dir).map_err(TestkitError::file(target_dir))?;
    run(
        Path::new("python3"),
        &["-m", "venv", &environment.to_string_lossy()],
        "; on Debian and Ubuntu: apt-get install python3-venv",
    )?;
    run(
        &python_in(&environment),
        &[
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "--requirement",
            &requirements.to_string_lossy(),
        ],
        "",
    )?;
    // The stamp comes last, so that an interrupted installation is repeated.
    fs::write(&stamp, wanted).map_err(TestkitError::file(&stamp))?;
    Ok(Setup::Installed)
}

/// The interpreter of an environment.
pub(crate) fn python_in(environment: &Path) -> PathBuf {
    environment.join("bin/python")
}

/// Runs a step of a setup.
#[expect(
    clippy::disallowed_methods,
    reason = "the test kit starts what installs its tools"
)]
pub(crate) fn run(
    program: &Path,
    arguments: &[&str],
    hint: &'static str,
) -> Result<(), TestkitError> {
    let output = Command::new(program)
        .args(arguments)
        .output()
        .map_err(TestkitError::run(program))?;
    if output.status.success() {
        return Ok(());
    }
    // `venv` explains itself on stdout, `pip` on stderr.
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<_> = text
        .lines()
        .filter(|line| !line.trim().is_empty())
        .collect();
    Err(TestkitError::Setup {
        command: format!("{} {}", program.display(), arguments.join(" ")),
        detail: lines[lines.len().saturating_sub(PIP_ERROR_LINES)..].join("\n"),
        hint,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_environment_with_the_same_requirements_is_kept() {
        let target = tempfile::tempdir().unwrap();
        let environment = target.path().join(ENVIRONMENT);
        fs::create_dir_all(environment.join("bin")).unwrap();
        fs::write(python_in(&environment), "").unwrap();
        fs::copy(
            package_dir().join("requirements.txt"),
            environment.join(STAMP),
        )
        .unwrap();
        assert_eq!(setup_venv(target.path()).unwrap(), Setup::AlreadyDone);
    }

    #[test]
    fn a_failing_step_reports_its_last_words_and_the_hint() {
        let error = run(
            Path::new("sh"),
            &["-c", "echo one; echo two >&2; exit 3"],
            "; try harder",
        )
        .unwrap_err();
        assert_eq!(
            error.to_string(),
            "`sh -c echo one; echo two >&2; exit 3` failed: one\ntwo; try harder"
        );
    }
}
