//! The simulation: the loop from load to tasks and back, second by second.

mod adjust;
mod balancer;
mod fleet;
mod meter;
mod metric;
mod profile;
mod random;
mod scaler;
mod scenario;
mod shape;
mod timeline;
mod timings;

pub use adjust::{scale_in, scale_out, track};
pub use profile::{Profile, ProfileError, ProfileFault};
pub use scenario::{Resolution, Scenario, run, simulate};
pub use shape::ShapeError;
pub use timeline::{Event, EventKind, MetricName, Sample, Simulation, Summary};
pub use timings::Timings;
