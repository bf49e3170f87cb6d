//! The picture of a forecast in the documentation.

use automock_forecast::{Load, PriceBook, Profile, RequestsPerSecond, Scenario, chart, simulate};
use automock_model::Project;

use super::artifact::Artifact;
use crate::error::Error;
use crate::workspace::Workspace;

/// The document that shows the picture, and says what it is of.
const DOCUMENT: &str = "docs/costs.md";

const PATH: &str = "docs/forecast.svg";

/// An hour of the default project: twenty minutes of 3,000 requests a second come of a sudden, and
/// a vCPU serves 600.
const SHAPE: &str = "spike:100:3000:10m:20m";
const PER_VCPU: f64 = 600.0;
const SECONDS: u32 = 3_600;

/// Draws the picture, where there is a document to show it.
pub(crate) fn generate(workspace: &Workspace) -> Result<Vec<Artifact>, Error> {
    if workspace.read(DOCUMENT)?.is_none() {
        return Ok(Vec::new());
    }
    Ok(vec![Artifact {
        path: PATH.to_owned(),
        text: picture(),
    }])
}

fn picture() -> String {
    let project = Project::from_toml("name = \"petstore\"").expect("the project is valid");
    let profile: Profile = SHAPE.parse().expect("it is a shape");
    let per_vcpu = RequestsPerSecond::new(PER_VCPU).expect("it is a rate");
    let scenario = Scenario::new(project, Load::idle(), profile, SECONDS, per_vcpu);
    let prices = PriceBook::built_in();
    let simulation = simulate(&scenario, &prices).expect("the region has prices");
    chart::svg(&simulation)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_document_names_what_is_drawn() {
        let document = include_str!("../../../docs/costs.md");
        let command = format!("--profile {SHAPE} --per-vcpu {PER_VCPU}");
        assert!(document.contains(&command), "{command}");
        assert!(document.contains("(forecast.svg)"));
        assert!(picture().starts_with("<svg "));
    }
}
