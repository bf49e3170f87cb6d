//! What stands in the way of a deploy: tools, credentials, account, project.

use automock_model::Project;
use serde::Serialize;

use crate::aws::Session;
use crate::engine_image::require_repository;
use crate::preflight::preflight;
use crate::render::{Parts, check_settings};
use crate::settings::{Settings, StateLocation};
use crate::stack::require_foundation;
use crate::workspace::locate_terraform;
use crate::{Error, registry};

/// How a check ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// All is well.
    Good,
    /// A deploy works, but something is worth knowing.
    Note,
    /// A deploy will fail.
    Bad,
}

/// One check and how it ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Check {
    /// What was checked: `terraform`, `credentials`.
    pub name: &'static str,
    /// How it ended.
    pub verdict: Verdict,
    /// What was found.
    pub finding: String,
    /// What to do, where something is to be done.
    pub hint: Option<String>,
}

impl Check {
    pub(crate) fn new(name: &'static str, verdict: Verdict, finding: impl Into<String>) -> Self {
        Self {
            name,
            verdict,
            finding: finding.into(),
            hint: None,
        }
    }

    pub(crate) fn hint(mut self, hint: String) -> Self {
        self.hint = Some(hint);
        self
    }
}

/// All checks, in the order in which a deploy would meet them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Diagnosis {
    /// The checks.
    pub checks: Vec<Check>,
}

impl Diagnosis {
    /// How many checks say that a deploy will fail.
    #[must_use]
    pub fn failures(&self) -> usize {
        self.checks
            .iter()
            .filter(|check| check.verdict == Verdict::Bad)
            .count()
    }

    fn good(&mut self, name: &'static str, finding: impl Into<String>) {
        self.add(name, Verdict::Good, finding, None);
    }

    fn bad(&mut self, name: &'static str, error: &Error) {
        let finding = error.in_full();
        self.add(name, Verdict::Bad, finding, error.hint());
    }

    fn add(
        &mut self,
        name: &'static str,
        verdict: Verdict,
        finding: impl Into<String>,
        hint: Option<String>,
    ) {
        self.checks.push(Check {
            name,
            verdict,
            finding: finding.into(),
            hint,
        });
    }
}

/// Looks at everything a deploy of the project needs; touches nothing.
///
/// It goes on after a failure, as far as the later checks don't depend on the failed one.
pub async fn doctor(project: &Project, settings: &Settings) -> Diagnosis {
    let mut diagnosis = Diagnosis::default();
    match locate_terraform(settings).await {
        Ok(terraform) => diagnosis.good(
            "terraform",
            format!(
                "{} {} at {}",
                terraform.flavour,
                terraform.version,
                terraform.binary.display()
            ),
        ),
        Err(error) => diagnosis.bad("terraform", &error),
    }
    match check_settings(project, settings) {
        Ok(found) => parts(&mut diagnosis, &found),
        Err(error) => diagnosis.bad("settings", &error),
    }
    match Session::connect(&project.region, settings).await {
        Err(error) => diagnosis.bad("credentials", &error.into()),
        Ok(session) => {
            diagnosis.good(
                "credentials",
                format!("{} in account {}", session.caller(), session.account()),
            );
            account(&mut diagnosis, project, settings, &session).await;
        }
    }
    diagnosis
}

fn parts(diagnosis: &mut Diagnosis, parts: &Parts) {
    match &parts.reaper {
        Some(package) => diagnosis.good(
            "settings",
            format!(
                "the reaper's package has {} bytes, for {}",
                package.bytes.len(),
                package.architecture.as_str()
            ),
        ),
        None => diagnosis.add(
            "settings",
            Verdict::Note,
            "the project has no time to live: the stack stays, and costs, until it is destroyed",
            None,
        ),
    }
    if let Some(image) = &parts.engine {
        diagnosis.good(
            "engine",
            format!(
                "its image has {} bytes and the digest {}",
                image.size_bytes(),
                image.digest()
            ),
        );
    }
}

async fn account(
    diagnosis: &mut Diagnosis,
    project: &Project,
    settings: &Settings,
    session: &Session,
) {
    if settings.state == StateLocation::S3 {
        match require_foundation(session, settings, &project.region).await {
            Ok(()) => diagnosis.good("foundation", format!("is there in {}", project.region)),
            Err(error) => {
                diagnosis.bad("foundation", &error);
                return;
            }
        }
    }
    if project.engine.mock.is_none() {
        match require_repository(session, &project.region).await {
            Ok(()) => diagnosis.good("repository", "there is one for the engine's image"),
            Err(error) => diagnosis.bad("repository", &error),
        }
    }
    let image = check_settings(project, settings).ok();
    let image = image.and_then(|parts| parts.engine);
    let registry = registry::open(session, settings, &project.region);
    let stack = registry.get(&project.stack_id()).await;
    let exists = matches!(stack, Ok(Some(_)));
    let found = Box::pin(preflight(project, session, image.as_ref(), exists)).await;
    diagnosis.checks.extend(found);
    match stack {
        Ok(None) => diagnosis.good(
            "stack",
            format!("{} does not exist yet", project.stack_id()),
        ),
        Ok(Some(found)) => match &found.record.operation {
            None => diagnosis.good(
                "stack",
                format!("{} is {}", project.stack_id(), found.record.phase),
            ),
            Some(operation) => diagnosis.add(
                "stack",
                Verdict::Note,
                format!(
                    "a {} by {} on {} is recorded since {}",
                    operation.kind.word(),
                    operation.user,
                    operation.host,
                    operation.started_at
                ),
                Some("`automock list` shows whether that run died".into()),
            ),
        },
        Err(error) => diagnosis.bad("stack", &error.into()),
    }
}
