//! Noticing that a source has changed.

use std::path::{Path, PathBuf};

use notify::{Event, RecommendedWatcher, RecursiveMode, Watcher as _};

use super::{Local, SourceError};

/// Watches a source until it is dropped.
#[derive(Debug)]
pub struct Watch {
    _watcher: RecommendedWatcher,
}

impl Local {
    /// Calls `tell` whenever the source may have changed, which is often more than once for one
    /// change: whoever is told reads again and compares revisions.
    ///
    /// # Errors
    /// When the system does not tell of changes.
    pub fn watch(&self, tell: impl Fn() + Send + 'static) -> Result<Option<Watch>, SourceError> {
        let Some(folder) = self.folder() else {
            return Ok(None);
        };
        let source = self.clone();
        let notice = move |event: notify::Result<Event>| {
            if event.is_ok_and(|event| source.concerns(&event)) {
                tell();
            }
        };
        let failed = |error: notify::Error| SourceError::Watch {
            path: folder.clone(),
            reason: error.to_string(),
        };
        let mut watcher = notify::recommended_watcher(notice).map_err(failed)?;
        let begun = watcher.watch(&folder, RecursiveMode::NonRecursive);
        begun.map_err(failed)?;
        Ok(Some(Watch { _watcher: watcher }))
    }

    /// The folder to watch. Editors replace a file by renaming another one, so the file itself would
    /// be lost with the first change.
    fn folder(&self) -> Option<PathBuf> {
        match self {
            Self::File(path) => {
                let parent = path.parent().filter(|it| *it != Path::new(""));
                Some(parent.unwrap_or(Path::new(".")).to_owned())
            }
            Self::Folder(path) => Some(path.clone()),
            Self::StandardInput => None,
        }
    }

    fn concerns(&self, event: &Event) -> bool {
        if event.kind.is_access() {
            return false;
        }
        match self {
            Self::File(path) => event
                .paths
                .iter()
                .any(|changed| changed.file_name() == path.file_name()),
            _ => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::sync::mpsc;
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_file_that_is_replaced_is_noticed_again_and_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mock.json");
        fs::write(&path, "[]").unwrap();
        let (sender, changes) = mpsc::channel();
        let source = Local::named(&path).unwrap();
        let tell = move || {
            let _ = sender.send(());
        };
        let watch = source.watch(tell).unwrap();
        assert!(watch.is_some());
        for text in ["[1]", "[2]"] {
            let other = folder.path().join("mock.json.new");
            fs::write(&other, text).unwrap();
            fs::rename(&other, &path).unwrap();
            changes.recv_timeout(Duration::from_secs(10)).unwrap();
            while changes.recv_timeout(Duration::from_millis(100)).is_ok() {}
        }
        fs::write(folder.path().join("other.txt"), "x").unwrap();
        assert!(changes.recv_timeout(Duration::from_millis(200)).is_err());
    }
}
