//! An S3 object whose expectations are served.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use automock_server::engine::Engine;
use automock_server::source::{Loaded, Reload, Served, SourceError};
use automock_stack::{Error, S3Object};

use crate::failure::Failure;
use crate::printer::Printer;

/// S3 tells nobody of changes, so it is asked again and again.
pub(super) struct ObjectSource {
    object: S3Object,
    every: Duration,
    /// What was told last, so that it is told once.
    told: Option<String>,
}

impl ObjectSource {
    pub(super) fn new(object: S3Object, every: Duration) -> Self {
        Self {
            object,
            every,
            told: None,
        }
    }

    /// Serves what the object holds now.
    pub(super) async fn serve(&mut self, engine: &Engine) -> Result<Served, Failure> {
        let text = self.object.read().await.map_err(Failure::Stack)?;
        let loaded = self.parse(&text.unwrap_or_default());
        let served = loaded.and_then(|loaded| loaded.serve(engine));
        served.map_err(Failure::Source)
    }

    /// Serves whatever the object will hold.
    pub(super) async fn follow(
        mut self,
        engine: Arc<Engine>,
        printer: Printer,
        tell: impl Fn(Printer, &Reload) + Send,
    ) {
        loop {
            tokio::time::sleep(self.every).await;
            match self.object.read().await {
                Ok(None) => self.told = None,
                Ok(Some(changed)) => {
                    self.told = None;
                    if let Some(reload) = Reload::of(&engine, self.parse(&changed)) {
                        tell(printer, &reload);
                    }
                }
                Err(error) => self.tell_once(printer, &error),
            }
        }
    }

    fn parse(&self, text: &str) -> Result<Loaded, SourceError> {
        Loaded::parse(Path::new(&self.object.address().to_string()), text)
    }

    fn tell_once(&mut self, printer: Printer, error: &Error) {
        let mut words = error.to_string();
        let mut cause = std::error::Error::source(error);
        while let Some(current) = cause {
            words = format!("{words}: {current}");
            cause = current.source();
        }
        if self.told.as_ref() != Some(&words) {
            let address = self.object.address();
            printer.problem(&format!("{address}: {words}\nthe old expectations stay"));
            self.told = Some(words);
        }
    }
}
