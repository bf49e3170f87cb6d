//! `automock extend`

use automock_model::duration::parse_seconds;
use automock_stack::{ExtendBy, extend, preview_extension};
use jiff::{Timestamp, Zoned};

use crate::args::GlobalArgs;
use crate::context::{self, StackArgs, load_project};
use crate::cost::{CostArgs, ExpectedLoadArgs};
use crate::failure::Failure;
use crate::printer::Printer;
use crate::run::Run;
use crate::{moment, text};

/// Give a stack more time
///
/// Needs only the stack's record, no terraform; with `--max-usd` also the project, which says what the
/// whole life of the stack may cost. It either wins against the reaper or is refused:
/// once a teardown has begun, no time is given any more. The warning before the end becomes due
/// anew.
#[derive(Debug, clap::Args)]
#[group(id = "length", required = true, multiple = false, args = ["by", "until"])]
pub struct Args {
    /// The stack
    #[command(flatten)]
    pub stack: StackArgs,

    /// How much later than now planned it ends (`2h`, `1d12h`); counted from now when the end is
    /// past
    #[arg(long, value_name = "LENGTH", value_parser = parse_length)]
    pub by: Option<u64>,

    /// When it ends: `2026-01-02T18:00:00Z`, or in local time `"2026-01-02 18:00"` or `18:00`,
    /// which is the next time that the clock shows it
    #[arg(long, value_name = "MOMENT", value_parser = parse_moment)]
    pub until: Option<Timestamp>,

    /// Prices and a limit
    #[command(flatten)]
    pub cost: CostArgs,

    /// What is expected to be asked of the mock
    #[command(flatten)]
    pub expected: ExpectedLoadArgs,
}

fn parse_length(text: &str) -> Result<u64, String> {
    parse_seconds(text).map_err(|error| format!("it {error}"))
}

fn parse_moment(text: &str) -> Result<Timestamp, String> {
    moment::parse(text, &Zoned::now())
}

pub(crate) async fn run(args: &Args, global: &GlobalArgs, printer: Printer) -> Result<(), Failure> {
    let named = args.stack.find(global, printer)?;
    let settings = context::settings(global, args.stack.state.into());
    let mut by = match (args.by, args.until) {
        (_, Some(until)) => ExtendBy::Until(until),
        (by, None) => ExtendBy::Seconds(by.unwrap_or_default()),
    };
    let run = Run::reading(printer);
    let of_project = named.of_project.as_ref();
    if args.cost.max_usd.is_some() {
        // A limit is one of the whole life, and only the project says what that costs.
        let project = load_project(global, printer)?;
        if project.stack_id() != named.stack {
            return Err(Failure::OtherProject {
                stack: named.stack.to_string(),
                of_project: project.stack_id().to_string(),
            });
        }
        let planned =
            preview_extension(&named.stack, &named.region, &settings, by, of_project).await;
        let planned = planned?;
        let seconds = planned.since.duration_until(planned.to).as_secs();
        let seconds = u64::try_from(seconds).unwrap_or_default();
        args.cost
            .refuse_for(&project, &args.expected, seconds, printer)?;
        by = ExtendBy::Until(planned.to);
    }
    let extended = extend(&named.stack, &named.region, &settings, by, of_project).await;
    let extended = run.end(extended)?;
    printer.result(&extended, text::extended(&extended, Timestamp::now()));
    Ok(())
}
