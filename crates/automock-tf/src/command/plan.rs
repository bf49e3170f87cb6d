//! `terraform plan`.

use std::ffi::OsString;
use std::num::NonZeroU16;
use std::path::PathBuf;

use super::args::{Args, Lock};
use crate::address::Address;
use crate::cancel::Cancel;
use crate::diagnostic::Diagnostic;
use crate::error::Result;
use crate::event::Events;
use crate::report::PlanReport;
use crate::run::{self, Invocation};
use crate::workspace::Workspace;

/// What the plan is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PlanMode {
    /// To make the world as configured.
    #[default]
    Normal,
    /// To delete everything.
    Destroy,
    /// To take into the state what changed outside of Terraform.
    RefreshOnly,
}

/// Options of `plan`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PlanOptions {
    /// What the plan is for.
    pub mode: PlanMode,
    /// The file that takes the plan, so that `apply` does exactly this. Relative paths start
    /// from the workspace's directory.
    pub out: Option<PathBuf>,
    /// Trust the state instead of looking at each resource.
    pub skip_refresh: bool,
    /// Files with values of input variables. Single values go through
    /// [`Workspace::variable`], where other processes can't see them.
    pub var_files: Vec<PathBuf>,
    /// Restrict the plan to these resources and what they need.
    pub targets: Vec<Address>,
    /// Replace these resources even if they could stay.
    pub replace: Vec<Address>,
    /// How many operations run at once; Terraform's default is 10.
    pub parallelism: Option<NonZeroU16>,
    /// What to do about the state's lock.
    pub lock: Lock,
}

impl PlanOptions {
    /// Sets the file that takes the plan.
    #[must_use]
    pub fn out(mut self, file: impl Into<PathBuf>) -> Self {
        self.out = Some(file.into());
        self
    }

    /// Sets what the plan is for.
    #[must_use]
    pub fn mode(mut self, mode: PlanMode) -> Self {
        self.mode = mode;
        self
    }

    fn argv(&self) -> Vec<OsString> {
        Args::new(&["plan", "-json", "-input=false", "-detailed-exitcode"])
            .flag_if(self.mode == PlanMode::Destroy, "-destroy")
            .flag_if(self.mode == PlanMode::RefreshOnly, "-refresh-only")
            .flag_if(self.skip_refresh, "-refresh=false")
            .lock(self.lock)
            .pair_if("-parallelism", self.parallelism.map(|n| n.to_string()))
            .pairs("-var-file", &self.var_files)
            .pairs("-target", self.targets.iter().map(Address::as_str))
            .pairs("-replace", self.replace.iter().map(Address::as_str))
            .pair_if("-out", self.out.as_ref())
            .finish()
    }
}

/// A plan that was made.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct PlanOutcome {
    /// Whether applying it would change anything, outputs included.
    pub has_changes: bool,
    /// What it will do.
    pub report: PlanReport,
    /// What terraform warned of, failed `check` blocks included.
    pub warnings: Vec<Diagnostic>,
    /// The run's log.
    pub log: PathBuf,
}

/// With `-detailed-exitcode`: a plan that changes something.
const HAS_CHANGES: i32 = 2;

impl Workspace {
    /// Plans.
    ///
    /// # Errors
    ///
    /// See [`Error`](crate::Error).
    pub async fn plan(
        &self,
        options: &PlanOptions,
        events: &Events,
        cancel: &Cancel,
    ) -> Result<PlanOutcome> {
        let invocation = Invocation {
            locks: options.lock != Lock::Ignore,
            accepts: &[0, HAS_CHANGES],
            ..Invocation::locking("plan", options.argv())
        };
        let mut report = PlanReport::default();
        let finished = run::follow(self, &invocation, events, cancel, &mut |message| {
            report.observe(message);
        })
        .await?;
        let has_changes = finished.exit_code == HAS_CHANGES;
        Ok(PlanOutcome {
            has_changes,
            report,
            warnings: finished.warnings,
            log: finished.log,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::args::text;
    use super::*;

    #[test]
    fn the_default_tells_changes_by_exit_code() {
        assert_eq!(
            text(&PlanOptions::default().argv()),
            ["plan", "-json", "-input=false", "-detailed-exitcode"]
        );
    }

    #[test]
    fn every_option_has_its_argument() {
        let options = PlanOptions {
            mode: PlanMode::Destroy,
            skip_refresh: true,
            var_files: vec!["a.tfvars".into(), "b.tfvars".into()],
            targets: vec!["module.a".into()],
            replace: vec![r#"x.y["z"]"#.into()],
            parallelism: NonZeroU16::new(20),
            lock: Lock::Ignore,
            ..PlanOptions::default()
        }
        .out("p q.tfplan");
        let expected = [
            "plan",
            "-json",
            "-input=false",
            "-detailed-exitcode",
            "-destroy",
            "-refresh=false",
            "-lock=false",
            "-parallelism=20",
            "-var-file=a.tfvars",
            "-var-file=b.tfvars",
            "-target=module.a",
            r#"-replace=x.y["z"]"#,
            "-out=p q.tfplan",
        ];
        assert_eq!(text(&options.argv()), expected);
    }

    #[test]
    fn refresh_only() {
        let options = PlanOptions::default().mode(PlanMode::RefreshOnly);
        assert_eq!(text(&options.argv())[4..], ["-refresh-only"]);
    }
}
