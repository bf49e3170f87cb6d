//! The list of everything that is generated.

use super::{decisions, forecast, module_readme, permissions, policies, schema, teardown};
use crate::error::Error;
use crate::workspace::Workspace;

/// A file as it should be.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Artifact {
    /// The path from the repository's root.
    pub(crate) path: String,
    pub(crate) text: String,
}

/// Derives some files from the repository.
type Generator = fn(&Workspace) -> Result<Vec<Artifact>, Error>;

/// Everything that is generated. A new kind of file needs one more line here.
const GENERATORS: &[Generator] = &[
    module_readme::generate,
    decisions::generate,
    schema::generate,
    policies::generate,
    permissions::generate,
    teardown::generate,
    forecast::generate,
];

/// Derives every generated file, without writing anything.
pub(crate) fn all(workspace: &Workspace) -> Result<Vec<Artifact>, Error> {
    let mut artifacts = Vec::new();
    for generator in GENERATORS {
        artifacts.extend(generator(workspace)?);
    }
    Ok(artifacts)
}
