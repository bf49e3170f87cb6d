//! What a source holds, read as a whole and checked.

use std::path::{Path, PathBuf};

use automock_model::Revision;

use super::SourceError;
use crate::definition::{Expectation, read_expectations};
use crate::engine::Engine;
use crate::node::Node;
use crate::openapi::{self, Report};

/// The largest content that is fetched from elsewhere, in bytes: as much as the control API takes at once.
/// `OpenAPI` documents of 13 MB exist.
#[cfg(any(feature = "s3", feature = "web"))]
pub(super) const LARGEST: usize = 64 << 20;

/// The texts of a source, as they were read and not yet checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content {
    /// Each with the name that errors give it.
    parts: Vec<(PathBuf, Vec<u8>)>,
    kind: ContentKind,
}

/// How the parts of a content are to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ContentKind {
    /// One text, whose name says whether it may be YAML.
    Named,
    /// One text without a name that says so: it may be YAML.
    Nameless,
    /// The files of a folder, which may hold YAML of other programs.
    Folder,
}

/// A content that was checked.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// Identifies the content: equal content has an equal revision.
    pub revision: Revision,
    /// All of it, in order.
    pub expectations: Vec<Expectation>,
    /// What became of each `OpenAPI` document among the files.
    pub reports: Vec<(PathBuf, Report)>,
}

/// Content that is served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Served {
    /// The content's identity.
    pub revision: Revision,
    /// How many expectations there are.
    pub expectations: usize,
    /// What became of each `OpenAPI` document among its files.
    pub documents: Vec<(PathBuf, Report)>,
}

impl Content {
    /// A content that lies elsewhere than in a file, such as in an object of S3. How its name ends says
    /// whether it may be YAML.
    #[must_use]
    pub fn named(name: impl Into<PathBuf>, bytes: Vec<u8>) -> Self {
        Self::new(vec![(name.into(), bytes)], ContentKind::Named)
    }

    pub(super) fn new(parts: Vec<(PathBuf, Vec<u8>)>, kind: ContentKind) -> Self {
        Self { parts, kind }
    }

    /// Its identity.
    #[must_use]
    pub fn revision(&self) -> Revision {
        Revision::of_all(self.parts.iter().map(|(_, bytes)| bytes.as_slice()))
    }

    /// How many bytes it has.
    #[must_use]
    pub fn size(&self) -> usize {
        self.parts.iter().map(|(_, bytes)| bytes.len()).sum()
    }

    /// The parts that are text.
    pub(super) fn texts(&self) -> impl Iterator<Item = &str> {
        let bytes = self.parts.iter().map(|(_, bytes)| bytes);
        bytes.filter_map(|bytes| std::str::from_utf8(bytes).ok())
    }

    /// Checks everything. One bad expectation refuses all.
    ///
    /// # Errors
    /// What is wrong, with its file and its place.
    pub fn load(&self) -> Result<Loaded, SourceError> {
        let mut loaded = Loaded {
            revision: self.revision(),
            expectations: Vec::new(),
            reports: Vec::new(),
        };
        for (path, bytes) in &self.parts {
            let text = std::str::from_utf8(bytes).map_err(|error| SourceError::NotText {
                path: path.clone(),
                error,
            })?;
            let (found, report) = parse(path, text, self.kind)?;
            loaded.expectations.extend(found);
            let report = report.map(|report| (path.clone(), report));
            loaded.reports.extend(report);
        }
        Ok(loaded)
    }
}

impl Loaded {
    /// Serves it.
    ///
    /// # Errors
    /// When it has more expectations than the engine takes.
    pub fn serve(self, engine: &Engine) -> Result<Served, SourceError> {
        let expectations = self.expectations.len();
        engine.load(self.revision.as_str(), self.expectations)?;
        Ok(Served {
            revision: self.revision,
            expectations,
            documents: self.reports,
        })
    }
}

type Parsed = (Vec<Expectation>, Option<Report>);

fn parse(path: &Path, text: &str, kind: ContentKind) -> Result<Parsed, SourceError> {
    let may_be_yaml = is_yaml(path) || kind == ContentKind::Nameless;
    let document = if may_be_yaml {
        openapi::parse_document(text)
    } else {
        Node::parse(text)
    };
    let document = document.map_err(|error| SourceError::Syntax {
        path: path.to_owned(),
        error,
    })?;
    let refused = |refusals| SourceError::Refused {
        path: path.to_owned(),
        refusals,
    };
    if openapi::is_openapi(&document) {
        let imported = openapi::import(&document, &openapi::Choice::default());
        let imported = imported.map_err(refused)?;
        return Ok((imported.expectations, Some(imported.report)));
    }
    // Folders hold other files in YAML as well, such as those of a pipeline.
    if kind == ContentKind::Folder && is_yaml(path) {
        return Ok((Vec::new(), None));
    }
    let expectations = read_expectations(document).map_err(refused)?;
    Ok((expectations, None))
}

pub(super) fn is_yaml(path: &Path) -> bool {
    let extension = path.extension().and_then(|it| it.to_str());
    extension.is_some_and(|it| matches!(it, "yaml" | "yml"))
}
