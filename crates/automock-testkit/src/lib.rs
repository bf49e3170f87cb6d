//! Test support for AutoMock: an AWS that runs on the loopback interface.
//!
//! [`Emulator`] starts moto with a layer of corrections (the Python package under
//! `emulator/`), so that the real terraform with the real AWS provider applies a whole
//! stack, plans again with "No changes" and destroys it, without an AWS account.
//!
//! # A world per test
//!
//! Starting takes about two seconds, copying a running world some 15 milliseconds.
//! [`fresh_world`] therefore starts one emulator for each test binary and hands each test
//! a copy. [`Emulator::fork`] copies a world with everything in it: apply once, then let
//! many tests start from there.
//!
//! ```no_run
//! use automock_testkit::{ServiceFailure, fresh_world};
//!
//! let world = fresh_world();
//! assert!(world.census()?.is_empty());
//!
//! let applied = world; // after `terraform apply` with `applied.env()`
//! let doomed = applied.fork()?;
//! doomed.fail_service("automock-*", &ServiceFailure::TasksStopped {
//!     reason: "CannotPullContainerError: no such manifest".into(),
//! })?;
//! # Ok::<(), automock_testkit::TestkitError>(())
//! ```
//!
//! # What is left
//!
//! [`Emulator::census`] names everything that was made and not deleted, in all accounts
//! and regions. After a destroy it must be empty.
//!
//! # Functions
//!
//! The emulator keeps Lambda functions and runs none. [`LambdaFunction`] runs a function's program
//! as Lambda would, through a Runtime API on the loopback interface. A [`Gate`] in front of a
//! world shuts at a chosen request, so that a program can be killed right there.
//!
//! # Permissions and faults
//!
//! [`Emulator::enforce`] holds the requests of an access key to the policies of a role as real
//! terraform made it, and says what was denied and which rights were used. [`Emulator::fault`] lets
//! chosen calls fail, [`Emulator::calls`] tells what was called.
//!
//! # Tools
//!
//! [`setup_venv`] prepares Python's side (`cargo xtask test` calls it), [`Tooling`] finds
//! terraform and the providers. [`setup_clients`] installs MockServer's official clients, [`Clients`]
//! runs scripts with them. [`setup_s3_server`] builds a second S3, [`S3Server`] runs it. [`setup_image_registry`] gets a container registry, [`ImageRegistry`] runs
//! it. This crate reads the environment, because it is for tests: `AUTOMOCK_EMULATOR_PYTHON`,
//! `AUTOMOCK_CLIENTS`, `AUTOMOCK_DOCKER_REGISTRY`, `AUTOMOCK_TERRAFORM` and `AUTOMOCK_TF_PLUGIN_DIR`.

mod access;
mod census;
mod clients;
mod control;
mod emulator;
mod error;
mod fault;
mod gate;
mod http;
mod image_registry;
mod live;
mod load;
mod placeholder;
mod runtime_api;
mod s3_server;
mod tooling;
mod venv;
mod zone;

pub use access::{Denial, Rights, Use};
pub use census::{Census, CensusDiff, Resource};
pub use clients::{Clients, setup_clients};
pub use emulator::{Emulator, REMOVED_VARIABLES, ServiceFailure, Settings, fresh_world};
pub use error::TestkitError;
pub use fault::{Call, Fault};
pub use gate::{Gate, Moment};
pub use image_registry::{ImageRegistry, setup_image_registry};
pub use live::{LiveBalancer, LiveEvent, LiveOptions, LiveState, LiveTask};
pub use load::{Load, LoadReport, LoadRun, Percentiles};
pub use placeholder::{placeholder_engine, placeholder_reaper};
pub use runtime_api::{Ending, ErrorReport, FunctionProcess, LambdaFunction, Reply};
pub use s3_server::{S3Server, setup_s3_server};
pub use tooling::{ProviderSource, Tooling};
pub use venv::{Setup, find_python, setup_venv};
