//! Whether a record is the one that was meant.

use automock_model::{Environment, ProjectName, Region};
use automock_ttl::record::StackRecord;

use crate::Error;
use crate::aws::Session;

/// A project and one of its environments. Two projects can have stacks of the same id; a caller
/// that starts from a project file names it.
pub type ProjectOf = (ProjectName, Environment);

/// Refuses to look for a stack where it is not: every scan there would be clean.
pub(crate) fn check(
    record: &StackRecord,
    session: &Session,
    region: &Region,
    of_project: Option<&ProjectOf>,
) -> Result<(), Error> {
    if record.account != *session.account_id() || record.region != region.as_str() {
        return Err(Error::Elsewhere {
            stack: record.stack_id.to_string(),
            account: record.account.to_string(),
            region: record.region.clone(),
        });
    }
    match of_project {
        Some((project, environment))
            if (&record.project, &record.environment) != (project, environment) =>
        {
            Err(Error::NameTaken {
                stack: record.stack_id.to_string(),
                project: record.project.to_string(),
                environment: record.environment.to_string(),
            })
        }
        _ => Ok(()),
    }
}
