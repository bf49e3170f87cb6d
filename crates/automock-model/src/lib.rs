//! What an AutoMock user wants: the validated project, its names and its expectations.
//!
//! AutoMock turns a file of mock expectations into a mock HTTP API on AWS. This crate holds what
//! all its other parts agree on, and decides without touching anything: it does no I/O, reads no
//! environment and knows no clock.
//!
//! # The project
//!
//! A project is a TOML file. [`Project::from_toml`] checks all of it and answers with everything
//! that is wrong at once, each [`Problem`] with its path, place, reason and often the remedy:
//!
//! ```
//! use automock_model::Project;
//!
//! let file = r#"
//! name = "petstore"
//! region = "eu-wst-1"
//!
//! [tasks]
//! min = 10
//! max = 5
//! "#;
//! let problems = Project::from_toml(file).unwrap_err();
//! let problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
//! assert!(problems[0].starts_with("region: \"eu-wst-1\" is not a region that AutoMock knows"));
//! assert_eq!(problems[1], "tasks.max: 5 is less than tasks.min (10)");
//! ```
//!
//! Only the name must be written; everything else has a default. [`Project::template`] writes a
//! commented file with all of them, [`Project::to_toml`] writes a project back, and
//! [`schema::project_schema`] describes the file for editors.
//!
//! ```
//! use automock_model::{Project, ScalingPolicy, StepScaling};
//!
//! let project = Project::from_toml("name = \"petstore\"").unwrap();
//! assert_eq!(project.region.as_str(), "us-east-1");
//! assert_eq!(project.tasks.size.memory_mib(), 512);
//! assert_eq!(project.ttl.duration.seconds(), Some(4 * 60 * 60));
//! assert_eq!(project.scaling.policy, ScalingPolicy::Steps(StepScaling::seed()));
//! ```
//!
//! # The names
//!
//! A project in an environment is a stack. [`Names`] tells what its AWS resources are called, and
//! [`Foundation`] what the stacks of one account and region share. Every name is within the limits
//! of its service; [`names::fit`] cuts those that are not and keeps them apart.
//!
//! # The expectations
//!
//! [`Expectations::parse`] checks a MockServer expectations file as strictly as an engine does, and
//! [`Expectations::compose`] gives what the tasks load. [`Expectations::longest_answer`] says how long
//! an answer waits; from that follows the [`StopTiming`] of a task. [`Project::check_fit`] and
//! [`Project::fit_advice`] say whether project and expectations go together.
//!
//! # Features
//!
//! - `arbitrary`: the module `strategy` generates valid projects for property tests.

mod access;
mod domain;
pub mod duration;
mod engine;
pub mod environment;
pub mod expectations;
mod fit;
mod format;
mod iam;
mod ids;
mod memory;
pub mod names;
mod network;
mod observability;
mod problem;
mod project;
mod region;
mod scaling;
pub mod schema;
mod stopping;
#[cfg(any(test, feature = "arbitrary"))]
pub mod strategy;
mod suggest;
mod tasks;
mod ttl;

pub use access::Access;
pub use domain::Domain;
pub use engine::{ContainerImage, Engine, EngineKind};
pub use expectations::{Expectation, Expectations, LongestAnswer};
pub use iam::Iam;
pub use ids::{AccountId, Environment, InvalidId, ProjectName, Revision, StackId};
pub use memory::{BODIES_DIVISOR, JOURNAL_BYTES, expectations_memory, expectations_room};
pub use names::{Foundation, Names};
pub use network::{ExistingNetwork, Network, NetworkMode};
pub use observability::Observability;
pub use problem::{Problem, Problems};
pub use project::Project;
pub use region::{LISTED_REGIONS, Partition, Region, RegionError};
pub use scaling::{Preset, ScaleIn, Scaling, ScalingPolicy, Step, StepScaling, TargetTracking};
pub use stopping::StopTiming;
pub use tasks::{Capacity, CapacitySplit, SizeName, TaskSize, Tasks};
pub use ttl::{Lifetime, Ttl};
