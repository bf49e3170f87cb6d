//! `terraform output`.

use std::ffi::OsString;

use super::args::Args;
use crate::error::{Error, Result};
use crate::output::Outputs;
use crate::run::{self, Invocation};
use crate::workspace::Workspace;

fn argv() -> Vec<OsString> {
    Args::new(&["output", "-json"]).finish()
}

impl Workspace {
    /// Reads the outputs from the state; none if there is no state yet.
    ///
    /// # Errors
    ///
    /// See [`Error`].
    pub async fn outputs(&self) -> Result<Outputs> {
        let text = run::read_text(self, &Invocation::reading("output", argv())).await?;
        serde_json::from_str(&text).map_err(|source| Error::Format {
            command: "output",
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
        assert_eq!(text(&argv()), ["output", "-json"]);
    }
}
