//! `automock check`

use std::fs;
use std::path::Path;

use automock_model::{Expectations, Problem, Project};
use serde::Serialize;

use crate::args::GlobalArgs;
use crate::context::{PROJECT_FILE, read_project_text};
use crate::failure::Failure;
use crate::printer::Printer;
use crate::problems;

/// Check the project and its expectations; touches nothing
///
/// All problems are shown at once, each with its place, the value, and why it is wrong. Expectations
/// that are never asked, texts that are no regular expression, large bodies, and delays that the stack
/// on AWS cuts short are warnings. A file that a task has no memory for is a problem.
#[derive(Debug, clap::Args)]
pub struct Args {}

#[derive(Default, Serialize)]
struct Report {
    valid: bool,
    project: FileReport,
    expectations: FileReport,
    #[serde(skip_serializing_if = "Option::is_none")]
    revision: Option<String>,
}

#[derive(Default, Serialize)]
struct FileReport {
    path: String,
    problems: Vec<Problem>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<Problem>,
}

impl FileReport {
    fn add(&mut self, printer: Printer, path: &Path, text: &str, found: &[Problem]) {
        problems::print(printer, path, text, found);
        self.problems = found.to_vec();
    }

    fn warn(&mut self, printer: Printer, path: &Path, text: &str, advice: Vec<Problem>) {
        problems::print_advice(printer, path, text, &advice);
        self.warnings = advice;
    }
}

pub(crate) fn run(_args: &Args, global: &GlobalArgs, printer: Printer) -> Result<(), Failure> {
    let mut report = Report::default();
    let project_path = global.project.join(PROJECT_FILE);
    report.project.path = project_path.display().to_string();
    let text = read_project_text(&project_path, &global.project)?;
    let project = match Project::from_toml(&text) {
        Ok(project) => Some(project),
        Err(found) => {
            report
                .project
                .add(printer, &project_path, &text, found.as_slice());
            None
        }
    };
    // With a broken project file the expectations are still worth a look where they usually lie.
    let file = project
        .as_ref()
        .map_or("expectations.json", |project| project.expectations.as_str());
    let path = global.project.join(file);
    report.expectations.path = path.display().to_string();
    let mut count = 0;
    match fs::read_to_string(&path) {
        Ok(text) => match Expectations::parse(&text) {
            Ok(expectations) => {
                count = expectations.len();
                report.revision = Some(expectations.revision().to_string());
                let mut advice = Expectations::advice(&text);
                if let Some(project) = &project {
                    advice.extend(project.fit_advice(&expectations));
                    if let Err(found) = project.check_fit(&expectations) {
                        report
                            .project
                            .add(printer, &project_path, "", found.as_slice());
                    }
                }
                report.expectations.warn(printer, &path, &text, advice);
            }
            Err(found) => report
                .expectations
                .add(printer, &path, &text, found.as_slice()),
        },
        Err(error) if project.is_some() => {
            let problem = Problem::new("expectations", format!("cannot be read: {error}"))
                .with_value(&path.display().to_string());
            report.expectations.add(printer, &path, "", &[problem]);
        }
        Err(_) => {}
    }
    let problems = report.project.problems.len() + report.expectations.problems.len();
    report.valid = problems == 0;
    let text = match &project {
        Some(project) if report.valid => format!(
            "{} is valid: stack {} in {}, {count} expectations",
            report.project.path,
            project.stack_id(),
            project.region
        ),
        _ => String::new(),
    };
    if report.valid {
        printer.result(&report, text);
        return Ok(());
    }
    printer.result_if_json(&report);
    Err(Failure::Checked { count: problems })
}
