//! Showing what is wrong with a file, each problem with its place.

use std::fmt::Write as _;
use std::path::Path;

use automock_model::Problem;
use owo_colors::OwoColorize;

use crate::printer::Printer;

/// Prints problems the way compilers do: place, words, the line in question.
pub(crate) fn print(printer: Printer, path: &Path, text: &str, problems: &[Problem]) {
    for problem in problems {
        printer.problem(&render(path, text, problem));
    }
}

/// Prints what is allowed and probably not meant in the same way, as warnings.
pub(crate) fn print_advice(printer: Printer, path: &Path, text: &str, advice: &[Problem]) {
    for problem in advice {
        printer.warning(render(path, text, problem));
    }
}

fn render(path: &Path, text: &str, problem: &Problem) -> String {
    let place = match (problem.line, problem.column) {
        (Some(line), Some(column)) => format!("{}:{line}:{column}", path.display()),
        _ => path.display().to_string(),
    };
    let mut shown = format!("{problem}\n  {} {place}", "-->".blue());
    let line = problem
        .line
        .and_then(|line| text.lines().nth(line - 1))
        .filter(|line| line.chars().count() <= 160);
    if let (Some(line), Some(number)) = (line, problem.line) {
        let _ = write!(shown, "\n {:>4} {} {line}", number.blue(), "|".blue());
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_the_line_in_question() {
        let text = "name = \"shop\"\n[tasks]\nmax = 5\n";
        let mut problem = Problem::new("tasks.max", "is less than tasks.min (10)");
        (problem.line, problem.column) = (Some(3), Some(7));
        let shown = render(Path::new("automock.toml"), text, &problem);
        let plain = anstream::adapter::strip_str(&shown).to_string();
        assert_eq!(
            plain,
            "tasks.max: is less than tasks.min (10)\n  --> automock.toml:3:7\n    3 | max = 5"
        );
    }
}
