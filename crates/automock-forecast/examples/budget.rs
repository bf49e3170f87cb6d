//! Fails when a project could cost more than a limit, as a step of a CI pipeline.
//!
//! ```text
//! cargo run -p automock-forecast --example budget -- automock.toml 20 500
//! ```
//!
//! The arguments are the project file, the limit in US dollars and the expected requests per second.
//! It prints the worst case and what it consists of; the exit code is 0 when it is within
//! the limit and 1 when it is not, or when nobody can know.

use std::error::Error;
use std::process::ExitCode;
use std::{env, fs};

use automock_forecast::{
    BudgetError, Load, PriceBook, RequestsPerSecond, Usd, Window, bill, check_budget, suggestions,
};
use automock_model::Project;

fn main() -> ExitCode {
    judge().unwrap_or_else(|error| {
        show(&format!("error: {error}"));
        ExitCode::FAILURE
    })
}

fn judge() -> Result<ExitCode, Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let mut next = |what: &str| arguments.next().ok_or_else(|| format!("{what} is missing"));
    let project = Project::from_toml(&fs::read_to_string(next("the project file")?)?)?;
    let max: Usd = next("the limit in US dollars")?.parse()?;
    let rate: f64 = next("the number of requests per second")?.parse()?;
    let load = Load::new(RequestsPerSecond::new(rate)?);
    let prices = PriceBook::built_in();

    match check_budget(&project, &load, &prices, max) {
        Ok(worst_case) => {
            show(&format!("at most {worst_case}, which is within {max}"));
            Ok(ExitCode::SUCCESS)
        }
        Err(error) => {
            show(&error.to_string());
            if let BudgetError::Exceeded { .. } = error {
                explain(&project, &load, &prices)?;
            }
            Ok(ExitCode::FAILURE)
        }
    }
}

/// Shows what the worst case consists of, and what would make it cheaper.
fn explain(project: &Project, load: &Load, prices: &PriceBook) -> Result<(), Box<dyn Error>> {
    let Some(window) = Window::worst_case(project, load) else {
        return Ok(());
    };
    let mut lines = bill(project, load, prices, &window)?.lines;
    lines.sort_by_key(|line| std::cmp::Reverse(line.amount));
    for line in lines.iter().take(5) {
        show(&format!(
            "{:>10}  {}: {}",
            line.amount, line.what, line.derivation
        ));
    }
    for suggestion in suggestions(project, load, prices, &window)?.iter().take(3) {
        let words = suggestion.change.words();
        show(&format!("{} would save {}", words, suggestion.saving));
    }
    Ok(())
}

#[expect(clippy::print_stdout, reason = "an example talks to its reader")]
fn show(line: &str) {
    println!("{line}");
}
