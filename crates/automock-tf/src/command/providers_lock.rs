//! `terraform providers lock`.

use std::ffi::OsString;
use std::path::Path;

use super::args::Args;
use crate::cancel::Cancel;
use crate::error::Result;
use crate::event::Events;
use crate::run::{self, Invocation};
use crate::workspace::Workspace;

fn argv(platforms: &[&str], mirror: Option<&Path>) -> Vec<OsString> {
    Args::new(&["providers", "lock"])
        .pair_if("-fs-mirror", mirror)
        .pairs("-platform", platforms)
        .finish()
}

impl Workspace {
    /// Records the checksums of the providers for these platforms (such as `linux_amd64`), so
    /// that a colleague with another machine gets the same ones; from a mirror directory if one
    /// is given.
    ///
    /// # Errors
    ///
    /// See [`Error`](crate::Error).
    pub async fn providers_lock(
        &self,
        platforms: &[&str],
        mirror: Option<&Path>,
        events: &Events,
        cancel: &Cancel,
    ) -> Result<()> {
        let invocation = Invocation::reading("providers lock", argv(platforms, mirror));
        run::follow(self, &invocation, events, cancel, &mut |_| {}).await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::args::text;
    use super::*;

    #[test]
    fn arguments() {
        let expected = [
            "providers",
            "lock",
            "-fs-mirror=/m",
            "-platform=linux_amd64",
            "-platform=darwin_arm64",
        ];
        assert_eq!(
            text(&argv(
                &["linux_amd64", "darwin_arm64"],
                Some(Path::new("/m"))
            )),
            expected
        );
    }
}
