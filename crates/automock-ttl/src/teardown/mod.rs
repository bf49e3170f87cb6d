//! Removing what is left of a stack: deciding what may go now, and a driver that does it.

mod cloud;
mod driver;
mod item;
mod progress;
mod report;

pub use cloud::{Clock, Cloud, Outcome, Presence};
pub use driver::{Event, Limits, remove_all};
pub(crate) use driver::{Watcher, remove_watched};
pub(crate) use item::later;
pub use progress::{Progress, Step};
pub use report::{Ending, Hold, Remaining, Report};

#[cfg(test)]
mod fake;
#[cfg(test)]
mod tests;
