//! Serving what a source holds, change after change.

use std::error::Error;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use super::{Loaded, Source, SourceError, Watch};
use crate::engine::Engine;
use crate::openapi::Report;

/// A file that is saved is often written in several steps.
const SETTLED_AFTER: Duration = Duration::from_millis(50);

/// Content that is served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Served {
    /// The content's identity.
    pub revision: String,
    /// How many expectations there are.
    pub expectations: usize,
    /// What became of each `OpenAPI` document among its files.
    pub documents: Vec<(PathBuf, Report)>,
}

/// What came of a change of the source.
#[derive(Debug)]
pub enum Reload {
    /// Its content is served now.
    Served(Served),
    /// Its content is not served; what was served before still is.
    Refused(SourceError),
}

/// Keeps an engine at what a source holds until it is dropped.
#[derive(Debug)]
pub struct Keeper {
    _watch: Option<Watch>,
}

impl fmt::Display for Reload {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Served(Served {
                revision,
                expectations,
                ..
            }) => write!(
                formatter,
                "revision {revision}: {expectations} expectations"
            ),
            Self::Refused(error) => {
                write!(formatter, "{error}")?;
                let mut cause = error.source();
                while let Some(current) = cause {
                    write!(formatter, ": {current}")?;
                    cause = current.source();
                }
                write!(formatter, "\nthe old expectations stay")
            }
        }
    }
}

impl Source {
    /// Serves what the source holds now.
    ///
    /// # Errors
    /// When it can't be read, is refused, or has more expectations than the engine takes.
    pub fn serve(&self, engine: &Engine) -> Result<Served, SourceError> {
        self.read()?.serve(engine)
    }

    /// Serves whatever the source will hold, on a thread of its own, and tells of each change.
    ///
    /// Content that is served already is no change.
    ///
    /// # Errors
    /// When the system does not tell of changes.
    pub fn keep(
        &self,
        engine: Arc<Engine>,
        tell: impl Fn(&Reload) + Send + 'static,
    ) -> Result<Keeper, SourceError> {
        let (teller, changes) = mpsc::channel();
        let first = teller.clone();
        let tell_of_change = move || {
            // The thread ends with the watch; a change after that concerns nobody.
            let _ = teller.send(());
        };
        let watch = self.watch(tell_of_change)?;
        if watch.is_some() {
            // It may have changed between the reading of what is served and the watch.
            let _ = first.send(());
        }
        drop(first);
        let source = self.clone();
        thread::spawn(move || follow(&source, &engine, &changes, &tell));
        Ok(Keeper { _watch: watch })
    }
}

/// Ends when the watch does.
fn follow(source: &Source, engine: &Engine, changes: &Receiver<()>, tell: &impl Fn(&Reload)) {
    while changes.recv().is_ok() {
        thread::sleep(SETTLED_AFTER);
        while changes.try_recv().is_ok() {}
        if let Some(reload) = Reload::of(engine, source.read()) {
            tell(&reload);
        }
    }
}

impl Reload {
    /// Serves what was read, or remembers why it is not served; nothing if it is served already.
    pub fn of(engine: &Engine, read: Result<Loaded, SourceError>) -> Option<Self> {
        let reload = match read {
            Ok(loaded) if engine.revision().as_deref() == Some(loaded.revision.as_str()) => {
                return None;
            }
            Ok(loaded) => loaded
                .serve(engine)
                .map_or_else(Self::Refused, Self::Served),
            Err(error) => Self::Refused(error),
        };
        if let Self::Refused(error) = &reload {
            engine.refuse_reload(&error.to_string());
        }
        Some(reload)
    }
}

impl Loaded {
    /// Serves it.
    ///
    /// # Errors
    /// When it has more expectations than the engine takes.
    pub fn serve(self, engine: &Engine) -> Result<Served, SourceError> {
        let expectations = self.expectations.len();
        engine.load(&self.revision, self.expectations)?;
        Ok(Served {
            revision: self.revision,
            expectations,
            documents: self.reports,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    const ONE: &str = r#"{"httpResponse":{"statusCode":204}}"#;

    #[test]
    fn what_is_saved_is_served_and_what_is_broken_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mock.json");
        fs::write(&path, ONE).unwrap();
        let source = Source::named(&path).unwrap();
        let engine = Arc::new(Engine::default());
        let Served { revision, .. } = source.serve(&engine).unwrap();
        let (sender, told) = mpsc::channel();
        let tell = move |reload: &Reload| sender.send(reload.to_string()).unwrap();
        let keeper = source.keep(Arc::clone(&engine), tell).unwrap();

        fs::write(&path, "[{").unwrap();
        let words = told.recv_timeout(Duration::from_secs(10)).unwrap();
        assert!(words.ends_with("the old expectations stay"), "{words}");
        assert_eq!(engine.revision().as_deref(), Some(revision.as_str()));

        fs::remove_file(&path).unwrap();
        let words = told.recv_timeout(Duration::from_secs(10)).unwrap();
        assert!(words.contains("No such file"), "{words}");

        fs::write(&path, format!("[{ONE},{ONE}]")).unwrap();
        let words = told.recv_timeout(Duration::from_secs(10)).unwrap();
        assert!(words.ends_with(": 2 expectations"), "{words}");
        assert_ne!(engine.revision().as_deref(), Some(revision.as_str()));

        drop(keeper);
        let end = told.recv_timeout(Duration::from_secs(10));
        assert_eq!(end, Err(mpsc::RecvTimeoutError::Disconnected));
    }
}
