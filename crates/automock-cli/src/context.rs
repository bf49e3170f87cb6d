//! What most commands need first: the project, the settings, the reports of a run.

use std::fs;
use std::path::{Path, PathBuf};

use automock_model::{Expectations, Problem, Project, Region, StackId};
use automock_stack::{ControlToken, ProjectOf, Settings, StateLocation};

use crate::args::{GlobalArgs, StateChoice};
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

/// Says what the stack on AWS does not give of what the expectations ask for; the rest of the advice is
/// `automock check`'s.
pub(crate) fn warn_of_misfits(project: &Project, expectations: &Expectations, printer: Printer) {
    for problem in project.fit_advice(expectations) {
        printer.warning(problem);
    }
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
    /// Zip with the reaper function, needed while the project has a time to live; by default
    /// `automock-reaper.zip` beside the automock executable
    #[arg(long, value_name = "ZIP", env = "AUTOMOCK_REAPER_PACKAGE")]
    pub reaper_package: Option<PathBuf>,
}

/// The engine's image as an option of `plan` and `deploy`.
#[derive(Clone, Debug, clap::Args)]
pub struct EngineArgs {
    /// Folder with the engine's image (an OCI image layout), needed while the project names no image;
    /// by default `automock-engine` beside the automock executable
    #[arg(long, value_name = "FOLDER", env = "AUTOMOCK_ENGINE_IMAGE")]
    pub engine_image: Option<PathBuf>,
}

/// A stack by its name, or the project's own.
#[derive(Clone, Debug, clap::Args)]
pub struct StackArgs {
    /// Stack, as `automock list` names it; the project's own when left out
    #[arg(value_parser = parse_stack)]
    pub stack: Option<StackId>,

    /// Region of a stack that is named; the project's when left out
    #[arg(long, env = "AWS_REGION", value_parser = Region::new)]
    pub region: Option<Region>,

    /// Where state and record live
    #[arg(long, value_enum, default_value_t)]
    pub state: StateChoice,
}

fn parse_stack(text: &str) -> Result<StackId, String> {
    text.parse().map_err(|error| format!("{error}"))
}

/// The stack that a command is about.
pub(crate) struct NamedStack {
    pub(crate) stack: StackId,
    pub(crate) region: Region,
    /// The project, when it was the project that named the stack.
    pub(crate) of_project: Option<ProjectOf>,
}

impl StackArgs {
    /// Without a name the project decides, its region included.
    pub(crate) fn find(
        &self,
        global: &GlobalArgs,
        printer: Printer,
    ) -> Result<NamedStack, Failure> {
        let Some(stack) = &self.stack else {
            let project = load_project(global, printer)?;
            return Ok(NamedStack {
                stack: project.stack_id(),
                of_project: Some((project.name, project.environment)),
                region: project.region,
            });
        };
        Ok(NamedStack {
            stack: stack.clone(),
            region: region(self.region.as_ref(), global, printer)?,
            of_project: None,
        })
    }
}

/// A region that was named, or the project's.
pub(crate) fn region(
    named: Option<&Region>,
    global: &GlobalArgs,
    printer: Printer,
) -> Result<Region, Failure> {
    match named {
        Some(region) => Ok(region.clone()),
        None => Ok(load_project(global, printer)?.region),
    }
}

/// What a release ships beside the executable.
const REAPER_BESIDE: &str = "automock-reaper.zip";
const ENGINE_BESIDE: &str = "automock-engine";

impl ReaperArgs {
    /// The package that was named, or the one that lies beside the executable.
    pub(crate) fn package(&self) -> Option<PathBuf> {
        let beside = || beside_executable(REAPER_BESIDE).filter(|path| path.is_file());
        self.reaper_package.clone().or_else(beside)
    }
}

impl EngineArgs {
    /// The image that was named, or the one that lies beside the executable.
    pub(crate) fn image(&self) -> Option<PathBuf> {
        let beside = || beside_executable(ENGINE_BESIDE).filter(|path| path.is_dir());
        self.engine_image.clone().or_else(beside)
    }
}

/// An executable that was linked to is looked for where it really lies.
fn beside_executable(name: &str) -> Option<PathBuf> {
    let executable = std::env::current_exe().and_then(fs::canonicalize).ok()?;
    Some(executable.with_file_name(name))
}
