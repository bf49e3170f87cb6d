//! The engine itself.

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::header::CONTENT_TYPE;
use http::{HeaderValue, StatusCode};
use jiff::Timestamp;

use super::events::{Sampler, explain};
use super::forward::Reason;
use super::reloads::Reloads;
use super::render::render;
use super::{Answer, Event, ForwardOrder, Observer, Reload, ReloadResult, Reply, Unexpected};
use crate::arrival::Arrival;
use crate::book::{Book, BookFull, Entry, Prepared, Selection};
use crate::callback::{CallbackClients, CallbackLimits};
use crate::definition::{Action, Delay, ErrorAction, Expectation, HttpResponse, TemplateAction};
use crate::journal::{
    Journal, JournalLimits, Outcome, Record, Recorded, SequenceVerification, Verdict, Verification,
};
use crate::memory::{Room, TooLarge, needed_for};
use crate::request::Request;

/// How an engine is set up.
#[derive(Clone)]
pub struct EngineOptions {
    /// How many expectations it takes.
    pub expectations: usize,
    /// The memory in bytes that there is for expectations, those that are served and those that follow
    /// them; nothing if it is not known.
    pub memory: Option<u64>,
    /// How much of the past it keeps.
    pub journal: JournalLimits,
    /// What clients that answer requests may do at most.
    pub callbacks: CallbackLimits,
    /// How many misses it tells per second.
    pub misses_per_second: u32,
    /// Who is told.
    pub observer: Option<Observer>,
}

/// A mock server without a network: turns requests into answers.
pub struct Engine {
    book: Book,
    journal: Journal,
    callbacks: Arc<CallbackClients>,
    not_found: Arc<Prepared>,
    misses: Sampler,
    observer: Option<Observer>,
    started: Timestamp,
    reloads: Reloads,
    room: Room,
}

impl Default for EngineOptions {
    fn default() -> Self {
        Self {
            expectations: 100_000,
            memory: None,
            journal: JournalLimits::default(),
            callbacks: CallbackLimits::default(),
            misses_per_second: 5,
            observer: None,
        }
    }
}

impl fmt::Debug for EngineOptions {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("EngineOptions")
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Engine {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Engine")
            .field("book", &self.book)
            .finish_non_exhaustive()
    }
}

impl Default for Engine {
    fn default() -> Self {
        Self::new(EngineOptions::default())
    }
}

impl Engine {
    /// An engine without expectations.
    #[must_use]
    pub fn new(options: EngineOptions) -> Self {
        Self {
            book: Book::new(options.expectations),
            journal: Journal::new(options.journal),
            callbacks: Arc::new(CallbackClients::new(options.callbacks)),
            not_found: Arc::new(Prepared::not_found()),
            misses: Sampler::new(options.misses_per_second),
            observer: options.observer,
            started: Timestamp::now(),
            reloads: Reloads::default(),
            room: Room::new(options.memory),
        }
    }

    /// The expectations in force.
    #[must_use]
    pub fn book(&self) -> &Book {
        &self.book
    }

    /// What has been asked and answered.
    #[must_use]
    pub fn journal(&self) -> &Journal {
        &self.journal
    }

    /// The clients that answer requests.
    #[must_use]
    pub fn callbacks(&self) -> &Arc<CallbackClients> {
        &self.callbacks
    }

    /// How long it has been running.
    #[must_use]
    pub fn uptime(&self) -> Duration {
        Duration::try_from(Timestamp::now().duration_since(self.started)).unwrap_or_default()
    }

    /// When it began.
    #[must_use]
    pub fn started(&self) -> Timestamp {
        self.started
    }

    /// The latest loads of the file, and what was refused, newest first.
    #[must_use]
    pub fn reloads(&self) -> Vec<Reload> {
        self.reloads.latest()
    }

    /// Remembers that a changed file was not served, for whoever looks at [`Engine::reloads`]. The
    /// expectations before it stay in force.
    pub fn refuse_reload(&self, reason: &str) {
        self.reloads.add(ReloadResult::refused(reason));
    }

    /// The revision of the file that is served, once there is one.
    #[must_use]
    pub fn revision(&self) -> Option<Arc<str>> {
        self.book.snapshot().revision().cloned()
    }

    /// Whether what a client sends fits beside what is served.
    pub(crate) fn has_room(&self, text: &[u8]) -> Result<(), TooLarge> {
        // What is not UTF-8 is refused later, at less cost.
        std::str::from_utf8(text).map_or(Ok(()), |text| self.room.check(needed_for(text)))
    }

    /// Makes sure that the expectations of a text fit beside those that are served, before the text is read.
    /// [`Engine::load`] takes those of the last text that fitted.
    ///
    /// # Errors
    /// When they do not fit.
    pub fn make_room<'t>(&self, texts: impl IntoIterator<Item = &'t str>) -> Result<(), TooLarge> {
        let needed = texts.into_iter().map(needed_for);
        self.room.admit(needed.fold(0, u64::saturating_add))
    }

    /// Serves a file's expectations in place of those of the file before.
    ///
    /// # Errors
    /// When there would be too many.
    pub fn load(&self, revision: &str, expectations: Vec<Expectation>) -> Result<(), BookFull> {
        let count = expectations.len();
        let replaced = self.change(|book, now| book.replace_file(revision, expectations, now));
        if replaced.is_ok() {
            self.room.replace();
        }
        self.reloads.add(match &replaced {
            Ok(()) => ReloadResult::Served {
                revision: revision.into(),
                expectations: count,
            },
            Err(full) => ReloadResult::refused(&full.to_string()),
        });
        replaced
    }

    /// Takes expectations of a client.
    ///
    /// # Errors
    /// When there would be too many.
    pub fn upsert(&self, expectations: Vec<Expectation>) -> Result<Vec<Arc<Entry>>, BookFull> {
        self.change(|book, now| book.upsert(expectations, now))
    }

    /// Removes the selected expectations.
    pub fn clear_expectations(&self, selection: &Selection) {
        self.change(|book, now| book.clear(selection, now));
    }

    /// Changes the book, and dismisses the clients that it no longer needs.
    fn change<T>(&self, change: impl FnOnce(&Book, Timestamp) -> T) -> T {
        let before = self.book.snapshot();
        let changed = change(&self.book, Timestamp::now());
        self.callbacks
            .dismiss_removed(&before, &self.book.snapshot());
        changed
    }

    /// Forgets the selected requests, so that they do not count in verifications.
    pub fn clear_journal(&self, selection: &Selection) {
        if let Selection::All = selection {
            self.journal.clear();
            self.book.clear_counts();
            return;
        }
        let records = self.records(selection);
        for entry in records
            .iter()
            .filter_map(|recorded| recorded.record.entry())
        {
            entry.count().clear_one();
        }
        let numbers: HashSet<u64> = records.iter().map(|recorded| recorded.number).collect();
        self.journal.remove(&numbers);
    }

    /// Removes all expectations, those of the file too, and forgets all requests.
    pub fn reset(&self) {
        self.clear_expectations(&Selection::All);
        self.clear_journal(&Selection::All);
        self.callbacks.dismiss_all();
    }

    /// The selected requests that the journal has kept.
    #[must_use]
    pub fn records(&self, selection: &Selection) -> Vec<Recorded> {
        let mut records = self.journal.records();
        records.retain(|recorded| selection.selects_record(&recorded.record));
        records
    }

    /// Whether requests came as often as they should. By an expectation's id the count is exact;
    /// otherwise it is that of the journal.
    #[must_use]
    pub fn verify(&self, verification: &Verification) -> Verdict {
        let records = self.journal.records();
        match &verification.selection {
            Selection::Id(id) => {
                let count = self.book.count(id).map_or(0, |count| count.since_clear());
                verification.judge_count(count, &records)
            }
            _ => verification.judge_records(&records, self.journal.dropped()),
        }
    }

    /// Whether requests came in an order.
    #[must_use]
    pub fn verify_sequence(&self, verification: &SequenceVerification) -> Verdict {
        verification.judge(&self.journal.records(), self.journal.dropped())
    }

    /// Answers a request, counts it and records it.
    #[must_use]
    pub fn answer(&self, request: Request) -> Answer {
        self.answer_or(request, |_| Unexpected::NotFound)
    }

    /// Answers a request, counts it and records it. Says what becomes of it if nothing expects it.
    #[must_use]
    pub fn answer_or(
        &self,
        request: Request,
        unexpected: impl FnOnce(&Request) -> Unexpected,
    ) -> Answer {
        self.answer_arrival(request.into(), unexpected)
    }

    /// The same for a request whose headers may not have been read yet.
    #[must_use]
    pub fn answer_arrival(
        &self,
        mut arrival: Arrival<'_>,
        unexpected: impl FnOnce(&Request) -> Unexpected,
    ) -> Answer {
        let now = Timestamp::now();
        if let Some(entry) = self.book.find(&mut arrival, now) {
            self.journal.counters().add_matched();
            return self.act(&entry, arrival, now);
        }
        match unexpected(arrival.read()) {
            Unexpected::NotFound => self.miss(arrival.into_request(), now),
            other => self.answer_unexpected(arrival.into_request(), now, other),
        }
    }

    /// Ends what [`Answer::Forward`] began: records the request with the response that came back, or
    /// tells why none came.
    #[must_use]
    pub fn forwarded(
        &self,
        order: ForwardOrder,
        response: Result<Prepared, String>,
    ) -> Arc<Prepared> {
        let response = response.unwrap_or_else(|reason| {
            self.tell_failure_of(order.name(), reason.clone());
            bad_gateway(reason)
        });
        let response = Arc::new(response);
        let shared = Arc::clone(&response);
        let outcome = match order.reason {
            Reason::Expected(entry) => Outcome::Forwarded(entry, shared),
            Reason::Named(_) => Outcome::Proxied(shared),
        };
        self.journal
            .record(Record::new(order.request, order.received, outcome));
        response
    }

    /// Tells that an expectation could not do what it should.
    pub fn tell_failure(&self, entry: &Entry, reason: impl Into<String>) {
        self.tell_failure_of(Arc::clone(entry.id()), reason.into());
    }

    fn tell_failure_of(&self, id: Arc<str>, reason: String) {
        self.tell(&Event::Failure { id, reason });
    }

    fn act(&self, entry: &Arc<Entry>, arrival: Arrival<'_>, now: Timestamp) -> Answer {
        match &entry.expectation().action {
            Action::Response(_) => self.respond(entry, arrival, now),
            Action::Template(template) => self.render(entry, template, arrival.into_request(), now),
            Action::Error(error) => self.fail(entry, error, arrival.into_request(), now),
            Action::Forward(_) | Action::Override(_) => {
                let order = ForwardOrder {
                    request: arrival.into_request(),
                    reason: Reason::Expected(Arc::clone(entry)),
                    received: now,
                };
                Answer::Forward(Box::new(order))
            }
            Action::Callback(callback) => {
                self.call_back(entry, callback, arrival.into_request(), now)
            }
        }
    }

    fn respond(&self, entry: &Arc<Entry>, arrival: Arrival<'_>, now: Timestamp) -> Answer {
        let response = entry.prepared().unwrap_or(&self.not_found);
        let reply = Reply {
            response: Arc::clone(response),
            delay: draw(response.delay()),
            keep_alive: arrival.known().keep_alive,
        };
        let outcome = Outcome::Answered(Arc::clone(entry));
        self.journal.record(Record::of(arrival, now, outcome));
        Answer::Response(reply)
    }

    fn render(
        &self,
        entry: &Arc<Entry>,
        template: &TemplateAction,
        request: Request,
        now: Timestamp,
    ) -> Answer {
        match render(entry, template, &request, now) {
            Err(reason) => self.refuse(entry, request, now, reason),
            Ok(response) => {
                let delay = draw(template.delay.as_ref()) + draw(response.delay());
                self.finish(entry, request, now, Arc::new(response), delay)
            }
        }
    }

    /// An expectation that cannot answer gives 404, as in `MockServer`, and says why.
    pub(super) fn refuse(
        &self,
        entry: &Arc<Entry>,
        request: Request,
        now: Timestamp,
        reason: String,
    ) -> Answer {
        self.tell_failure(entry, reason);
        self.finish(
            entry,
            request,
            now,
            Arc::clone(&self.not_found),
            Duration::ZERO,
        )
    }

    fn finish(
        &self,
        entry: &Arc<Entry>,
        request: Request,
        now: Timestamp,
        response: Arc<Prepared>,
        delay: Duration,
    ) -> Answer {
        let keep_alive = request.keep_alive;
        let outcome = Outcome::Rendered(Arc::clone(entry), Arc::clone(&response));
        self.journal.record(Record::new(request, now, outcome));
        Answer::Response(Reply {
            response,
            delay,
            keep_alive,
        })
    }

    fn fail(
        &self,
        entry: &Arc<Entry>,
        error: &ErrorAction,
        request: Request,
        now: Timestamp,
    ) -> Answer {
        self.journal.record(Record::new(
            request,
            now,
            Outcome::Broken(Arc::clone(entry)),
        ));
        Answer::Error {
            delay: draw(error.delay.as_ref()),
            bytes: error.bytes.clone(),
            drop_connection: error.drop_connection,
        }
    }

    fn answer_unexpected(&self, request: Request, now: Timestamp, what: Unexpected) -> Answer {
        self.journal.counters().add_unmatched();
        let response = match what {
            Unexpected::Forward(target) => {
                return Answer::Forward(Box::new(ForwardOrder {
                    request,
                    reason: Reason::Named(target),
                    received: now,
                }));
            }
            Unexpected::Answer(response) => response,
            Unexpected::NotFound => Arc::clone(&self.not_found),
        };
        let keep_alive = request.keep_alive;
        let outcome = Outcome::Unexpected(Arc::clone(&response));
        self.journal.record(Record::new(request, now, outcome));
        Answer::Response(Reply {
            response,
            delay: Duration::ZERO,
            keep_alive,
        })
    }

    fn miss(&self, request: Request, now: Timestamp) -> Answer {
        self.journal.counters().add_unmatched();
        if self.observer.is_some() && self.misses.passes(now) {
            let miss = explain(&self.book.snapshot(), &request);
            self.tell(&Event::Miss(miss));
        }
        let keep_alive = request.keep_alive;
        self.journal
            .record(Record::new(request, now, Outcome::Unmatched));
        let response = Arc::clone(&self.not_found);
        Answer::Response(Reply {
            response,
            delay: Duration::ZERO,
            keep_alive,
        })
    }

    fn tell(&self, event: &Event) {
        if let Some(observer) = &self.observer {
            observer(event);
        }
    }
}

/// The answer when another server gives none, with the reason.
pub(super) fn bad_gateway(reason: String) -> Prepared {
    let text = HeaderValue::from_static("text/plain; charset=utf-8");
    Prepared::new(HttpResponse {
        status: StatusCode::BAD_GATEWAY,
        headers: vec![(CONTENT_TYPE, text)],
        body: reason.into(),
        ..HttpResponse::default()
    })
}

/// How long an answer waits this time.
pub(super) fn draw(delay: Option<&Delay>) -> Duration {
    delay.map_or(Duration::ZERO, |delay| {
        delay.draw(&mut fastrand::Rng::new())
    })
}
