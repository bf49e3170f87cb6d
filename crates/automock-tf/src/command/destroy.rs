//! `terraform destroy`.

use std::ffi::OsString;
use std::num::NonZeroU16;
use std::path::PathBuf;

use super::apply::{ApplyOutcome, ApplyReport};
use super::args::{Args, Lock};
use crate::address::Address;
use crate::cancel::Cancel;
use crate::error::Result;
use crate::event::Events;
use crate::run::{self, Invocation};
use crate::workspace::Workspace;

/// Options of `destroy`. To look first, plan with [`PlanMode::Destroy`](super::PlanMode::Destroy)
/// and apply that plan.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DestroyOptions {
    /// Trust the state instead of looking at each resource.
    pub skip_refresh: bool,
    /// Files with values of input variables.
    pub var_files: Vec<PathBuf>,
    /// Delete these resources and what depends on them only.
    pub targets: Vec<Address>,
    /// How many operations run at once; Terraform's default is 10.
    pub parallelism: Option<NonZeroU16>,
    /// What to do about the state's lock.
    pub lock: Lock,
}

impl DestroyOptions {
    fn argv(&self) -> Vec<OsString> {
        Args::new(&["destroy", "-json", "-input=false", "-auto-approve"])
            .flag_if(self.skip_refresh, "-refresh=false")
            .lock(self.lock)
            .pair_if("-parallelism", self.parallelism.map(|n| n.to_string()))
            .pairs("-var-file", &self.var_files)
            .pairs("-target", self.targets.iter().map(Address::as_str))
            .finish()
    }
}

impl Workspace {
    /// Deletes everything that the state knows, without asking.
    ///
    /// # Errors
    ///
    /// See [`Error`](crate::Error).
    pub async fn destroy(
        &self,
        options: &DestroyOptions,
        events: &Events,
        cancel: &Cancel,
    ) -> Result<ApplyOutcome> {
        let invocation = Invocation::locking("destroy", options.argv());
        let mut report = ApplyReport::default();
        let finished = run::follow(self, &invocation, events, cancel, &mut |message| {
            report.observe(message);
        })
        .await?;
        Ok(report.finish(finished))
    }
}

#[cfg(test)]
mod tests {
    use super::super::args::text;
    use super::*;

    #[test]
    fn arguments() {
        assert_eq!(
            text(&DestroyOptions::default().argv()),
            ["destroy", "-json", "-input=false", "-auto-approve"]
        );
        let options = DestroyOptions {
            skip_refresh: true,
            var_files: vec!["a.tfvars".into()],
            targets: vec!["module.a".into(), "module.b".into()],
            parallelism: NonZeroU16::new(30),
            lock: Lock::Wait(std::time::Duration::from_secs(10)),
        };
        let expected = [
            "destroy",
            "-json",
            "-input=false",
            "-auto-approve",
            "-refresh=false",
            "-lock-timeout=10s",
            "-parallelism=30",
            "-var-file=a.tfvars",
            "-target=module.a",
            "-target=module.b",
        ];
        assert_eq!(text(&options.argv()), expected);
    }
}
