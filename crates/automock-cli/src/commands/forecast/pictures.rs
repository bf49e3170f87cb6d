//! Pictures of what was simulated, as files.

use std::fs;
use std::path::PathBuf;

use automock_forecast::{Estimate, Scenario, Simulation, chart};

use crate::failure::Failure;

/// Pictures of what was simulated.
#[derive(Clone, Debug, clap::Args)]
pub struct PictureArgs {
    /// Write what was simulated as a page with pictures, bill and assumptions
    #[arg(long, value_name = "FILE", requires = "simulated")]
    pub html: Option<PathBuf>,

    /// Write what was simulated as a picture
    #[arg(long, value_name = "FILE", requires = "simulated")]
    pub svg: Option<PathBuf>,

    /// Write the same picture in pixels, 1,920 wide
    #[arg(long, value_name = "FILE", requires = "simulated")]
    pub png: Option<PathBuf>,
}

impl PictureArgs {
    /// Writes those that were asked for.
    ///
    /// # Errors
    ///
    /// When a file can't be written.
    pub(super) fn write(
        &self,
        stack: &str,
        scenario: &Scenario,
        simulation: &Simulation,
        estimate: &Estimate,
    ) -> Result<(), Failure> {
        if let Some(path) = &self.svg {
            fs::write(path, chart::svg(simulation)).map_err(|error| Failure::write(path, error))?;
        }
        if let Some(path) = &self.png {
            let image = chart::png(simulation, chart::Theme::Light);
            fs::write(path, image).map_err(|error| Failure::write(path, error))?;
        }
        if let Some(path) = &self.html {
            let page = chart::html(&chart::Report {
                title: stack,
                simulation,
                bill: Some(estimate.session.as_ref().unwrap_or(&estimate.month)),
                assumptions: chart::assumptions(scenario),
                notes: &estimate.notes,
            });
            fs::write(path, page).map_err(|error| Failure::write(path, error))?;
        }
        Ok(())
    }
}
