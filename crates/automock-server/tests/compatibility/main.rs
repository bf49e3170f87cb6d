//! Every example of MockServer's documentation, as a case of our own with the same fields and features,
//! against a real server over real HTTP.
//!
//! A case says what is honoured or why it is refused, in the engine's words. The table in
//! `docs/mockserver-compatibility.md` is made of the same run, so it says nothing that has not been
//! tried. When an example becomes honoured, its case loses `refused` or `fails` and gains `hits`.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    unreachable_pub,
    reason = "a test fails with what it uses"
)]

mod case;
mod check;
mod client;
mod run;
mod table;

use std::path::Path;

use case::Page;

const DOCUMENT: &str = "../../docs/mockserver-compatibility.md";

#[test]
fn every_documented_example_is_honoured_or_refused_as_said() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let pages = Page::all(&here.join("tests/compatibility/cases"));
    let mut faults = Vec::new();
    for page in &pages {
        for case in &page.cases {
            if let Err(fault) = run::run(case) {
                faults.push(format!("{}: {}: {fault}", page.title, case.name));
            }
        }
    }
    assert!(
        faults.is_empty(),
        "{} faults:\n{}",
        faults.len(),
        faults.join("\n")
    );
    is_current(&here.join(DOCUMENT), &table::markdown(&pages));
}

fn is_current(path: &Path, expected: &str) {
    if std::env::var_os("AUTOMOCK_WRITE_REFERENCE").is_some() {
        std::fs::write(path, expected).unwrap();
    }
    let found = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        found == expected,
        "docs/mockserver-compatibility.md is stale; \
         `AUTOMOCK_WRITE_REFERENCE=1 cargo test -p automock-server --test compatibility` writes it"
    );
}
