//! Keeping an engine at what a source holds.

use std::error::Error;
use std::fmt;
use std::future::pending;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use automock_model::Revision;
use tokio::sync::{mpsc, oneshot};
use tokio::time::sleep;

use super::reader::Reader;
use super::{Content, Local, Served, Source, SourceError, Watch};
use crate::engine::Engine;

/// A file that is saved is often written in several steps.
const SETTLED_AFTER: Duration = Duration::from_millis(50);

/// The longest pause after errors, however many there were.
const LONGEST_PAUSE: Duration = Duration::from_secs(15);

/// How far a pause may lie from its length, as a part of it: the servers of a fleet must not ask all at once.
const JITTER: f64 = 0.2;

/// How a source is followed.
#[derive(Clone, Debug)]
pub struct FollowOptions {
    /// The time between two looks at a source that does not report changes, which is every remote one.
    pub poll: Duration,
    /// Whether a source that cannot be read or is refused at first is tried again, as later changes are.
    /// Otherwise that ends the follower.
    pub keep_trying: bool,
    /// A client of S3 for a source there; the default one is made when left out.
    #[cfg(feature = "s3")]
    pub s3: Option<aws_sdk_s3::Client>,
    /// Who confirms what is served.
    #[cfg(feature = "s3")]
    pub confirmer: Option<super::Confirmer>,
}

impl Default for FollowOptions {
    /// Two seconds, and the first failure is final.
    fn default() -> Self {
        Self {
            poll: Duration::from_secs(2),
            keep_trying: false,
            #[cfg(feature = "s3")]
            s3: None,
            #[cfg(feature = "s3")]
            confirmer: None,
        }
    }
}

/// Something that happened to a source that is followed.
#[derive(Debug)]
#[non_exhaustive]
pub enum SourceEvent {
    /// Its content is served now.
    Served(Served),
    /// Its content is not served; what was served before still is.
    Refused {
        /// The content's identity.
        revision: Revision,
        /// Why.
        error: SourceError,
    },
    /// It cannot be read, which is reported once; what was served before still is.
    Unreadable(SourceError),
    /// It can be read again.
    Readable,
    /// Others know by now that this server serves the revision, or refuses it.
    Confirmed {
        /// The content's identity.
        revision: Revision,
    },
    /// Others do not know yet, and it is tried again.
    NotConfirmed {
        /// The content's identity.
        revision: Revision,
        /// Why.
        reason: String,
    },
}

/// Keeps an engine at what a source holds until it is dropped.
#[derive(Debug)]
pub struct Follower {
    first: Option<oneshot::Receiver<Result<Served, SourceError>>>,
    /// Ends the thread when it is dropped.
    _running: mpsc::Sender<()>,
}

impl fmt::Display for SourceEvent {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Served(served) => write!(
                formatter,
                "revision {}: {} expectations",
                served.revision, served.expectations
            ),
            Self::Refused { error, .. } | Self::Unreadable(error) => {
                write!(formatter, "{error}")?;
                let mut cause = error.source();
                while let Some(current) = cause {
                    write!(formatter, ": {current}")?;
                    cause = current.source();
                }
                write!(formatter, "\nthe old expectations stay")
            }
            Self::Readable => formatter.write_str("the source can be read again"),
            Self::Confirmed { revision } => write!(formatter, "confirmed revision {revision}"),
            Self::NotConfirmed { revision, reason } => {
                write!(formatter, "cannot confirm revision {revision}: {reason}")
            }
        }
    }
}

impl Follower {
    /// Serves what the source holds and whatever it will hold, on a thread of its own, and reports each
    /// change, the first content included. Content that is served already is not a change. A first failure
    /// that is final is not reported, but given by [`first`](Self::first).
    ///
    /// # Errors
    /// When the address is not valid, or changes of a file cannot be watched.
    pub fn start(
        source: Source,
        engine: Arc<Engine>,
        options: FollowOptions,
        observe: impl Fn(&SourceEvent) + Send + Sync + 'static,
    ) -> Result<Self, SourceError> {
        Reader::check(&source)?;
        let changes = Changes::of(&source, options.poll)?;
        let failed = |error: std::io::Error| SourceError::Fetch {
            name: "the source's thread".to_owned(),
            reason: error.to_string(),
        };
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(failed)?;
        let (running, ended) = mpsc::channel(1);
        let (first, receiver) = oneshot::channel();
        let run = move || {
            let follow = follow(source, engine, options, changes, first, Arc::new(observe));
            runtime.block_on(until_ended(ended, follow));
        };
        thread::Builder::new()
            .name("source".to_owned())
            .spawn(run)
            .map_err(failed)?;
        Ok(Self {
            first: Some(receiver),
            _running: running,
        })
    }

    /// What came of the first look. It can be asked once.
    ///
    /// # Errors
    /// When the source could not be read or was refused.
    ///
    /// # Panics
    /// When it is asked again.
    pub async fn first(&mut self) -> Result<Served, SourceError> {
        let first = self.first.take().expect("the first look is asked for once");
        first.await.unwrap_or_else(|_| Err(ended()))
    }

    /// The same for callers without an asynchronous runtime.
    ///
    /// # Errors
    /// When the source could not be read or was refused.
    ///
    /// # Panics
    /// When it is asked again, or within an asynchronous runtime.
    pub fn wait_for_first(&mut self) -> Result<Served, SourceError> {
        let first = self.first.take().expect("the first look is asked for once");
        first.blocking_recv().unwrap_or_else(|_| Err(ended()))
    }
}

fn ended() -> SourceError {
    SourceError::Fetch {
        name: "the source".to_owned(),
        reason: "its thread has ended".to_owned(),
    }
}

async fn until_ended(mut ended: mpsc::Receiver<()>, work: impl Future<Output = ()>) {
    tokio::select! {
        _ = ended.recv() => {}
        () = async { work.await; pending::<()>().await } => {}
    }
}

/// When to look again.
enum Changes {
    /// The system reports changes.
    Watched {
        changes: mpsc::Receiver<()>,
        _watch: Watch,
    },
    /// Nobody does.
    Every(Duration),
    /// There are none.
    Never,
}

impl Changes {
    fn of(source: &Source, poll: Duration) -> Result<Self, SourceError> {
        let Source::Local(local) = source else {
            return Ok(Self::Every(poll));
        };
        if *local == Local::StandardInput {
            return Ok(Self::Never);
        }
        let (sender, changes) = mpsc::channel(1);
        let tell = move || {
            // When one change waits already, another one is no news.
            let _ = sender.try_send(());
        };
        Ok(match local.watch(tell)? {
            Some(watch) => Self::Watched {
                changes,
                _watch: watch,
            },
            None => Self::Never,
        })
    }

    /// Returns when it is time to look again; `failures` is how many looks have failed in a row.
    async fn next(&mut self, failures: u32) {
        match self {
            Self::Watched { changes, .. } => {
                if changes.recv().await.is_none() {
                    pending::<()>().await;
                }
                sleep(SETTLED_AFTER).await;
                let _ = changes.try_recv();
            }
            Self::Every(poll) => sleep(pause(*poll, failures, fastrand::f64())).await,
            Self::Never => pending().await,
        }
    }
}

/// The pause before the next look: longer after each failure in a row, and never twice the same.
/// `chance` is between 0 and 1.
fn pause(poll: Duration, failures: u32, chance: f64) -> Duration {
    let longest = LONGEST_PAUSE.max(poll);
    let base = poll
        .saturating_mul(1 << failures.saturating_sub(1).min(16))
        .min(longest);
    base.mul_f64(1.0 - JITTER + 2.0 * JITTER * chance)
}

/// What a follower knows.
struct State<F> {
    engine: Arc<Engine>,
    observe: Arc<F>,
    /// The content that was looked at last, whatever came of it.
    seen: Option<Revision>,
    /// What the engine was given last.
    served: Option<Served>,
    /// Whether content that comes twice has been written twice, and its writer may wait for a confirmation.
    tells_rewrites: bool,
    /// What was reported last as unreadable, so that it is reported once.
    unreadable: Option<String>,
    /// Looks that failed in a row.
    failures: u32,
    #[cfg(feature = "s3")]
    confirm: Option<tokio::sync::watch::Sender<Option<super::confirm::Confirmation>>>,
}

async fn follow<F>(
    source: Source,
    engine: Arc<Engine>,
    options: FollowOptions,
    mut changes: Changes,
    first: oneshot::Sender<Result<Served, SourceError>>,
    observe: Arc<F>,
) where
    F: Fn(&SourceEvent) + Send + Sync + 'static,
{
    let opened = Reader::open(
        source,
        #[cfg(feature = "s3")]
        options.s3,
    );
    let mut reader = match opened.await {
        Ok(reader) => reader,
        Err(error) => {
            let _ = first.send(Err(error));
            return;
        }
    };
    let mut state = State {
        engine,
        #[cfg(feature = "s3")]
        confirm: options
            .confirmer
            .map(|confirmer| start(confirmer, Arc::clone(&observe))),
        observe,
        seen: None,
        served: None,
        tells_rewrites: reader.tells_rewrites(),
        unreadable: None,
        failures: 0,
    };
    let mut first = Some(first);
    loop {
        let looked = reader.read().await;
        match (state.take(looked), first.take()) {
            (Some(SourceEvent::Served(served)), Some(first)) => {
                let answer = served.clone();
                (state.observe)(&SourceEvent::Served(served));
                let _ = first.send(Ok(answer));
            }
            (
                Some(SourceEvent::Unreadable(error) | SourceEvent::Refused { error, .. }),
                Some(first),
            ) if !options.keep_trying => {
                let _ = first.send(Err(error));
                return;
            }
            (event, waiting) => {
                // Whoever waits for the first success waits on.
                first = waiting;
                if let Some(event) = event {
                    (state.observe)(&event);
                }
            }
        }
        changes.next(state.failures).await;
    }
}

#[cfg(feature = "s3")]
fn start<F>(
    confirmer: super::Confirmer,
    observe: Arc<F>,
) -> tokio::sync::watch::Sender<Option<super::confirm::Confirmation>>
where
    F: Fn(&SourceEvent) + Send + Sync + 'static,
{
    let (sender, latest) = tokio::sync::watch::channel(None);
    tokio::spawn(async move { confirmer.run(latest, |event| observe(&event)).await });
    sender
}

impl<F: Fn(&SourceEvent)> State<F> {
    /// Serves what was read; what there is to report of it, if anything.
    fn take(&mut self, looked: Result<Option<Content>, SourceError>) -> Option<SourceEvent> {
        let content = match looked {
            Err(error) => {
                self.failures += 1;
                let words = error.to_string();
                if self.unreadable.as_ref() == Some(&words) {
                    return None;
                }
                self.engine.refuse_reload(&words);
                self.unreadable = Some(words);
                return Some(SourceEvent::Unreadable(error));
            }
            Ok(content) => content,
        };
        self.failures = 0;
        if self.unreadable.take().is_some() && self.seen.is_some() {
            (self.observe)(&SourceEvent::Readable);
        }
        let content = content?;
        let revision = content.revision();
        if self.seen.as_ref() == Some(&revision) && !self.tells_rewrites {
            return None;
        }
        self.seen = Some(revision.clone());
        let event = self.serve(&content, revision);
        #[cfg(feature = "s3")]
        self.confirm(&event);
        // Back at what was served all along, after something that was refused.
        match event {
            Outcome::Unchanged { .. } => None,
            Outcome::Event(event) => Some(event),
        }
    }

    fn serve(&mut self, content: &Content, revision: Revision) -> Outcome {
        // What is served needs no room beside itself, however large it is.
        let is_served = self.engine.revision().as_deref() == Some(revision.as_str());
        if let Some(served) = self.served.as_ref().filter(|_| is_served)
            && served.revision == revision
        {
            return Outcome::Unchanged {
                revision,
                expectations: served.expectations,
            };
        }
        // Before it is read: what does not fit beside what is served must not cost the process.
        let fits = self.engine.make_room(content.texts());
        let loaded = match fits
            .map_err(SourceError::from)
            .and_then(|()| content.load())
        {
            Ok(loaded) => loaded,
            Err(error) => return self.refuse(revision, error),
        };
        if is_served {
            let expectations = loaded.expectations.len();
            return Outcome::Unchanged {
                revision,
                expectations,
            };
        }
        match loaded.serve(&self.engine) {
            Ok(served) => {
                self.served = Some(served.clone());
                Outcome::Event(SourceEvent::Served(served))
            }
            Err(error) => self.refuse(revision, error),
        }
    }

    fn refuse(&self, revision: Revision, error: SourceError) -> Outcome {
        self.engine.refuse_reload(&error.to_string());
        Outcome::Event(SourceEvent::Refused { revision, error })
    }

    #[cfg(feature = "s3")]
    fn confirm(&self, outcome: &Outcome) {
        use super::confirm::Confirmation;
        let Some(sender) = &self.confirm else { return };
        let confirmation = match outcome {
            Outcome::Unchanged {
                revision,
                expectations,
            } => Confirmation::Serving {
                revision: revision.clone(),
                expectations: *expectations,
            },
            Outcome::Event(SourceEvent::Served(served)) => Confirmation::Serving {
                revision: served.revision.clone(),
                expectations: served.expectations,
            },
            Outcome::Event(SourceEvent::Refused { revision, error }) => Confirmation::Refused {
                revision: revision.clone(),
                reason: error.to_string(),
            },
            Outcome::Event(_) => return,
        };
        sender.send_replace(Some(confirmation));
    }
}

/// What came of a content.
enum Outcome {
    /// It is served already.
    #[cfg_attr(not(feature = "s3"), expect(dead_code, reason = "for confirmations"))]
    Unchanged {
        revision: Revision,
        expectations: usize,
    },
    Event(SourceEvent),
}

#[cfg(test)]
mod tests;
