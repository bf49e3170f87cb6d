//! A container registry: the reference implementation, as Debian packages it.

use std::{
    env, fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use serde_json::Value;
use tempfile::TempDir;

use crate::{Setup, TestkitError, venv::run};

/// Names the registry's program.
const PROGRAM_VARIABLE: &str = "AUTOMOCK_DOCKER_REGISTRY";

/// The program, and Debian's package of it.
const PROGRAM: &str = "docker-registry";

/// Where the package is unpacked.
const DIRECTORY: &str = "docker-registry";

const IN_PACKAGE: &str = "usr/bin/docker-registry";

const HINT: &str = "; install it with `apt-get install docker-registry`, or name the program in \
    AUTOMOCK_DOCKER_REGISTRY";

/// The password below with bcrypt, the one hash that the registry takes.
const PASSWORD_HASH: &str = "$2b$04$hR45qS59SMNEHxiKzAIIOefGkmX1qqDKhUc1uz2nhTcaArUjE2F0u";

/// A registry on the loopback interface, empty at first. It ends when dropped.
#[derive(Debug)]
pub struct ImageRegistry {
    child: Child,
    address: String,
    _folder: TempDir,
}

impl ImageRegistry {
    /// Who may log in: whom the emulator's ECR names.
    pub const USER: &'static str = "AWS";

    /// The password that the emulator's ECR hands out for account 123456789012.
    pub const PASSWORD: &'static str = "123456789012-auth-token";

    /// Starts a registry on a free port.
    ///
    /// # Errors
    /// [`TestkitError::NoProgram`] when the program is not installed, [`TestkitError::NotStarted`]
    /// when it ends before it listens.
    ///
    /// # Panics
    /// Never: the log that it reads is piped.
    pub fn start() -> Result<Self, TestkitError> {
        Self::launch(true)
    }

    /// Starts a registry that asks nobody for a password, as public ones do for pulls.
    ///
    /// # Errors
    /// As [`ImageRegistry::start`].
    pub fn start_public() -> Result<Self, TestkitError> {
        Self::launch(false)
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "the test kit starts the registry"
    )]
    fn launch(has_password: bool) -> Result<Self, TestkitError> {
        let program = find()?;
        let folder = tempfile::tempdir().map_err(TestkitError::file("a temporary folder"))?;
        let configuration = configure(folder.path(), has_password)?;
        let mut child = Command::new(&program)
            .arg("serve")
            .arg(configuration)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(TestkitError::run(&program))?;
        let log = child.stderr.take().expect("the log is piped");
        match address_in(BufReader::new(log)) {
            Ok(address) => Ok(Self {
                child,
                address,
                _folder: folder,
            }),
            Err(words) => {
                end(&mut child);
                Err(TestkitError::NotStarted(words))
            }
        }
    }

    /// Its host and port, as they stand in the name of an image.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Its URL.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The manifest that a tag or a digest of a repository names; `None` when there is none.
    #[must_use]
    pub fn manifest(&self, repository: &str, reference: &str) -> Option<String> {
        let login = format!("{}:{}@", Self::USER, Self::PASSWORD);
        let url = format!(
            "http://{login}{}/v2/{repository}/manifests/{reference}",
            self.address
        );
        let request = ureq::get(url).header("Accept", "application/vnd.oci.image.manifest.v1+json");
        request.call().ok()?.body_mut().read_to_string().ok()
    }
}

impl Drop for ImageRegistry {
    fn drop(&mut self) {
        end(&mut self.child);
    }
}

/// One that has ended already is as good as killed.
fn end(child: &mut Child) {
    let _ = child.kill();
    let _ = child.wait();
}

/// Gets the program below `target_dir`, unless it is installed. Nothing is started, and nothing is
/// changed outside of that folder.
///
/// # Errors
/// [`TestkitError::Setup`] when Debian's tools are missing or have no such package.
pub fn setup_image_registry(target_dir: &Path) -> Result<Setup, TestkitError> {
    let folder = target_dir.join(DIRECTORY);
    if find_in(&folder).is_ok() {
        return Ok(Setup::AlreadyDone);
    }
    fs::create_dir_all(&folder).map_err(TestkitError::file(&folder))?;
    let download = || {
        let inside = format!("cd '{}' && apt-get download {PROGRAM}", folder.display());
        run(Path::new("sh"), &["-c", &inside], HINT)
    };
    if download().is_err() {
        // A machine that is new has no lists of packages yet; only root may fetch them.
        run(Path::new("apt-get"), &["update", "--quiet"], HINT)?;
        download()?;
    }
    let unpack = format!("cd '{}' && dpkg-deb --extract *.deb .", folder.display());
    run(Path::new("sh"), &["-c", &unpack], HINT)?;
    find_in(&folder).map(|_| Setup::Installed)
}

fn find() -> Result<PathBuf, TestkitError> {
    find_in(
        &Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../../target")
            .join(DIRECTORY),
    )
}

/// The named program, the unpacked one, or the first in `PATH`.
fn find_in(folder: &Path) -> Result<PathBuf, TestkitError> {
    if let Some(program) = env::var_os(PROGRAM_VARIABLE) {
        return Ok(program.into());
    }
    let path = env::var_os("PATH").unwrap_or_default();
    let installed = env::split_paths(&path).map(|folder| folder.join(PROGRAM));
    [folder.join(IN_PACKAGE)]
        .into_iter()
        .chain(installed)
        .find(|program| program.is_file())
        .ok_or(TestkitError::NoProgram {
            program: PROGRAM,
            variable: PROGRAM_VARIABLE,
        })
}

/// Writes what the registry reads; the answer is the configuration's path.
fn configure(folder: &Path, has_password: bool) -> Result<PathBuf, TestkitError> {
    let write = |name: &str, text: String| {
        let path = folder.join(name);
        fs::write(&path, text)
            .map_err(TestkitError::file(&path))
            .map(|()| path)
    };
    let passwords = write(
        "htpasswd",
        format!("{}:{PASSWORD_HASH}\n", ImageRegistry::USER),
    )?;
    // JSON is YAML as well.
    let mut configuration = serde_json::json!({
        "version": "0.1",
        "log": {"level": "info", "formatter": "json", "accesslog": {"disabled": true}},
        "storage": {"filesystem": {"rootdirectory": folder.join("data")}},
        "http": {"addr": "127.0.0.1:0"},
    });
    if has_password {
        configuration["auth"] =
            serde_json::json!({"htpasswd": {"realm": "tests", "path": passwords}});
    }
    write("config.yml", configuration.to_string())
}

/// Reads the log up to where the registry says its address; the error is what it said instead. The
/// rest of the log is read and dropped, so that the registry never waits for a reader.
fn address_in(mut log: impl BufRead + Send + 'static) -> Result<String, String> {
    let mut words = String::new();
    loop {
        let mut line = String::new();
        if log.read_line(&mut line).unwrap_or(0) == 0 {
            return Err(words);
        }
        let entry: Value = serde_json::from_str(&line).unwrap_or_default();
        let message = entry["msg"].as_str().unwrap_or(&line);
        if let Some(address) = message.strip_prefix("listening on ") {
            let address = address.to_owned();
            std::thread::spawn(move || std::io::copy(&mut log, &mut std::io::sink()));
            return Ok(address);
        }
        words.push_str(message);
        words.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_is_read_from_the_log() {
        let log = "{\"msg\":\"redis not configured\"}\n{\"msg\":\"listening on 127.0.0.1:5\"}\n";
        assert_eq!(address_in(log.as_bytes()), Ok("127.0.0.1:5".to_owned()));
        assert_eq!(
            address_in("no such file\n".as_bytes()),
            Err("no such file\n\n".to_owned())
        );
    }
}
