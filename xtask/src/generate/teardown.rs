//! The order of a teardown in the documentation.

use std::fmt::Write as _;

use automock_ttl::kind::{Dependency, Plan, ResourceKind};

use super::artifact::Artifact;
use super::markers;
use crate::error::Error;
use crate::workspace::Workspace;

const PATH: &str = "docs/teardown.md";

/// Fills the table between the markers.
pub(crate) fn generate(workspace: &Workspace) -> Result<Vec<Artifact>, Error> {
    let Some(document) = workspace.read(PATH)? else {
        return Ok(Vec::new());
    };
    let text = markers::splice(PATH, &document, &table())?;
    Ok(vec![Artifact {
        path: PATH.to_owned(),
        text,
    }])
}

/// One row for each kind, in the order in which they can go.
fn table() -> String {
    let mut table = "| wave | goes | once these are gone |\n|---|---|---|\n".to_owned();
    for (number, wave) in (1..).zip(Plan::of(ResourceKind::ALL).waves) {
        for (kind, waits) in wave.kinds {
            let _ = writeln!(table, "| {number} | {kind} | {} |", reasons(kind, &waits));
        }
    }
    table
}

fn reasons(kind: ResourceKind, waits: &[Dependency]) -> String {
    if kind.is_reaper() && waits.is_empty() {
        return "everything else: it finishes what is interrupted".to_owned();
    }
    let reason = |it: &Dependency| format!("{} ({})", it.after, it.because);
    let reasons: Vec<_> = waits.iter().map(reason).collect();
    reasons.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_its_row_and_its_reasons() {
        let table = table();
        for kind in ResourceKind::ALL {
            assert!(table.contains(&format!(" | {kind} | ")), "{kind}");
        }
        let address = "elastic IP | NAT gateway (the NAT gateway holds the address)";
        assert!(table.contains(address), "{table}");
    }
}
