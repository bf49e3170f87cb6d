//! The quick rehearsal: a stack's whole life against an emulator that plays its tasks.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use automock_testkit::{Census, Emulator, ImageRegistry};
use serde_json::Value;

use super::arguments::RehearseArguments;
use crate::error::Error;
use crate::printer;
use crate::process::Tool;
use crate::steps::{self, OnFailure, Step};
use crate::terraform::Terraform;
use crate::workspace::Workspace;

/// Domain that the example project lives under; its hosted zone is made first.
const ZONE: &str = "example.com";

/// The package that the deploy gets.
const PACKAGE: &str = "reaper.zip";

/// The stack of the example project.
const STACK: &str = "petstore-perf";

/// The engine's image that the deploy gets.
const IMAGE: &str = "engine";

/// Runs the rehearsal.
pub(crate) fn run(workspace: &Workspace, arguments: &RehearseArguments) -> Result<(), Error> {
    let stage = Stage::set(workspace, &workspace.root().join(&arguments.project))?;
    let founded: Cell<Option<Census>> = Cell::new(None);
    let mut steps = vec![
        stage.step(
            "bootstrap",
            &["bootstrap", "--yes", "--mail", "team@example.com"],
        ),
        Step::new("count what the foundation has", || {
            founded.set(Some(stage.census()?));
            Ok(())
        }),
        stage.step("doctor", &["doctor"]),
        stage.step("deploy", &["deploy", "--yes"]),
        Step::new("count what the stack has", || stage.show_stack(&founded)),
        stage.step("list", &["list"]),
        stage.step("status", &["status"]),
        Step::new("change an expectation and push it", || stage.push()),
        Step::new("second plan", || stage.second_plan()),
    ];
    if arguments.pause {
        steps.push(Step::new("pause", || stage.pause()));
    }
    steps.push(stage.step("destroy", &["destroy", "--yes"]));
    steps.push(Step::new("count what is left", || {
        stage.nothing_left(&founded)
    }));
    if let Some(file) = &arguments.calls {
        steps.push(Step::new("write the calls", || stage.write_calls(file)));
    }
    steps::run_all(steps, OnFailure::Stop)
}

/// The emulator, the binary and the copied project.
pub(crate) struct Stage {
    emulator: Emulator,
    /// The emulator's registry takes no images; it ends with the stage.
    _registry: ImageRegistry,
    automock: PathBuf,
    terraform: OsString,
    project: PathBuf,
    variables: Vec<(OsString, OsString)>,
}

impl Stage {
    pub(crate) fn set(workspace: &Workspace, project: &Path) -> Result<Self, Error> {
        let terraform = Terraform::prepare(workspace)?;
        let target = workspace.root().join("target");
        automock_testkit::setup_venv(&target)?;
        automock_testkit::setup_image_registry(&target)?;
        printer::progress("==> building automock");
        let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        Tool::new(cargo, workspace.root())
            .args(["build", "--quiet", "--package", "automock-cli"])
            .run()?;
        let emulator = Emulator::start()?;
        emulator.create_hosted_zone(ZONE)?;
        let registry = ImageRegistry::start()?;
        let folder = workspace.scratch().join("rehearsal");
        copy_project(project, &folder)?;
        write_package(&folder)?;
        let image = folder.join(IMAGE);
        fs::create_dir(&image).map_err(Error::file(&image))?;
        automock_testkit::placeholder_engine(&image)?;
        let mut variables = terraform.environment().to_vec();
        let own = emulator.env();
        variables.extend(own.iter().map(|(name, value)| (name.into(), value.into())));
        let package = folder.join(PACKAGE);
        variables.extend([
            ("AUTOMOCK_REAPER_PACKAGE".into(), package.into()),
            ("AUTOMOCK_ENGINE_IMAGE".into(), image.into()),
            ("AUTOMOCK_IMAGE_REGISTRY".into(), registry.url().into()),
        ]);
        Ok(Self {
            emulator,
            _registry: registry,
            automock: workspace.binary("automock"),
            terraform: terraform.program().to_owned(),
            project: folder,
            variables,
        })
    }

    pub(crate) fn automock(&self, arguments: &[&str]) -> Tool {
        Tool::new(&self.automock, &self.project)
            .args(arguments)
            .envs(&self.variables)
    }

    /// Terraform in a workspace folder, with what `automock` gives it.
    pub(crate) fn terraform(&self, folder: &Path, arguments: &[&str]) -> Tool {
        Tool::new(&self.terraform, folder)
            .args(arguments)
            .envs(&self.variables)
    }

    /// The only workspace folder of a stack in the project.
    pub(crate) fn workspace(&self) -> Result<PathBuf, Error> {
        let data = self.project.join(".automock");
        for entry in fs::read_dir(&data).map_err(Error::file(&data))? {
            let path = entry.map_err(Error::file(&data))?.path();
            if path.join("modules/ecs-service").is_dir() {
                return Ok(path);
            }
        }
        Err(Error::Rehearsal("no workspace was written".into()))
    }

    /// A step that runs the command as a person would.
    fn step<'a>(&'a self, title: &'static str, arguments: &'static [&'static str]) -> Step<'a> {
        Step::new(title, move || {
            printer::progress(format_args!("$ automock {}", arguments.join(" ")));
            self.automock(arguments).run()
        })
    }

    fn census(&self) -> Result<Census, Error> {
        Ok(self.emulator.census()?)
    }

    fn show_stack(&self, founded: &Cell<Option<Census>>) -> Result<(), Error> {
        let before = founded.take().ok_or(Error::Unprepared)?;
        let mut counts: BTreeMap<(String, String), usize> = BTreeMap::new();
        for resource in self.census()?.diff(&before).added {
            *counts.entry((resource.service, resource.kind)).or_default() += 1;
        }
        for ((service, kind), count) in counts {
            printer::progress(format_args!("    {count:>4}  {service} {kind}"));
        }
        founded.set(Some(before));
        Ok(())
    }

    fn push(&self) -> Result<(), Error> {
        let path = self.project.join("expectations.json");
        let text = fs::read_to_string(&path).map_err(Error::file(&path))?;
        let changed = text.replacen("Ada", "Ada Lovelace", 1);
        if changed == text {
            return Err(Error::Rehearsal("the project has nothing to change".into()));
        }
        fs::write(&path, changed).map_err(Error::file(&path))?;
        printer::progress("$ automock push");
        self.automock(&["push"]).run()
    }

    /// The push went past terraform, and still the plan must be empty.
    fn second_plan(&self) -> Result<(), Error> {
        printer::progress("$ automock plan");
        self.automock(&["plan"]).run()?;
        let plan = self
            .automock(&["plan", "--output", "json", "--quiet"])
            .capture()?;
        let plan: Value = serde_json::from_str(&plan).map_err(|error| {
            Error::Rehearsal(format!(
                "`automock plan --output json` wrote no JSON: {error}"
            ))
        })?;
        if plan["has_changes"] == Value::Bool(false) {
            return Ok(());
        }
        Err(Error::Rehearsal(format!(
            "the second plan has changes: {plan:#}"
        )))
    }

    fn pause(&self) -> Result<(), Error> {
        printer::progress(format_args!(
            "the emulator answers at {}; press Enter to go on",
            self.emulator.endpoint()
        ));
        std::io::stdin()
            .read_line(&mut String::new())
            .map(drop)
            .map_err(Error::file(Path::new("standard input")))
    }

    fn write_calls(&self, file: &Path) -> Result<(), Error> {
        let log = self.emulator.log();
        let calls: BTreeSet<&str> = log
            .lines()
            .filter_map(|line| line.strip_prefix("emulator: ")?.split_once(" -> "))
            .map(|(call, _)| call)
            .collect();
        let text = calls.into_iter().collect::<Vec<_>>().join("\n");
        fs::write(file, text).map_err(Error::file(file))
    }

    fn nothing_left(&self, founded: &Cell<Option<Census>>) -> Result<(), Error> {
        let before = founded.take().ok_or(Error::Unprepared)?;
        let mut difference = self.census()?.diff(&before);
        let receipts = difference.take_receipts(STACK);
        if difference.is_empty() && receipts == 1 {
            printer::progress("    a receipt; every service has what it had before the deploy");
            return Ok(());
        }
        Err(Error::Rehearsal(format!(
            "the destroy left something:\n{difference}"
        )))
    }
}

fn copy_project(from: &Path, to: &Path) -> Result<(), Error> {
    if to.exists() {
        fs::remove_dir_all(to).map_err(Error::file(to))?;
    }
    fs::create_dir_all(to).map_err(Error::file(to))?;
    for entry in fs::read_dir(from).map_err(Error::file(from))? {
        let path = entry.map_err(Error::file(from))?.path();
        if let (true, Some(name)) = (path.is_file(), path.file_name()) {
            fs::copy(&path, to.join(name)).map_err(Error::file(&path))?;
        }
    }
    Ok(())
}

/// Stands in for the reaper's program: the emulator keeps functions and runs none.
fn write_package(folder: &Path) -> Result<(), Error> {
    let package = folder.join(PACKAGE);
    fs::write(&package, automock_testkit::placeholder_reaper()).map_err(Error::file(&package))
}
