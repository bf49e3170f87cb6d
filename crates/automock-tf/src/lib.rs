//! Runs `terraform` or `tofu` and gives back types.
//!
//! # The tour
//!
//! [`Terraform::locate`] finds the binary and refuses one that is too old. A [`Workspace`] is a
//! directory with a configuration; its methods are the subcommands. Commands that take long
//! report through [`Events`] while they run and can be stopped through [`Cancel`].
//!
//! ```no_run
//! use automock_tf::command::{ApplyOptions, InitOptions, PlanOptions};
//! use automock_tf::{Binary, Cancel, Environment, Events, Terraform};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let environment = Environment::inherit(std::env::vars_os());
//! let terraform = Terraform::locate(&Binary::Any, environment).await?;
//! let workspace = terraform.workspace("stack").variable("size", "small");
//!
//! let (events, mut messages) = Events::channel();
//! let printer = tokio::spawn(async move {
//!     while let Some(message) = messages.recv().await {
//!         println!("{}", message.text);
//!     }
//! });
//!
//! let cancel = Cancel::never();
//! workspace.init(&InitOptions::default(), &events, &cancel).await?;
//! let plan = workspace.plan(&PlanOptions::default().out("stack.tfplan"), &events, &cancel).await?;
//! if plan.has_changes && !plan.report.destroys() {
//!     workspace.apply(&ApplyOptions::plan("stack.tfplan"), &events, &cancel).await?;
//! }
//! drop(events);
//! printer.await?;
//! for (name, output) in &workspace.outputs().await? {
//!     println!("{name} = {output:?}");
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # What it takes care of
//!
//! * **Nothing steers terraform by accident.** The child gets an [`Environment`] without
//!   `TF_VAR_*`, `TF_CLI_ARGS*`, `TF_WORKSPACE` and their like.
//! * **A dead caller does not break an apply.** Terraform writes to a log file that this crate
//!   reads along, so it goes on, stores its state and releases its lock when nobody listens.
//! * **Stopping is polite first.** One interrupt, a grace period, then a kill; and
//!   [`Error::Interrupted`] says which of them it was and whether a lock may remain.
//! * **Errors are Terraform's own.** [`Failure`] carries its diagnostics and a [`Cause`] for the
//!   well-known ones.
//! * **Secrets stay out.** [`plan::Plan`] and [`state::State`] never hold a value that Terraform
//!   marks as sensitive; an [`output::Output`] shows one only on request.
//!
//! The crate reads no environment variables, prints nothing and knows nothing of AutoMock.

pub mod address;
mod binary;
mod cancel;
mod cause;
pub mod command;
pub mod diagnostic;
mod environment;
mod error;
mod escapes;
pub mod event;
pub mod output;
pub mod plan;
mod report;
mod run;
pub mod state;
mod wire;
mod workspace;

pub use address::{Address, InstanceKey};
pub use binary::{Binary, Flavour, LocateError, Terraform};
pub use cancel::Cancel;
pub use cause::{Cause, LockId, LockInfo};
pub use diagnostic::Diagnostic;
pub use environment::Environment;
pub use error::{Error, Failure, Interruption, Result};
pub use event::{Event, Events, Message};
pub use report::PlanReport;
pub use workspace::Workspace;
