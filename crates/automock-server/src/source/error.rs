//! What can be wrong with a source.

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::str::Utf8Error;

use crate::book::BookFull;
use crate::definition::Refusal;
use crate::memory::TooLarge;
use crate::node::SyntaxError;

/// Expectations that cannot be served. Those before them stay.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SourceError {
    /// It could not be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// Which file or folder.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// It lies elsewhere and could not be fetched.
    #[error("{name}: {reason}")]
    Fetch {
        /// The address, without anything secret.
        name: String,
        /// Why, in words.
        reason: String,
    },
    /// It is an address that this program cannot follow.
    #[error("{name}: {reason}")]
    Address {
        /// The address.
        name: String,
        /// Why.
        reason: &'static str,
    },
    /// It is not text in UTF-8.
    #[error("{}: it is not text in UTF-8", path.display())]
    NotText {
        /// Which file.
        path: PathBuf,
        /// Where it stops being text.
        #[source]
        error: Utf8Error,
    },
    /// It is neither JSON nor, where that is read, YAML.
    #[error("{}: {error}", path.display())]
    Syntax {
        /// Which file.
        path: PathBuf,
        /// Where and why.
        error: SyntaxError,
    },
    /// It says something that this engine does not do, or that means nothing.
    #[error("{}: {}", path.display(), Listed(refusals))]
    Refused {
        /// Which file.
        path: PathBuf,
        /// Everything that is wrong, with its place.
        refusals: Vec<Refusal>,
    },
    /// A folder holds no file that ends with `.json`, `.yaml` or `.yml`.
    #[error("there is no .json, .yaml or .yml file in {}", path.display())]
    Empty {
        /// Which folder.
        path: PathBuf,
    },
    /// It does not fit into the memory that there is.
    #[error(transparent)]
    TooLarge(#[from] TooLarge),
    /// The engine takes fewer expectations.
    #[error(transparent)]
    Full(#[from] BookFull),
    /// Changes can't be noticed.
    #[error("cannot watch {} for changes: {reason}", path.display())]
    Watch {
        /// Which file or folder.
        path: PathBuf,
        /// Why.
        reason: String,
    },
}

/// Refusals, each on a line of its own if there are several.
struct Listed<'a>(&'a [Refusal]);

impl fmt::Display for Listed<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            [only] => write!(formatter, "{only}"),
            several => {
                write!(formatter, "{} problems", several.len())?;
                several
                    .iter()
                    .try_for_each(|refusal| write!(formatter, "\n  {refusal}"))
            }
        }
    }
}
