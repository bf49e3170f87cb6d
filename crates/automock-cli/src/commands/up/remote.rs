//! Expectations that lie elsewhere: in an S3 object, or in a document on the web.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use automock_server::engine::Engine;
use automock_server::source::{Loaded, Reload, Served, SourceError};
use automock_stack::{Error, S3Object};

use super::document::{NotRead, WebDocument};
use crate::failure::Failure;
use crate::printer::Printer;

/// Where they lie.
pub(super) enum Place {
    Object(Box<S3Object>),
    Web(WebDocument),
}

/// Why they could not be read.
#[derive(Debug)]
enum ReadError {
    Object(Error),
    Web(NotRead),
}

/// Neither tells anybody of changes, so it is asked again and again.
pub(super) struct RemoteSource {
    place: Place,
    every: Duration,
    /// What is served, so that the same content is not served anew.
    latest: Option<String>,
    /// What was told last, so that it is told once.
    told: Option<String>,
}

impl Place {
    fn name(&self) -> String {
        match self {
            Self::Object(object) => object.address().to_string(),
            Self::Web(document) => document.shown(),
        }
    }

    async fn read(&mut self) -> Result<Option<String>, ReadError> {
        match self {
            Self::Object(object) => object.read().await.map_err(ReadError::Object),
            Self::Web(document) => document.read().await.map_err(ReadError::Web),
        }
    }
}

impl ReadError {
    fn words(&self) -> String {
        match self {
            Self::Object(error) => error.in_full(),
            Self::Web(error) => error.to_string(),
        }
    }
}

impl RemoteSource {
    pub(super) fn new(place: Place, every: Duration) -> Self {
        Self {
            place,
            every,
            latest: None,
            told: None,
        }
    }

    /// Serves what there is now.
    pub(super) async fn serve(&mut self, engine: &Engine) -> Result<Served, Failure> {
        let name = self.place.name();
        let text = self.place.read().await.map_err(|error| match error {
            ReadError::Object(error) => Failure::Stack(error),
            ReadError::Web(error) => {
                Failure::io(format!("read {name}"), std::io::Error::other(error))
            }
        })?;
        let text = text.unwrap_or_default();
        let loaded = self.parse(&text);
        let served = loaded.and_then(|loaded| loaded.serve(engine));
        self.latest = Some(text);
        served.map_err(Failure::Source)
    }

    /// Serves whatever there will be.
    pub(super) async fn follow(
        mut self,
        engine: Arc<Engine>,
        printer: Printer,
        tell: impl Fn(Printer, &Reload) + Send,
    ) {
        loop {
            tokio::time::sleep(self.every).await;
            match self.place.read().await {
                Ok(None) => self.told = None,
                // A server without entity tags sends the same again.
                Ok(Some(text)) if self.latest.as_ref() == Some(&text) => self.told = None,
                Ok(Some(changed)) => {
                    self.told = None;
                    if let Some(reload) = Reload::of(&engine, self.parse(&changed)) {
                        tell(printer, &reload);
                    }
                    self.latest = Some(changed);
                }
                Err(error) => self.tell_once(printer, &error),
            }
        }
    }

    fn parse(&self, text: &str) -> Result<Loaded, SourceError> {
        Loaded::parse(Path::new(&self.place.name()), text)
    }

    fn tell_once(&mut self, printer: Printer, error: &ReadError) {
        let words = error.words();
        if self.told.as_ref() != Some(&words) {
            let name = self.place.name();
            printer.problem(&format!("{name}: {words}\nthe old expectations stay"));
            self.told = Some(words);
        }
    }
}
