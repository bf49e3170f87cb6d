//! The subcommands: for each a pure builder of its arguments and a thin runner.

mod apply;
mod args;
mod destroy;
mod force_unlock;
mod import;
mod init;
mod output;
mod plan;
mod providers_lock;
mod show;
mod state_list;
mod state_pull;
mod state_rm;
mod validate;

pub use apply::{ApplyOptions, ApplyOutcome};
pub use args::Lock;
pub use destroy::DestroyOptions;
pub use import::ImportOptions;
pub use init::{BackendMode, InitOptions, InitOutcome};
pub use plan::{PlanMode, PlanOptions, PlanOutcome};
pub use validate::Validation;
