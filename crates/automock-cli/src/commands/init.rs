//! `automock init`

use std::fs;
use std::path::Path;

use automock_model::{Project, ProjectName};
use serde::Serialize;

use crate::args::GlobalArgs;
use crate::context::PROJECT_FILE;
use crate::failure::Failure;
use crate::printer::Printer;

/// The expectations that a new project starts with.
const EXAMPLE: &str = include_str!("init/expectations.json");

/// Write a commented automock.toml and an example expectations file
///
/// An expectations file that is there already is left alone.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Name of the project; the folder's name when left out
    pub name: Option<ProjectName>,

    /// Replace an automock.toml that is there already
    #[arg(long)]
    pub force: bool,
}

#[derive(Serialize)]
struct Written {
    name: String,
    files: Vec<String>,
}

pub(crate) fn run(args: &Args, global: &GlobalArgs, printer: Printer) -> Result<(), Failure> {
    let folder = &global.project;
    let name = match &args.name {
        Some(name) => name.clone(),
        None => name_of(folder)?,
    };
    let project_file = folder.join(PROJECT_FILE);
    if project_file.exists() && !args.force {
        return Err(Failure::Exists { path: project_file });
    }
    fs::create_dir_all(folder).map_err(|error| Failure::write(folder, error))?;
    let mut files = vec![project_file.display().to_string()];
    fs::write(&project_file, Project::template(&name))
        .map_err(|error| Failure::write(&project_file, error))?;
    let expectations = folder.join("expectations.json");
    if !expectations.exists() {
        fs::write(&expectations, EXAMPLE).map_err(|error| Failure::write(&expectations, error))?;
        files.push(expectations.display().to_string());
    }
    let text = format!("wrote {}", files.join(" and "));
    let written = Written {
        name: name.to_string(),
        files,
    };
    printer.result(&written, text);
    printer.hint("edit automock.toml, then run `automock check` and `automock plan`");
    Ok(())
}

/// A project name made from a folder's name; `mock` where nothing is left of it.
fn name_of(folder: &Path) -> Result<ProjectName, Failure> {
    let full = std::path::absolute(folder).map_err(|error| Failure::read(folder, error))?;
    let name = full.file_name().unwrap_or_default().to_string_lossy();
    Ok(project_name(&name))
}

fn project_name(text: &str) -> ProjectName {
    let mut name: String = text
        .to_lowercase()
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
        .collect();
    name = name
        .trim_start_matches(|c: char| !c.is_ascii_lowercase())
        .chars()
        .take(40)
        .collect();
    name.trim_end_matches('-')
        .parse()
        .unwrap_or_else(|_| "mock".parse().expect("`mock` is a valid project name"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folder_names_become_project_names() {
        for (folder, name) in [
            ("Pet Store", "pet-store"),
            ("42-api", "api"),
            ("x", "mock"),
            ("日本", "mock"),
            ("api_", "api"),
        ] {
            assert_eq!(project_name(folder).as_str(), name, "{folder}");
        }
    }

    #[test]
    fn the_example_is_valid() {
        automock_model::Expectations::parse(EXAMPLE).unwrap();
    }
}
