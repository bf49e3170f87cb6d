//! The policies of the reaper's role.

use automock_ttl::permissions::policies;

use super::artifact::Artifact;
use crate::error::Error;
use crate::workspace::Workspace;

/// The module whose role they belong to.
const DIRECTORY: &str = "terraform/modules/ttl-cleanup/account/policies";

/// Renders each policy as a template for Terraform, from the table of the reaper's operations.
#[expect(
    clippy::unnecessary_wraps,
    reason = "all generators share one signature, and most can fail"
)]
pub(crate) fn generate(_: &Workspace) -> Result<Vec<Artifact>, Error> {
    let artifacts = policies().into_iter().map(|policy| Artifact {
        path: format!("{DIRECTORY}/{}.json.tftpl", policy.name),
        text: policy.template(),
    });
    Ok(artifacts.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_templates_are_json_with_places_to_fill() {
        let artifacts = generate(&Workspace::locate()).unwrap();
        assert_eq!(artifacts.len(), 2);
        for artifact in artifacts {
            let policy: serde_json::Value = serde_json::from_str(&artifact.text).unwrap();
            assert_eq!(policy["Version"], "2012-10-17");
            assert!(artifact.text.contains("${"), "{}", artifact.path);
        }
    }
}
