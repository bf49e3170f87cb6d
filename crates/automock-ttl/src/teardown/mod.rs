//! Removing what is left of a stack: deciding what may go now, and a driver that does it.

mod cloud;
mod driver;
mod progress;

pub use cloud::{Clock, Cloud, Outcome, Presence};
pub use driver::{Event, Limits, remove_all};
pub use progress::{Ending, Hold, Progress, Remaining, Report, Step};

#[cfg(test)]
mod fake;
#[cfg(test)]
mod tests;
