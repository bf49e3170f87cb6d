//! `terraform import`.

use std::ffi::OsString;
use std::path::PathBuf;

use super::args::{Args, Lock};
use crate::address::Address;
use crate::cancel::Cancel;
use crate::error::Result;
use crate::event::Events;
use crate::run::{self, Invocation};
use crate::workspace::Workspace;

/// Options of `import`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportOptions {
    /// The address that the configuration has for the object.
    pub address: Address,
    /// The object's id, in the form that the provider wants for this type.
    pub id: String,
    /// Files with values of input variables.
    pub var_files: Vec<PathBuf>,
    /// What to do about the state's lock.
    pub lock: Lock,
}

impl ImportOptions {
    /// Imports one object.
    pub fn new(address: impl Into<Address>, id: impl Into<String>) -> Self {
        Self {
            address: address.into(),
            id: id.into(),
            var_files: Vec::new(),
            lock: Lock::default(),
        }
    }

    fn argv(&self) -> Vec<OsString> {
        Args::new(&["import", "-input=false"])
            .lock(self.lock)
            .pairs("-var-file", &self.var_files)
            .push(self.address.as_str())
            .push(&self.id)
            .finish()
    }
}

impl Workspace {
    /// Takes an existing object into the state.
    ///
    /// # Errors
    ///
    /// See [`Error`](crate::Error).
    pub async fn import(
        &self,
        options: &ImportOptions,
        events: &Events,
        cancel: &Cancel,
    ) -> Result<()> {
        let invocation = Invocation::locking("import", options.argv());
        run::follow(self, &invocation, events, cancel, &mut |_| {}).await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::args::text;
    use super::*;

    #[test]
    fn address_and_id_come_last() {
        let options = ImportOptions {
            var_files: vec!["v.tfvars".into()],
            ..ImportOptions::new("aws_vpc.main", "vpc-1")
        };
        assert_eq!(
            text(&options.argv()),
            [
                "import",
                "-input=false",
                "-var-file=v.tfvars",
                "aws_vpc.main",
                "vpc-1"
            ]
        );
    }
}
