//! Rules for the crates.

use super::report::Finding;
use crate::error::Error;
use crate::workspace::SourceFile;

/// A library explains itself in at least this many lines, or has a README.
const MINIMUM_TOUR_LINES: usize = 10;

/// Checks every package of the workspace.
///
/// # Errors
///
/// Returns [`Error::Malformed`] when a manifest isn't valid TOML.
pub(crate) fn check(files: &[SourceFile]) -> Result<Vec<Finding>, Error> {
    let mut findings = Vec::new();
    for manifest in files {
        let Some(directory) = manifest.path.strip_suffix("/Cargo.toml") else {
            continue;
        };
        findings.extend(inherits_lints(manifest)?);
        if directory.starts_with("crates/") {
            findings.extend(explains_itself(directory, files));
        }
    }
    Ok(findings)
}

fn inherits_lints(manifest: &SourceFile) -> Result<Option<Finding>, Error> {
    let table: toml::Table =
        manifest
            .text
            .parse()
            .map_err(|error: toml::de::Error| Error::Malformed {
                path: manifest.path.clone(),
                reason: error.to_string(),
            })?;
    let inherits = table
        .get("lints")
        .and_then(|lints| lints.get("workspace"))
        .and_then(toml::Value::as_bool)
        .unwrap_or_default();
    let message = "does not inherit the workspace's lints";
    Ok((!inherits).then(|| Finding::violation(&manifest.path, message)))
}

/// A crate has a README, or else a library with a guided tour and a runnable example.
fn explains_itself(directory: &str, files: &[SourceFile]) -> Option<Finding> {
    let find = |path: String| files.iter().find(|file| file.path == path);
    if find(format!("{directory}/README.md")).is_some() {
        return None;
    }
    let manifest = format!("{directory}/Cargo.toml");
    let Some(library) = find(format!("{directory}/src/lib.rs")) else {
        let message = "a program needs a README.md";
        return Some(Finding::violation(&manifest, message));
    };
    let tour = library
        .text
        .lines()
        .take_while(|line| line.starts_with("//!"))
        .count();
    let examples = format!("{directory}/examples/");
    let has_example = files.iter().any(|file| file.path.starts_with(&examples));
    if tour >= MINIMUM_TOUR_LINES && has_example {
        return None;
    }
    let message = format!(
        "needs a README.md, or an example and {MINIMUM_TOUR_LINES} lines of documentation in lib.rs ({tour} now)"
    );
    Some(Finding::violation(&manifest, message))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANIFEST: &str = "[package]\nname = \"a\"\n[lints]\nworkspace = true\n";

    fn files(list: &[(&str, &str)]) -> Vec<SourceFile> {
        list.iter()
            .map(|(path, text)| SourceFile {
                path: (*path).to_owned(),
                text: (*text).to_owned(),
            })
            .collect()
    }

    #[test]
    fn a_library_with_a_tour_and_an_example_is_fine() {
        let tour = "//! Line.\n".repeat(MINIMUM_TOUR_LINES);
        let mut list = vec![
            ("crates/a/Cargo.toml", MANIFEST),
            ("crates/a/src/lib.rs", tour.as_str()),
        ];
        assert_eq!(check(&files(&list)).unwrap().len(), 1);
        list.push(("crates/a/examples/tour.rs", "//! Tour.\n"));
        assert_eq!(check(&files(&list)).unwrap(), []);
    }

    #[test]
    fn a_readme_is_enough() {
        let mut list = vec![("crates/a/Cargo.toml", MANIFEST)];
        assert_eq!(check(&files(&list)).unwrap().len(), 1);
        list.push(("crates/a/README.md", "# a\n"));
        assert_eq!(check(&files(&list)).unwrap(), []);
    }

    #[test]
    fn lints_are_inherited_everywhere() {
        let list = [("xtask/Cargo.toml", "[package]\nname = \"xtask\"\n")];
        let findings = check(&files(&list)).unwrap();
        assert_eq!(
            findings[0].message,
            "does not inherit the workspace's lints"
        );
        assert!(check(&files(&[("xtask/Cargo.toml", "[package")])).is_err());
    }
}
