//! What is allowed in a file and probably not meant: expectations that are never asked, texts that
//! are no pattern, and bodies of a size that hurts.

mod advisor;
mod condition;
mod language;
mod pattern;
mod shadow;
#[cfg(test)]
mod tests;
mod texts;

pub(super) use advisor::{advise, member};
