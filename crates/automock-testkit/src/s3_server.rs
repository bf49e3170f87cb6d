//! A second S3: versitygw, a server of the S3 protocol over a folder. What passes with the emulator and
//! with it rests on no peculiarity of either; it checks signatures, and speaks nothing but S3.

use std::{
    env, fs,
    io::{self, Read as _, Seek as _},
    net::{SocketAddr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use tempfile::TempDir;

use crate::{Setup, TestkitError, venv::run};

/// Names the server's program.
const PROGRAM_VARIABLE: &str = "AUTOMOCK_VERSITYGW";

const PROGRAM: &str = "versitygw";

/// The version that the tests were written with.
const PACKAGE: &str = "github.com/versity/versitygw/cmd/versitygw@v1.8.0";

const HINT: &str = "; install Go 1.24 or later (https://go.dev/doc/install), or name the program in \
    AUTOMOCK_VERSITYGW";

/// How long it may take to listen.
const PATIENCE: Duration = Duration::from_secs(20);

/// An S3 server on the loopback interface with nothing in it. It ends when dropped.
#[derive(Debug)]
pub struct S3Server {
    child: Child,
    address: SocketAddr,
    _folder: TempDir,
}

impl S3Server {
    /// The access key of the one account that it knows, shaped like an account number, so that it is the
    /// expected owner of its buckets.
    pub const ACCESS_KEY: &'static str = "123456789012";

    /// The secret of that account.
    pub const SECRET_KEY: &'static str = "secret-of-the-tests";

    /// Starts the server on a free port.
    ///
    /// # Errors
    /// [`TestkitError::NoProgram`] when it is not installed, [`TestkitError::NotStarted`] with its last
    /// words when it does not listen.
    #[expect(clippy::disallowed_methods, reason = "the test kit starts the server")]
    pub fn start() -> Result<Self, TestkitError> {
        let program = find()?;
        let at_folder = || TestkitError::file("a temporary folder");
        let folder = tempfile::tempdir().map_err(at_folder())?;
        let data = folder.path().join("data");
        fs::create_dir(&data).map_err(at_folder())?;
        let mut log = tempfile::tempfile().map_err(at_folder())?;
        let address = free_address().map_err(at_folder())?;
        let mut child = Command::new(&program)
            .args(["--port", &address.to_string(), "posix"])
            .arg(&data)
            .env("ROOT_ACCESS_KEY", Self::ACCESS_KEY)
            .env("ROOT_SECRET_KEY", Self::SECRET_KEY)
            .stdin(Stdio::null())
            .stdout(log.try_clone().map_err(at_folder())?)
            .stderr(log.try_clone().map_err(at_folder())?)
            .spawn()
            .map_err(TestkitError::run(&program))?;
        let started = Instant::now();
        while TcpStream::connect(address).is_err() {
            let ended = child.try_wait().is_ok_and(|status| status.is_some());
            if ended || started.elapsed() > PATIENCE {
                end(&mut child);
                let mut words = String::new();
                let read = log.rewind().and_then(|()| log.read_to_string(&mut words));
                read.map_err(at_folder())?;
                return Err(TestkitError::NotStarted(words));
            }
            thread::sleep(Duration::from_millis(20));
        }
        Ok(Self {
            child,
            address,
            _folder: folder,
        })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its URL.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for S3Server {
    fn drop(&mut self) {
        end(&mut self.child);
    }
}

/// One that has ended already is as good as killed.
fn end(child: &mut Child) {
    let _ = child.kill();
    let _ = child.wait();
}

fn free_address() -> io::Result<SocketAddr> {
    TcpListener::bind("127.0.0.1:0")?.local_addr()
}

/// Builds the program below `target_dir` with Go's own tools, unless it is there.
///
/// # Errors
/// [`TestkitError::Setup`] when Go is not installed or the build fails.
pub fn setup_s3_server(target_dir: &Path) -> Result<Setup, TestkitError> {
    if find_in(target_dir).is_ok() {
        return Ok(Setup::AlreadyDone);
    }
    let folder = target_dir.join(PROGRAM);
    fs::create_dir_all(&folder).map_err(TestkitError::file(&folder))?;
    let build = format!(
        "GOBIN='{}' CGO_ENABLED=0 go install {PACKAGE}",
        folder.display()
    );
    run(Path::new("sh"), &["-c", &build], HINT)?;
    find_in(target_dir).map(|_| Setup::Installed)
}

fn find() -> Result<PathBuf, TestkitError> {
    find_in(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target"))
}

/// The named program, the one that was built, or the first in `PATH`.
fn find_in(target_dir: &Path) -> Result<PathBuf, TestkitError> {
    if let Some(program) = env::var_os(PROGRAM_VARIABLE) {
        return Ok(program.into());
    }
    let path = env::var_os("PATH").unwrap_or_default();
    let installed = env::split_paths(&path).map(|folder| folder.join(PROGRAM));
    [target_dir.join(PROGRAM).join(PROGRAM)]
        .into_iter()
        .chain(installed)
        .find(|program| program.is_file())
        .ok_or(TestkitError::NoProgram {
            program: PROGRAM,
            variable: PROGRAM_VARIABLE,
        })
}
