//! `terraform state list`.

use std::ffi::OsString;

use super::args::Args;
use crate::address::Address;
use crate::error::Result;
use crate::run::{self, Invocation};
use crate::workspace::Workspace;

fn argv() -> Vec<OsString> {
    Args::new(&["state", "list"]).finish()
}

impl Workspace {
    /// Lists the addresses in the state; none if there is no state yet.
    ///
    /// # Errors
    ///
    /// See [`Error`](crate::Error).
    pub async fn state_list(&self) -> Result<Vec<Address>> {
        let listed = run::read_text(self, &Invocation::reading("state list", argv())).await;
        match listed {
            Ok(text) => Ok(text
                .lines()
                .filter(|line| !line.is_empty())
                .map(Address::from)
                .collect()),
            // With a local backend, an absent state is an error in words.
            Err(crate::Error::Failed(failure))
                if failure.stderr.contains("No state file was found!") =>
            {
                Ok(Vec::new())
            }
            Err(error) => Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::args::text;
    use super::*;

    #[test]
    fn arguments() {
        assert_eq!(text(&argv()), ["state", "list"]);
    }
}
