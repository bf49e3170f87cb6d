//! What most commands need first: the project, the settings, the reports of a run.

use std::fs;
use std::path::{Path, PathBuf};

use automock_model::{Expectations, Problem, Project};
use automock_stack::{ControlToken, Settings, StateLocation};

use crate::args::GlobalArgs;
use crate::failure::Failure;
use crate::printer::Printer;
use crate::problems;

/// Name of the project file.
pub(crate) const PROJECT_FILE: &str = "automock.toml";

/// Reads and validates the project; problems are printed with their places.
pub(crate) fn load_project(global: &GlobalArgs, printer: Printer) -> Result<Project, Failure> {
    let path = global.project.join(PROJECT_FILE);
    let text = read_project_text(&path, &global.project)?;
    Project::from_toml(&text).map_err(|found| {
        problems::print(printer, &path, &text, found.as_slice());
        Failure::Problems {
            count: found.as_slice().len(),
        }
    })
}

pub(crate) fn read_project_text(path: &Path, folder: &Path) -> Result<String, Failure> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(text),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Err(Failure::NoProject {
            folder: folder.to_owned(),
        }),
        Err(error) => Err(Failure::read(path, error)),
    }
}

/// Reads and checks the project's expectations; problems are printed with their places.
pub(crate) fn load_expectations(
    project: &Project,
    global: &GlobalArgs,
    other_file: Option<&Path>,
    printer: Printer,
) -> Result<Expectations, Failure> {
    let path = other_file.map_or_else(
        || global.project.join(&project.expectations),
        Path::to_owned,
    );
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) => {
            let problem = Problem::new("expectations", format!("cannot be read: {error}"))
                .with_value(&path.display().to_string());
            problems::print(printer, &path, "", &[problem]);
            return Err(Failure::Problems { count: 1 });
        }
    };
    Expectations::parse(&text).map_err(|found| {
        problems::print(printer, &path, &text, found.as_slice());
        Failure::Problems {
            count: found.as_slice().len(),
        }
    })
}

/// Settings of a run from the command line and the environment.
pub(crate) fn settings(global: &GlobalArgs, state: StateLocation) -> Settings {
    let mut settings = Settings::new(&global.project).with_environment(std::env::vars());
    settings.state = state;
    settings.terraform.clone_from(&global.terraform);
    settings.control_token = settings
        .var("AUTOMOCK_CONTROL_TOKEN")
        .map(ControlToken::new);
    settings
}

/// The reaper's package as an option of `plan` and `deploy`.
#[derive(Clone, Debug, clap::Args)]
pub struct ReaperArgs {
    /// Zip with the reaper function, needed while the project has a time to live
    #[arg(long, value_name = "ZIP", env = "AUTOMOCK_REAPER_PACKAGE")]
    pub reaper_package: Option<PathBuf>,
}
