//! `automock man`

use clap::CommandFactory;

use crate::args::Cli;
use crate::failure::Failure;
use crate::printer::Printer;

/// Print the manual page
///
/// `automock man | man -l -` shows it.
#[derive(Debug, clap::Args)]
pub struct Args {}

pub(crate) fn run(_args: &Args, printer: Printer) -> Result<(), Failure> {
    let mut page = Vec::new();
    clap_mangen::Man::new(Cli::command())
        .render(&mut page)
        .map_err(|error| Failure::io("render the manual page", error))?;
    printer.raw(String::from_utf8_lossy(&page).trim_end());
    Ok(())
}
