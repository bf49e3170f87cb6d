//! `terraform state pull`.

use std::ffi::OsString;

use super::args::Args;
use crate::error::{Error, Result};
use crate::run::{self, Invocation};
use crate::state::State;
use crate::workspace::Workspace;

fn argv() -> Vec<OsString> {
    Args::new(&["state", "pull"]).finish()
}

impl Workspace {
    /// Reads the state; none if there is no state yet.
    ///
    /// The state comes straight from the backend. Unlike `show -json`, this starts no provider,
    /// so it is fast and works even when the providers are gone.
    ///
    /// # Errors
    ///
    /// See [`Error`].
    pub async fn state(&self) -> Result<Option<State>> {
        let invocation = Invocation::reading("state pull", argv());
        let parsed = run::read(self, &invocation, |reader| State::from_reader(reader)).await?;
        parsed.map_err(|source| Error::Format {
            command: "state pull",
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
        assert_eq!(text(&argv()), ["state", "pull"]);
    }
}
