//! A headless Chromium: found, started, and ended with the test.

use std::env;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use super::devtools::DevTools;

/// Names the browser.
const VARIABLE: &str = "AUTOMOCK_CHROMIUM";

/// Its names on the search path.
const NAMES: [&str; 4] = [
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
];

const MISSING: &str = "the dashboard is tested in a real browser, and none is found: install one with \
    `apt-get install --no-install-recommends chromium`, or name one in AUTOMOCK_CHROMIUM";

/// It talks to nobody but this machine, and leaves nothing behind.
const ARGUMENTS: [&str; 14] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-extensions",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
    "--remote-debugging-pipe",
];

/// A running browser.
pub(crate) struct Chromium {
    child: Child,
    pub(crate) tools: DevTools,
    _profile: TempDir,
}

impl Chromium {
    /// Starts it.
    pub(crate) fn start() -> Self {
        let program = find().expect(MISSING);
        let profile = tempfile::tempdir().expect("a folder for its profile");
        let mut child = start(&program, profile.path())
            .unwrap_or_else(|error| panic!("cannot start {}: {error}", program.display()));
        let input = child.stdin.take().expect("its input is a pipe");
        let output = child.stdout.take().expect("its output is a pipe");
        Self {
            child,
            tools: DevTools::new(input, output),
            _profile: profile,
        }
    }
}

impl Drop for Chromium {
    /// It is told to end and waited for, so that nothing uses its profile any more.
    fn drop(&mut self) {
        self.tools.close();
        for _ in 0..100 {
            if matches!(self.child.try_wait(), Ok(Some(_)) | Err(_)) {
                return;
            }
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn find() -> Option<PathBuf> {
    if let Some(named) = env::var_os(VARIABLE) {
        return Some(named.into());
    }
    let path = env::var_os("PATH")?;
    let folders: Vec<PathBuf> = env::split_paths(&path).collect();
    let programs = NAMES
        .iter()
        .flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
    let mut programs = programs.filter(|program| program.is_file());
    programs.next()
}

/// Chromium takes commands from descriptor 3 and answers to 4. Only a shell puts its own input and
/// output there without unsafe code.
fn start(program: &Path, profile: &Path) -> io::Result<Child> {
    const TURNED: &str = r#"exec "$0" "$@" 3<&0 4>&1 </dev/null >/dev/null"#;
    let mut folder = OsString::from("--user-data-dir=");
    folder.push(profile);
    #[expect(
        clippy::disallowed_methods,
        reason = "no crate of the project starts a browser, only this test does"
    )]
    let mut command = Command::new("sh");
    command
        .args(["-c", TURNED])
        .arg(program)
        .args(ARGUMENTS)
        .arg(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
}
