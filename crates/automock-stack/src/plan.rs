//! What a deploy would change, grouped the way a person looks at it.

use std::collections::BTreeMap;

use automock_model::Expectations;
use automock_tf::command::{PlanOptions as TfPlanOptions, PlanOutcome};
use automock_tf::event::{Action, Change};
use automock_tf::{Cancel, Events as TfEvents, PlanReport};
use serde::Serialize;
use tokio_util::sync::CancellationToken;

use crate::Error;
use crate::engine_image::{Mirror, require_repository};
use crate::events::Events;
use crate::render::{Parts, check_settings, extra_files, stack_workspace};
use crate::stack::Stack;
use crate::workspace::{PlanFile, StackWorkspace, needs_init};

/// Name of the plan file inside a workspace.
pub(crate) const PLAN_FILE: &str = "automock.tfplan";

/// What a deploy would change.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct StackPlan {
    /// The stack.
    pub stack: String,
    /// Whether anything would change at all.
    pub has_changes: bool,
    /// Counts per action.
    pub counts: Counts,
    /// Changes by module, in the order of their names.
    pub modules: Vec<ModulePlan>,
    /// What was changed outside of Terraform since the last run.
    pub drift: Vec<PlannedChange>,
}

/// Counts per action.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Resources to create.
    pub create: u64,
    /// Resources to change in place.
    pub update: u64,
    /// Resources to remove and create anew.
    pub replace: u64,
    /// Resources to remove.
    pub delete: u64,
    /// Existing resources to take over.
    pub import: u64,
}

impl Counts {
    /// How many changes terraform reports while applying; a replacement reports two.
    #[must_use]
    pub fn steps(&self) -> u64 {
        self.create + self.update + 2 * self.replace + self.delete
    }
}

/// The changes of one module.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ModulePlan {
    /// The module's name: `networking`; empty for the root itself.
    pub module: String,
    /// Its changes.
    pub changes: Vec<PlannedChange>,
}

/// One planned change.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PlannedChange {
    /// Terraform's address of the resource.
    pub address: String,
    /// What happens: `create`, `update`, `replace`, `delete`.
    pub action: String,
    /// Why, in words, where terraform tells.
    pub reason: Option<String>,
    /// Attributes that force a replacement.
    pub because_of: Vec<String>,
}

/// A plan that can be applied.
#[derive(Debug)]
pub(crate) struct Prepared {
    pub(crate) workspace: StackWorkspace,
    pub(crate) plan: StackPlan,
    _file: PlanFile,
}

impl Stack {
    /// Plans without asking or changing anything.
    ///
    /// # Errors
    ///
    /// When settings and project don't fit, the foundation is missing, or terraform fails.
    pub async fn plan(
        &self,
        expectations: &Expectations,
        events: &Events,
        cancel: &CancellationToken,
    ) -> Result<StackPlan, Error> {
        self.refuse_what_does_not_fit(expectations)?;
        self.require_foundation().await?;
        let parts = self.check_parts().await?;
        let workspace = self.write_workspace(expectations, &parts)?;
        workspace.init(events).await?;
        Ok(self.prepare(workspace, events, cancel).await?.plan)
    }

    /// Plans in a workspace that is written and initialised.
    pub(crate) async fn prepare(
        &self,
        workspace: StackWorkspace,
        events: &Events,
        cancel: &CancellationToken,
    ) -> Result<Prepared, Error> {
        events.step("planning");
        let file = workspace.plan_file();
        let planned = match run_plan(&workspace, cancel).await {
            Err(error) if needs_init(&error) => {
                workspace.force_init(events).await?;
                run_plan(&workspace, cancel).await
            }
            other => other,
        };
        let outcome = planned.map_err(Error::terraform("plan"))?;
        let mut plan = StackPlan::from_report(&self.id(), &outcome.report);
        // An output may be new where no resource is.
        plan.has_changes = outcome.has_changes;
        if plan.counts.replace > 0 {
            explain_replacements(&workspace, &mut plan).await?;
        }
        Ok(Prepared {
            workspace,
            plan,
            _file: file,
        })
    }

    /// Reads the parts that the project needs, and sees to it that there is a place for them.
    pub(crate) async fn check_parts(&self) -> Result<Parts, Error> {
        let mut parts = check_settings(&self.project, &self.settings)?;
        if parts.engine.is_some() || self.project.engine.mirror {
            require_repository(&self.session, &self.project.region).await?;
        }
        parts.mirror = Mirror::look(&self.project).await?;
        Ok(parts)
    }

    pub(crate) fn write_workspace(
        &self,
        expectations: &Expectations,
        parts: &Parts,
    ) -> Result<StackWorkspace, Error> {
        let rendered = stack_workspace(
            &self.project,
            expectations,
            &self.settings,
            &self.session,
            parts,
        );
        let dir = self.settings.workspace_dir(&self.id());
        let extra = extra_files(&self.project, expectations, parts);
        StackWorkspace::write(&self.terraform, dir, &rendered, &extra)
    }
}

async fn run_plan(
    workspace: &StackWorkspace,
    cancel: &CancellationToken,
) -> automock_tf::Result<PlanOutcome> {
    let options = TfPlanOptions::default().out(PLAN_FILE);
    let cancel = Cancel::on(cancel.clone());
    workspace
        .terraform()
        .plan(&options, &TfEvents::none(), &cancel)
        .await
}

/// Reads from the plan file which attributes force replacements; the events don't tell.
///
/// It costs another start of the providers, so it is done only when there is something to explain.
async fn explain_replacements(
    workspace: &StackWorkspace,
    plan: &mut StackPlan,
) -> Result<(), Error> {
    let shown = workspace
        .terraform()
        .show_plan(PLAN_FILE)
        .await
        .map_err(Error::terraform("show the plan"))?;
    let causes: BTreeMap<String, Vec<String>> = shown
        .resource_changes
        .iter()
        .map(|change| {
            let paths = change.replace_paths.iter().map(ToString::to_string);
            (change.address.to_string(), paths.collect())
        })
        .collect();
    for change in plan
        .modules
        .iter_mut()
        .flat_map(|module| &mut module.changes)
    {
        if let Some(paths) = causes.get(&change.address) {
            change.because_of.clone_from(paths);
        }
    }
    Ok(())
}

impl StackPlan {
    pub(crate) fn from_report(stack: &str, report: &PlanReport) -> Self {
        let mut counts = Counts::default();
        let mut modules: BTreeMap<String, Vec<PlannedChange>> = BTreeMap::new();
        for change in &report.changes {
            if change.importing.is_some() {
                counts.import += 1;
            }
            match change.action {
                Action::Create => counts.create += 1,
                Action::Update => counts.update += 1,
                Action::Replace => counts.replace += 1,
                Action::Delete => counts.delete += 1,
                Action::NoOp if change.importing.is_some() => {}
                _ => continue,
            }
            modules
                .entry(module_name(&change.resource.module))
                .or_default()
                .push(planned(change));
        }
        Self {
            stack: stack.to_owned(),
            has_changes: !modules.is_empty(),
            counts,
            modules: modules
                .into_iter()
                .map(|(module, changes)| ModulePlan { module, changes })
                .collect(),
            drift: report.drift.iter().map(planned).collect(),
        }
    }
}

fn planned(change: &Change) -> PlannedChange {
    let action = match change.action {
        Action::NoOp if change.importing.is_some() => "import".to_owned(),
        _ => change.action.to_string(),
    };
    PlannedChange {
        address: change.resource.addr.to_string(),
        action,
        reason: change.reason.as_ref().map(ToString::to_string),
        because_of: Vec::new(),
    }
}

/// `module.ecs_service` and everything below it is the module `ecs-service` to a person.
fn module_name(address: &str) -> String {
    address
        .split('.')
        .nth(1)
        .unwrap_or_default()
        .split('[')
        .next()
        .unwrap_or_default()
        .replace('_', "-")
}

#[cfg(test)]
mod tests {
    use super::*;
    use automock_tf::Message;

    fn report(lines: &[&str]) -> PlanReport {
        let mut report = PlanReport::default();
        for line in lines {
            report.observe(&Message::parse(line));
        }
        report
    }

    #[test]
    fn groups_changes_by_module_and_counts_them() {
        let plan = StackPlan::from_report(
            "shop-dev",
            &report(&[
                r#"{"@message":"m","type":"planned_change","change":{"resource":{"addr":"module.networking.aws_vpc.this","module":"module.networking"},"action":"create"}}"#,
                r#"{"@message":"m","type":"planned_change","change":{"resource":{"addr":"module.ecs_service.aws_ecs_service.this","module":"module.ecs_service"},"action":"replace","reason":"cannot_update"}}"#,
                r#"{"@message":"m","type":"planned_change","change":{"resource":{"addr":"data.x.y","module":""},"action":"read"}}"#,
            ]),
        );
        let names: Vec<_> = plan.modules.iter().map(|m| m.module.as_str()).collect();
        assert_eq!(names, ["ecs-service", "networking"]);
        assert_eq!((plan.counts.create, plan.counts.replace), (1, 1));
        assert_eq!(plan.counts.steps(), 3);
        assert!(plan.has_changes);
    }

    #[test]
    fn nothing_planned_is_no_change() {
        let plan = StackPlan::from_report("shop-dev", &report(&[]));
        assert!(!plan.has_changes);
    }

    #[test]
    fn nested_and_counted_modules_belong_to_their_parent() {
        for (address, name) in [
            ("", ""),
            ("module.ttl_cleanup", "ttl-cleanup"),
            ("module.domain[0].module.inner", "domain"),
        ] {
            assert_eq!(module_name(address), name);
        }
    }
}
