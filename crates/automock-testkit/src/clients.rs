//! MockServer's official clients, which the engine must serve as they are.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use crate::{
    Setup, TestkitError,
    venv::{python_in, run},
};

/// Names a directory in which [`setup_clients`] has been.
const CLIENTS_VARIABLE: &str = "AUTOMOCK_CLIENTS";

const DIRECTORY: &str = "mockserver-clients";
const STAMP: &str = "automock-stamp.txt";
const NODE_FILES: [&str; 2] = ["package.json", "package-lock.json"];
const REQUIREMENTS: &str = "requirements.txt";

/// The installed clients: `mockserver-client-5` and `mockserver-client-8` for Node, `mockserver` for
/// Python.
#[derive(Debug, Clone)]
pub struct Clients {
    directory: PathBuf,
}

impl Clients {
    /// Finds them: in `AUTOMOCK_CLIENTS`, or where [`setup_clients`] puts them in the workspace's
    /// `target` directory.
    ///
    /// # Errors
    /// [`TestkitError::NoClients`] when they are in neither.
    pub fn find() -> Result<Self, TestkitError> {
        let directory = env::var_os(CLIENTS_VARIABLE).map_or_else(
            || {
                Path::new(env!("CARGO_MANIFEST_DIR"))
                    .join("../../target")
                    .join(DIRECTORY)
            },
            PathBuf::from,
        );
        if directory.join(STAMP).is_file() {
            Ok(Self { directory })
        } else {
            Err(TestkitError::NoClients(directory))
        }
    }

    /// Runs a script with `node` to its end, in a directory.
    ///
    /// # Errors
    /// [`TestkitError::Run`] when `node` cannot be run.
    pub fn run_node(
        &self,
        script: &Path,
        arguments: &[&str],
        directory: &Path,
    ) -> Result<Output, TestkitError> {
        let mut command = command(Path::new("node"), script, arguments, directory);
        command.env("NODE_PATH", self.directory.join("node_modules"));
        command.output().map_err(TestkitError::run("node"))
    }

    /// Runs a script with the clients' `python` to its end, in a directory.
    ///
    /// # Errors
    /// [`TestkitError::Run`] when that cannot be run.
    pub fn run_python(
        &self,
        script: &Path,
        arguments: &[&str],
        directory: &Path,
    ) -> Result<Output, TestkitError> {
        let python = python_in(&self.directory.join("venv"));
        let mut command = command(&python, script, arguments, directory);
        command.output().map_err(TestkitError::run(&python))
    }
}

/// A proxy would get in the way to this machine.
#[expect(
    clippy::disallowed_methods,
    reason = "the test kit starts the clients' scripts"
)]
fn command(program: &Path, script: &Path, arguments: &[&str], directory: &Path) -> Command {
    let mut command = Command::new(program);
    command.arg(script).args(arguments).current_dir(directory);
    for name in ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"] {
        command.env_remove(name);
    }
    command
}

/// Installs the clients below `target_dir`, unless they are there and come from the same lists. All
/// packages are held to the hashes in the lists, and none of their scripts is run.
///
/// # Errors
/// [`TestkitError::Setup`] when `npm`, `python3 -m venv` or `pip` fails, [`TestkitError::Run`] when
/// one of them is missing.
pub fn setup_clients(target_dir: &Path) -> Result<Setup, TestkitError> {
    let directory = target_dir.join(DIRECTORY);
    let lists = lists_dir();
    let mut wanted = String::new();
    for name in NODE_FILES.into_iter().chain([REQUIREMENTS]) {
        let list = lists.join(name);
        wanted += &fs::read_to_string(&list).map_err(TestkitError::file(&list))?;
    }
    let stamp = directory.join(STAMP);
    if fs::read_to_string(&stamp).is_ok_and(|made| made == wanted) {
        return Ok(Setup::AlreadyDone);
    }
    fs::create_dir_all(&directory).map_err(TestkitError::file(&directory))?;
    // What is half made is no longer what an old stamp says.
    if stamp.exists() {
        fs::remove_file(&stamp).map_err(TestkitError::file(&stamp))?;
    }
    install_for_node(&lists, &directory)?;
    install_for_python(&lists, &directory.join("venv"))?;
    fs::write(&stamp, wanted).map_err(TestkitError::file(&stamp))?;
    Ok(Setup::Installed)
}

fn lists_dir() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("clients")
}

fn install_for_node(lists: &Path, directory: &Path) -> Result<(), TestkitError> {
    for name in NODE_FILES {
        let copy = directory.join(name);
        fs::copy(lists.join(name), &copy).map_err(TestkitError::file(&copy))?;
    }
    run(
        Path::new("npm"),
        &[
            "ci",
            "--ignore-scripts",
            "--no-audit",
            "--no-fund",
            "--prefix",
            &directory.to_string_lossy(),
        ],
        "; the clients for Node need Node 20 or newer with its npm",
    )
}

fn install_for_python(lists: &Path, environment: &Path) -> Result<(), TestkitError> {
    run(
        Path::new("python3"),
        &["-m", "venv", &environment.to_string_lossy()],
        "; on Debian and Ubuntu: apt-get install python3-venv",
    )?;
    run(
        &python_in(environment),
        &[
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "--require-hashes",
            "--only-binary",
            ":all:",
            "--requirement",
            &lists.join(REQUIREMENTS).to_string_lossy(),
        ],
        "",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clients_of_the_same_lists_are_kept() {
        let target = tempfile::tempdir().unwrap();
        let directory = target.path().join(DIRECTORY);
        fs::create_dir_all(&directory).unwrap();
        let read = |name: &str| fs::read_to_string(lists_dir().join(name)).unwrap();
        let lists = read("package.json") + &read("package-lock.json") + &read(REQUIREMENTS);
        fs::write(directory.join(STAMP), lists).unwrap();
        assert_eq!(setup_clients(target.path()).unwrap(), Setup::AlreadyDone);
    }

    #[test]
    fn the_lists_name_hashes_and_no_registry() {
        let lock = fs::read_to_string(lists_dir().join("package-lock.json")).unwrap();
        let lock: serde_json::Value = serde_json::from_str(&lock).unwrap();
        let packages = lock["packages"].as_object().unwrap();
        let installed: Vec<_> = packages
            .iter()
            .filter(|(path, _)| !path.is_empty())
            .collect();
        assert!(!installed.is_empty());
        for (path, package) in installed {
            assert!(package["integrity"].is_string(), "{path}");
            assert!(package.get("resolved").is_none(), "{path}");
        }
    }
}
