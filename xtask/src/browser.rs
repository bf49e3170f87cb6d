//! The browser in which the dashboard is tested: found, or installed where that is possible.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::error::Error;
use crate::printer;
use crate::process::Tool;

/// Names the browser; the test reads it too.
pub(crate) const VARIABLE: &str = "AUTOMOCK_CHROMIUM";

/// Its names on the search path.
const NAMES: [&str; 4] = [
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
];

/// Debian's package.
const PACKAGE: &str = "chromium";

const HINT: &str = "install it with `apt-get install --no-install-recommends chromium`, or name a \
    Chromium or Chrome in AUTOMOCK_CHROMIUM";

/// Finds the browser; root on Debian installs it when there is none.
///
/// # Errors
///
/// Returns [`Error::Missing`] with the command to run when there is none, and the error of `apt-get`
/// when it cannot be installed.
pub(crate) fn prepare(root: &Path) -> Result<PathBuf, Error> {
    if let Some(found) = find(env::var_os(VARIABLE), env::var_os("PATH")) {
        return Ok(found);
    }
    if can_install(root) {
        printer::progress("    installing Chromium");
        install(root)?;
    }
    find(None, env::var_os("PATH")).ok_or_else(|| Error::Missing {
        what: "no Chromium is found, in which the dashboard is tested".to_owned(),
        hint: HINT.to_owned(),
    })
}

fn find(named: Option<OsString>, path: Option<OsString>) -> Option<PathBuf> {
    if let Some(named) = named {
        return Some(named.into());
    }
    on_path(&NAMES, &path?)
}

fn on_path(names: &[&str], path: &OsString) -> Option<PathBuf> {
    let folders: Vec<PathBuf> = env::split_paths(path).collect();
    let programs = names
        .iter()
        .flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
    let mut programs = programs.filter(|program| program.is_file());
    programs.next()
}

/// Whether there is `apt-get`, and the user may use it.
fn can_install(root: &Path) -> bool {
    let has_apt = env::var_os("PATH").is_some_and(|path| on_path(&["apt-get"], &path).is_some());
    let user = Tool::new("id", root).args(["-u"]).capture();
    has_apt && user.is_ok_and(|user| user.trim() == "0")
}

/// Installs the package; lists of packages that are too old to have it are renewed.
fn install(root: &Path) -> Result<(), Error> {
    let apt = |arguments: &[&str]| {
        Tool::new("apt-get", root)
            .args(arguments)
            .envs(&[("DEBIAN_FRONTEND".into(), "noninteractive".into())])
            .run_silently()
    };
    apt(&["update", "--quiet"])?;
    apt(&[
        "install",
        "--yes",
        "--quiet",
        "--no-install-recommends",
        PACKAGE,
    ])
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_named_browser_goes_before_one_on_the_path() {
        let folder = tempfile::tempdir().unwrap();
        let path = Some(folder.path().into());
        assert_eq!(find(None, path.clone()), None);
        let chrome = folder.path().join("google-chrome");
        fs::write(&chrome, "").unwrap();
        assert_eq!(find(None, path.clone()), Some(chrome));
        let chromium = folder.path().join("chromium");
        fs::write(&chromium, "").unwrap();
        assert_eq!(find(None, path.clone()), Some(chromium));
        assert_eq!(find(Some("/opt/b".into()), path), Some("/opt/b".into()));
        assert_eq!(find(None, None), None);
    }
}
