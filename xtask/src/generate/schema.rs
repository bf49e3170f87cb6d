//! The JSON Schema of `automock.toml`, which editors use for completion.

use super::artifact::Artifact;
use crate::error::Error;
use crate::workspace::Workspace;

/// Renders the schema that the model derives from its own descriptions.
#[expect(
    clippy::unnecessary_wraps,
    reason = "all generators share one signature, and most can fail"
)]
pub(crate) fn generate(_: &Workspace) -> Result<Vec<Artifact>, Error> {
    let schema = automock_model::schema::project_schema();
    Ok(vec![Artifact {
        path: "docs/automock.schema.json".to_owned(),
        // The alternate form is indented, for readable differences.
        text: format!("{schema:#}\n"),
    }])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schema_is_json_and_describes_the_project() {
        let artifacts = generate(&Workspace::locate()).unwrap();
        let schema: serde_json::Value = serde_json::from_str(&artifacts[0].text).unwrap();
        assert!(schema["properties"]["name"].is_object());
        assert!(artifacts[0].text.ends_with("}\n"));
    }
}
