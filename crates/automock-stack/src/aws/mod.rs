//! The AWS side: one session per run, and small readers over the SDK.

mod endpoints;
pub(crate) mod images;
pub(crate) mod limits;
pub(crate) mod objects;
pub(crate) mod scaling;
pub(crate) mod service;
mod session;

use jiff::Timestamp;

pub use session::{AwsError, Session};

/// Converts an SDK time; one out of range is as good as none.
pub(crate) fn timestamp(time: &aws_sdk_ecs::primitives::DateTime) -> Option<Timestamp> {
    Timestamp::new(time.secs(), i32::try_from(time.subsec_nanos()).ok()?).ok()
}
