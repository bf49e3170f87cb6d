//! Broken project files and what a person is told about them.
//!
//! The snapshot is the review: read it as the person who wrote the file.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use automock_model::Project;

fn files() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/broken");
    let mut files: Vec<(String, String)> = fs::read_dir(folder)
        .expect("the folder exists")
        .map(|entry| entry.expect("the folder is readable").path())
        .map(|path| {
            let name = path.file_stem().expect("files have names");
            let text = fs::read_to_string(&path).expect("the file is readable");
            (name.to_string_lossy().into_owned(), text)
        })
        .collect();
    files.sort();
    files
}

#[test]
fn every_broken_file_is_explained() {
    let files = files();
    assert!(files.len() >= 30);
    let mut answers = String::new();
    for (name, text) in files {
        let problems = Project::from_toml(&text).expect_err(&name);
        writeln!(answers, "# {name}").unwrap();
        for problem in &problems {
            let place = match (problem.line, problem.column) {
                (Some(line), Some(column)) => format!("{line}:{column}"),
                _ => "-".to_owned(),
            };
            writeln!(answers, "{place:>5}  {problem}").unwrap();
        }
        answers.push('\n');
    }
    insta::assert_snapshot!(answers);
}

#[test]
fn one_file_with_many_mistakes_is_answered_at_once() {
    let (_, text) = files()
        .into_iter()
        .find(|(name, _)| name.ends_with("many-at-once"))
        .expect("the file exists");
    let problems = Project::from_toml(&text).unwrap_err();
    assert!(problems.as_slice().len() >= 15, "{problems}");
}

#[test]
fn every_problem_points_into_the_file() {
    for (name, text) in files() {
        for problem in &Project::from_toml(&text).expect_err(&name) {
            let Some(line) = problem.line else {
                // Only what is missing at the top has no place.
                assert!(problem.reason.contains("missing"), "{name}: {problem}");
                continue;
            };
            assert!(line <= text.lines().count().max(1), "{name}: {problem}");
        }
    }
}
