//! `OpenAPI` documents as expectations.
//!
//! A document goes in, expectations and a [`Report`] come out: nothing is read from files or from the
//! network here. Each operation becomes an expectation that matches what the document describes and
//! answers with an example. What an expectation cannot say stands in the report with its place, so
//! that nothing is left out in silence.

mod at;
mod body;
mod choice;
mod context;
mod generate;
mod import;
mod inline;
mod media;
mod merged;
mod numbers;
mod operations;
mod parameters;
mod paths;
mod recursion;
mod report;
mod response;
mod schema;
mod servers;
mod spec;
mod strings;
#[cfg(test)]
mod tests;
mod yaml;

pub use choice::Choice;
pub use import::{Imported, import, is_openapi};
pub use report::{Report, Unmapped};
pub use yaml::parse_document;

pub(crate) use inline::{Wanted, inline, wanted};
pub(crate) use spec::{read_imports, requests_of};
