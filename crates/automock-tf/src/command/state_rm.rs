//! `terraform state rm`.

use std::ffi::OsString;

use super::args::{Args, Lock};
use crate::address::Address;
use crate::cancel::Cancel;
use crate::error::Result;
use crate::event::Events;
use crate::run::{self, Invocation};
use crate::workspace::Workspace;

fn argv(addresses: &[Address], lock: Lock) -> Vec<OsString> {
    let args = Args::new(&["state", "rm"]).lock(lock);
    addresses
        .iter()
        .fold(args, |args, address| args.push(address.as_str()))
        .finish()
}

impl Workspace {
    /// Makes the state forget resources, which go on existing.
    ///
    /// # Errors
    ///
    /// See [`Error`](crate::Error); an address that the state does not know is one.
    pub async fn state_rm(&self, addresses: &[Address], lock: Lock) -> Result<()> {
        let invocation = Invocation::locking("state rm", argv(addresses, lock));
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
        let addresses = [Address::from("a.b"), Address::from(r#"module.c.d.e["f"]"#)];
        assert_eq!(
            text(&argv(&addresses, Lock::Take)),
            ["state", "rm", "a.b", r#"module.c.d.e["f"]"#]
        );
        let wait = Lock::Wait(std::time::Duration::from_secs(3));
        assert_eq!(
            text(&argv(&addresses[..1], wait)),
            ["state", "rm", "-lock-timeout=3s", "a.b"]
        );
    }
}
