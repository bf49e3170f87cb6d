//! The life of an AutoMock stack as a library: bootstrap, plan, deploy, status, push, destroy.
//!
//! # A tour
//!
//! [`Stack::open`] takes a validated project and [`Settings`], finds terraform, and asks AWS whose
//! credentials these are. Its methods are what a person does with a stack; each reports through
//! [`Events`], can be stopped through a [`CancellationToken`], and leaves the decision about a plan
//! to the caller.
//!
//! ```no_run
//! use automock_model::{Expectations, Project};
//! use automock_stack::{CancellationToken, DeployOptions, DestroyOptions, Events, Settings, Stack};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let project = Project::from_toml(&std::fs::read_to_string("automock.toml")?)?;
//! let expectations = Expectations::parse(&std::fs::read_to_string("expectations.json")?)?;
//! let settings = Settings::new(".").with_environment(std::env::vars());
//! let (events, cancel) = (Events::ignore(), CancellationToken::new());
//!
//! let stack = Stack::open(project, settings).await?;
//! let deployment = stack
//!     .deploy(&expectations, DeployOptions::default(), &events, &cancel, |plan| {
//!         plan.counts.delete == 0
//!     })
//!     .await?;
//! println!("{} until {:?}", deployment.url, deployment.expires_at);
//!
//! stack.destroy(DestroyOptions::default(), &events, &cancel, |_| true).await?;
//! # Ok(())
//! # }
//! ```
//!
//! - [`bootstrap`] makes the account foundation, once per account and region.
//! - [`destroy`] needs only a stack's name: the registry knows the rest.
//! - [`extend`] gives a stack more time.
//! - [`list`] shows what there is, runs that died included.
//! - [`sweep`] finds and removes stacks that are overdue, half-created or forgotten.
//! - [`doctor`] says what stands in the way of a deploy.
//!
//! # What it takes care of
//!
//! * A stack is in the registry before its first resource exists.
//! * Terraform outlives a deployer that is killed, and stores its state; what a killed terraform
//!   left outside of its state is found by tags and removed.
//! * A lock is taken away only when its holder is known to be dead, or on request.
//! * Errors say what to do next: [`Error::hint`].

mod aws;
mod claim;
mod confirm;
mod deploy;
mod destroy;
mod doctor;
pub mod engine_image;
mod error;
mod events;
mod extend;
mod follow;
mod foundation;
mod health;
mod held;
mod hint;
mod identity;
mod list;
mod local_objects;
pub mod lock;
mod notify;
mod outside;
mod plan;
mod preflight;
pub mod progress;
mod push;
pub mod reaper_package;
mod registry;
mod removals;
pub mod render;
mod rollout;
mod settings;
mod stack;
mod status;
mod sweep;
mod takeover;
mod teardown;
mod workspace;

pub use aws::scaling::{AlarmView, Bounds, ScalingActivity};
pub use aws::service::{DeploymentView, ServiceEvent, ServiceView, TargetProblem, TargetsView};
pub use aws::{AwsError, Session};
pub use confirm::Refusal;
pub use deploy::{DeployOptions, Deployment};
pub use destroy::{DestroyOptions, DestroyPreview, Destroyed, destroy};
pub use doctor::{Check, Diagnosis, Verdict, doctor};
pub use error::{Error, ErrorKind, Remains};
pub use events::{Event, Events};
pub use extend::{ExtendBy, ExtendRefusal, Extended, extend, preview_extension};
pub use foundation::{BootstrapOptions, Bootstrapped, bootstrap};
pub use health::{Health, HealthOptions};
pub use identity::ProjectOf;
pub use list::{Ending, ListedStack, StackList, list};
pub use plan::{Counts, ModulePlan, PlannedChange, StackPlan};
pub use push::{PushOptions, Pushed};
pub use removals::{RemovalProgress, Waiting};
pub use settings::{ControlToken, Settings, StateLocation};
pub use stack::Stack;
pub use status::Status;
pub use sweep::{Sweep, SweepOptions, SweepOutcome, SweepReason, SweptStack, sweep};
/// Stops a run gracefully; re-exported from `tokio-util`.
pub use tokio_util::sync::CancellationToken;
