//! Counters in Prometheus' text format:
//! <https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format>.

use std::fmt::Write as _;

use crate::engine::Engine;

/// The counters of an engine.
#[must_use]
pub fn metrics(engine: &Engine) -> String {
    let mut page = Page(String::new());
    let counters = engine.journal().counters();
    page.head(
        "automock_requests_total",
        "counter",
        "Requests, by whether something expected them.",
    );
    page.line(
        "automock_requests_total",
        &[("result", "matched")],
        counters.matched(),
    );
    page.line(
        "automock_requests_total",
        &[("result", "unmatched")],
        counters.unmatched(),
    );
    page.head(
        "automock_requests_refused_total",
        "counter",
        "Requests whose body was too large or too slow, or for which there was no memory.",
    );
    page.line("automock_requests_refused_total", &[], counters.refused());
    expectations(&mut page, engine);
    page.head(
        "automock_journal_dropped",
        "gauge",
        "Requests that verification no longer sees.",
    );
    page.line("automock_journal_dropped", &[], engine.journal().dropped());
    if let Some(revision) = engine.revision() {
        page.head(
            "automock_revision_info",
            "gauge",
            "The revision that is served.",
        );
        page.line("automock_revision_info", &[("revision", &revision)], 1_u8);
    }
    page.head(
        "automock_uptime_seconds",
        "gauge",
        "Seconds since the start.",
    );
    page.line(
        "automock_uptime_seconds",
        &[],
        engine.uptime().as_secs_f64(),
    );
    page.0
}

fn expectations(page: &mut Page, engine: &Engine) {
    let snapshot = engine.book().snapshot();
    page.head("automock_expectations", "gauge", "Expectations in force.");
    page.line("automock_expectations", &[], snapshot.entries().len());
    let name = "automock_expectation_matches_total";
    page.head(name, "counter", "Requests that an expectation answered.");
    for entry in snapshot.entries() {
        page.line(name, &[("id", entry.id())], entry.count().total());
    }
}

struct Page(String);

impl Page {
    fn head(&mut self, name: &str, kind: &str, help: &str) {
        self.push(format_args!("# HELP {name} {help}\n# TYPE {name} {kind}\n"));
    }

    fn line(&mut self, name: &str, labels: &[(&str, &str)], value: impl std::fmt::Display) {
        self.push(format_args!("{name}"));
        for (label, text) in labels {
            let text = text
                .replace('\\', "\\\\")
                .replace('"', "\\\"")
                .replace('\n', "\\n");
            self.push(format_args!("{{{label}=\"{text}\"}}"));
        }
        self.push(format_args!(" {value}\n"));
    }

    /// A string takes every text.
    fn push(&mut self, text: std::fmt::Arguments<'_>) {
        let _ = self.0.write_fmt(text);
    }
}
