//! The index of the decision records.

use super::artifact::Artifact;
use super::markers;
use crate::error::Error;
use crate::workspace::{SourceFile, Workspace};

const DIRECTORY: &str = "docs/decisions";

/// Fills the index with the title of each record.
pub(crate) fn generate(workspace: &Workspace) -> Result<Vec<Artifact>, Error> {
    let path = format!("{DIRECTORY}/README.md");
    let Some(document) = workspace.read(&path)? else {
        return Ok(Vec::new());
    };
    let records: Vec<SourceFile> = workspace
        .files(DIRECTORY, &[".md"])?
        .into_iter()
        .filter(|file| file.path != path)
        .collect();
    let text = markers::splice(&path, &document, &index(&records)?)?;
    Ok(vec![Artifact { path, text }])
}

fn index(records: &[SourceFile]) -> Result<String, Error> {
    if records.is_empty() {
        return Ok("No decision has been recorded yet.".to_owned());
    }
    let lines: Result<Vec<String>, Error> = records.iter().map(index_line).collect();
    Ok(lines?.join("\n"))
}

fn index_line(record: &SourceFile) -> Result<String, Error> {
    let malformed = |reason: &str| Error::Malformed {
        path: record.path.clone(),
        reason: reason.to_owned(),
    };
    let file = record.path.rsplit('/').next().unwrap_or(&record.path);
    let number = file
        .split_once('-')
        .map(|(number, _)| number)
        .filter(|number| number.len() == 4 && number.bytes().all(|byte| byte.is_ascii_digit()))
        .ok_or_else(|| malformed("its name must be NNNN-short-name.md"))?;
    let title = record
        .text
        .lines()
        .find_map(|line| line.strip_prefix("# "))
        .ok_or_else(|| malformed("it needs a title"))?;
    // Titles may repeat the number; the index shows it once.
    let title = title
        .trim_start_matches(number)
        .trim_start_matches([':', '.', ' ']);
    Ok(format!("* [{number}]({file}) {}", title.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(path: &str, text: &str) -> SourceFile {
        SourceFile {
            path: path.to_owned(),
            text: text.to_owned(),
        }
    }

    #[test]
    fn the_index_lists_numbers_and_titles() {
        let records = [
            record(
                "docs/decisions/0001-modules.md",
                "# Modules are real files\n",
            ),
            record(
                "docs/decisions/0002-time.md",
                "# 0002: No time in Terraform\n",
            ),
        ];
        assert_eq!(
            index(&records).unwrap(),
            "* [0001](0001-modules.md) Modules are real files\n\
             * [0002](0002-time.md) No time in Terraform"
        );
    }

    #[test]
    fn a_record_needs_a_number_and_a_title() {
        for (path, text) in [
            ("docs/decisions/modules.md", "# Modules\n"),
            ("docs/decisions/12-modules.md", "# Modules\n"),
            ("docs/decisions/0001-modules.md", "Modules\n"),
        ] {
            assert!(index(&[record(path, text)]).is_err(), "{path}");
        }
    }
}
