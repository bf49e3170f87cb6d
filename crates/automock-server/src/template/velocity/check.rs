//! What can be checked when all names of a template are known.

use crate::template::methods;
use crate::template::source::Fault;

use super::parser::{Notes, Use};
use super::reference::unknown_method;
use super::tools::Tool;

/// Tools of `MockServer` that do not exist here.
const UNSUPPORTED: [&str; 5] = ["collection", "date", "display", "import", "number"];

/// Refuses tools and functions that do not exist.
pub(super) fn check(notes: &Notes) -> Result<(), Fault> {
    let mut uses = notes.uses.iter();
    uses.try_for_each(|used| check_use(notes, used))
}

fn check_use(notes: &Notes, used: &Use) -> Result<(), Fault> {
    let Use {
        offset,
        root,
        member,
        arguments,
    } = used;
    let refuse = |reason| Err(Fault::new(*offset, reason));
    let is_own = notes.assigned.contains(root);
    if !is_own && UNSUPPORTED.contains(&root.as_str()) {
        return refuse(format!("the tool `${root}` is not supported"));
    }
    let Some(member) = member else {
        return Ok(());
    };
    match (Tool::named(root).filter(|_| !is_own), arguments) {
        (Some(tool), _) if !tool.has(member) => {
            refuse(format!("`${root}.{member}` is not supported"))
        }
        (None, Some(arguments)) if !methods::is_known(member, *arguments) => {
            refuse(unknown_method(member))
        }
        _ => Ok(()),
    }
}
