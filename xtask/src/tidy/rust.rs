//! Rules for Rust files.

use super::mask;
use super::report::Finding;
use crate::workspace::SourceFile;

/// A file above this should be split soon.
const LONG_LINES: usize = 500;

/// A file above this must be split.
const MAXIMUM_LINES: usize = 800;

/// `main.rs` only calls the library and stays below this.
const MAXIMUM_MAIN_LINES: usize = 15;

/// Checks one file, if it is a Rust file.
pub(crate) fn check(file: &SourceFile) -> Vec<Finding> {
    if !file.has_extension("rs") {
        return Vec::new();
    }
    let mut findings = Vec::new();
    findings.extend(documented(file));
    findings.extend(length(file));
    findings.extend(main_length(file));
    findings.extend(unwraps(file));
    findings
}

fn documented(file: &SourceFile) -> Option<Finding> {
    let missing = !file.text.starts_with("//!");
    missing.then(|| Finding::violation(&file.path, "does not start with `//!`").at(0))
}

fn length(file: &SourceFile) -> Option<Finding> {
    let lines = file.text.lines().count();
    let message = format!("{lines} lines");
    if lines > MAXIMUM_LINES {
        let message = format!("{message}; {MAXIMUM_LINES} is the limit, split it");
        Some(Finding::violation(&file.path, message))
    } else if lines > LONG_LINES {
        let message = format!("{message}; above {LONG_LINES} a file is hard to read");
        Some(Finding::warning(&file.path, message))
    } else {
        None
    }
}

fn main_length(file: &SourceFile) -> Option<Finding> {
    let lines = file.text.lines().count();
    let long = file.path.ends_with("src/main.rs") && lines >= MAXIMUM_MAIN_LINES;
    long.then(|| {
        let message = format!("{lines} lines; main.rs stays below {MAXIMUM_MAIN_LINES}");
        Finding::violation(&file.path, message)
    })
}

fn unwraps(file: &SourceFile) -> Vec<Finding> {
    if !is_production(&file.path) {
        return Vec::new();
    }
    let code = mask::production_code(&file.text);
    code.lines()
        .enumerate()
        .filter(|(_, line)| line.contains(".unwrap()"))
        .map(|(index, _)| {
            let message = "`unwrap()` outside tests; return an error or `expect` the invariant";
            Finding::violation(&file.path, message).at(index)
        })
        .collect()
}

/// Says whether a path holds code that ships: below `src`, and not a module of tests.
fn is_production(path: &str) -> bool {
    let Some((_, inside)) = format!("/{path}")
        .split_once("/src/")
        .map(|(before, inside)| (before.to_owned(), inside.to_owned()))
    else {
        return false;
    };
    !inside
        .split('/')
        .any(|part| matches!(part, "tests" | "tests.rs") || part.ends_with("_tests.rs"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::Severity;

    fn findings(path: &str, text: &str) -> Vec<Finding> {
        check(&SourceFile {
            path: path.to_owned(),
            text: text.to_owned(),
        })
    }

    fn lines(count: usize) -> String {
        format!("//! Long.\n{}", "fn f() {}\n".repeat(count - 1))
    }

    #[test]
    fn a_clean_file_has_no_findings() {
        assert_eq!(findings("src/lib.rs", "//! Clean.\nfn f() {}\n"), []);
        assert_eq!(findings("README.md", "# Not Rust\n"), []);
    }

    #[test]
    fn every_file_starts_with_its_documentation() {
        for text in ["", "fn f() {}\n", "/// Item.\nfn f() {}\n", "\n//! Late.\n"] {
            assert_eq!(findings("tests/it.rs", text).len(), 1, "{text:?}");
        }
    }

    #[test]
    fn long_files_warn_and_longer_ones_fail() {
        assert_eq!(findings("src/a.rs", &lines(500)), []);
        let long = findings("src/a.rs", &lines(501));
        assert_eq!(long[0].severity, Severity::Warning);
        assert_eq!(
            findings("src/a.rs", &lines(800))[0].severity,
            Severity::Warning
        );
        let longer = findings("src/a.rs", &lines(801));
        assert_eq!(longer[0].severity, Severity::Violation);
    }

    #[test]
    fn main_is_short() {
        assert_eq!(findings("crates/a/src/main.rs", &lines(14)), []);
        assert_eq!(findings("crates/a/src/main.rs", &lines(15)).len(), 1);
        assert_eq!(findings("crates/a/src/remain.rs", &lines(15)), []);
    }

    #[test]
    fn unwrap_is_found_in_production_code_only() {
        let text = "//! Docs.\nfn f() {\n    g().unwrap();\n}\n";
        assert_eq!(findings("crates/a/src/lib.rs", text)[0].line, Some(3));
        for path in [
            "crates/a/tests/it.rs",
            "crates/a/examples/tour.rs",
            "crates/a/src/tests.rs",
            "crates/a/src/tests/render.rs",
            "crates/a/src/render_tests.rs",
        ] {
            assert_eq!(findings(path, text), [], "{path}");
        }
        let tested =
            "//! Docs: `.unwrap()`.\n#[cfg(test)]\nmod tests {\n    fn f() { g().unwrap(); }\n}\n";
        assert_eq!(findings("src/lib.rs", tested), []);
    }
}
