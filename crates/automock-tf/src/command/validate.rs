//! `terraform validate`.

use std::ffi::OsString;

use serde::{Deserialize, Serialize};

use super::args::Args;
use crate::diagnostic::Diagnostic;
use crate::error::{Error, Result};
use crate::run::{self, Invocation};
use crate::workspace::Workspace;

/// Whether the configuration makes sense by itself, without looking at the cloud or the state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Validation {
    /// Whether there are no errors.
    pub valid: bool,
    /// Errors and warnings.
    #[serde(default)]
    pub diagnostics: Vec<Diagnostic>,
}

fn argv() -> Vec<OsString> {
    Args::new(&["validate", "-json"]).finish()
}

impl Workspace {
    /// Validates the configuration. An invalid one is a result and not an error.
    ///
    /// # Errors
    ///
    /// See [`Error`].
    pub async fn validate(&self) -> Result<Validation> {
        // Exit code 1 comes with an invalid configuration and with the same JSON.
        let invocation = Invocation {
            accepts: &[0, 1],
            ..Invocation::reading("validate", argv())
        };
        let text = run::read_text(self, &invocation).await?;
        serde_json::from_str(&text).map_err(|source| Error::Format {
            command: "validate",
            source,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::args::text;
    use super::*;

    #[test]
    fn arguments() {
        assert_eq!(text(&argv()), ["validate", "-json"]);
    }
}
