//! `automock extend`

use automock_model::duration::parse_seconds;
use automock_stack::{ExtendBy, extend};
use jiff::{Timestamp, Zoned};

use crate::args::GlobalArgs;
use crate::context::{self, StackArgs};
use crate::failure::Failure;
use crate::printer::Printer;
use crate::run::Run;
use crate::{moment, text};

/// Give a stack more time
///
/// Needs only the stack's record, no terraform. It either wins against the reaper or is refused:
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
    let by = match (args.by, args.until) {
        (_, Some(until)) => ExtendBy::Until(until),
        (by, None) => ExtendBy::Seconds(by.unwrap_or_default()),
    };
    let run = Run::reading(printer);
    let of_project = named.of_project.as_ref();
    let extended = extend(&named.stack, &named.region, &settings, by, of_project).await;
    let extended = run.end(extended)?;
    printer.result(&extended, text::extended(&extended, Timestamp::now()));
    Ok(())
}
