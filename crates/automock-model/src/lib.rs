//! What an AutoMock user wants: the validated project, its names and its expectations.

mod access;
mod domain;
pub mod duration;
mod engine;
pub mod expectations;
mod format;
mod iam;
mod ids;
pub mod names;
mod network;
mod observability;
mod problem;
mod project;
mod region;
mod scaling;
pub mod schema;
#[cfg(any(test, feature = "arbitrary"))]
pub mod strategy;
mod suggest;
mod tasks;
mod ttl;

pub use access::Access;
pub use domain::Domain;
pub use engine::{ContainerImage, Engine};
pub use expectations::{Expectation, Expectations};
pub use iam::Iam;
pub use ids::{AccountId, Environment, InvalidId, ProjectName, Revision, StackId};
pub use names::{Foundation, Names};
pub use network::{ExistingNetwork, Network, NetworkMode};
pub use observability::Observability;
pub use problem::{Problem, Problems};
pub use project::Project;
pub use region::{LISTED_REGIONS, Partition, Region, RegionError};
pub use scaling::{Preset, ScaleIn, Scaling, ScalingPolicy, Step, StepScaling, TargetTracking};
pub use tasks::{Capacity, CapacitySplit, SizeName, TaskSize, Tasks};
pub use ttl::{Lifetime, Ttl};
