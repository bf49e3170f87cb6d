//! `terraform force-unlock`.

use std::ffi::OsString;

use super::args::Args;
use crate::cancel::Cancel;
use crate::cause::LockId;
use crate::error::Result;
use crate::event::Events;
use crate::run::{self, Invocation};
use crate::workspace::Workspace;

fn argv(id: &LockId) -> Vec<OsString> {
    Args::new(&["force-unlock", "-force"])
        .push(id.as_str())
        .finish()
}

impl Workspace {
    /// Removes the state's lock, for when its holder is known to be dead.
    ///
    /// The lock of a local state file can't be removed; it ends with its process.
    ///
    /// # Errors
    ///
    /// See [`Error`](crate::Error); a lock with another id is one.
    pub async fn force_unlock(&self, id: &LockId) -> Result<()> {
        let invocation = Invocation::reading("force-unlock", argv(id));
        run::follow(
            self,
            &invocation,
            &Events::none(),
            &Cancel::never(),
            &mut |_| {},
        )
        .await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::args::text;
    use super::*;

    #[test]
    fn arguments() {
        assert_eq!(
            text(&argv(&LockId::new("a-b"))),
            ["force-unlock", "-force", "a-b"]
        );
    }
}
