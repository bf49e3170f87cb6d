//! Giving a stack more time.
//!
//! The only thing that changes is the record, by a write that presents the version it was read at.
//! The reaper begins a teardown by such a write as well, so exactly one of the two wins.

use automock_model::{Region, StackId, Ttl};
use automock_ttl::deadline;
use automock_ttl::record::{Phase, StackRecord};
use automock_ttl::registry::{Registry, RegistryError, Version};
use jiff::Timestamp;
use serde::Serialize;

use crate::aws::Session;
use crate::identity::{self, ProjectOf};
use crate::settings::Settings;
use crate::stack::require_foundation;
use crate::{Error, registry};

/// Tries to write before giving up: each one lost means that somebody else wrote meanwhile.
const TRIES: usize = 5;

/// How much more time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExtendBy {
    /// So many seconds after the present end; after now, when that end is past.
    Seconds(u64),
    /// Until this moment.
    Until(Timestamp),
}

/// A stack's new end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Extended {
    /// The stack.
    pub stack: String,
    /// Since when it has existed.
    pub since: Timestamp,
    /// When it would have ended.
    pub from: Timestamp,
    /// When it ends now.
    pub to: Timestamp,
    /// Seconds until then.
    pub seconds_left: i64,
}

/// Why a stack's time can't be extended.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ExtendRefusal {
    /// Its teardown has begun, and none is ever taken back.
    #[error("the stack is being torn down since {since}; its time can't be extended")]
    TearingDown {
        /// Since when.
        since: Timestamp,
    },
    /// It is gone, all but the last traces of its reaper.
    #[error("the stack is gone since {since}; its time can't be extended")]
    Gone {
        /// Since when.
        since: Timestamp,
    },
    /// It has no end.
    #[error("the stack has no time to live; there is nothing to extend")]
    NoEnd,
    /// The moment is over.
    #[error("{until} is past")]
    Past {
        /// The moment.
        until: Timestamp,
    },
    /// The moment comes before the present end.
    #[error("the stack lives until {end} already, which is later than {until}")]
    Earlier {
        /// The moment.
        until: Timestamp,
        /// The present end.
        end: Timestamp,
    },
    /// No time at all was asked for.
    #[error("nothing would change by 0 seconds")]
    Nothing,
    /// It would live too long.
    #[error(
        "the stack would live until {to}; at most {} from now are allowed",
        Ttl::from_seconds(Ttl::MAX_SECONDS)
    )]
    TooLong {
        /// The new end.
        to: Timestamp,
    },
}

/// Moves the end of a stack.
///
/// `of_project` is the project that the stack must belong to, where the caller knows it. The
/// warning before the end becomes due anew.
///
/// # Errors
///
/// [`Error::NoStack`] when there is none, [`Error::NotExtended`] when its time can't be moved
/// like that.
pub async fn extend(
    stack: &StackId,
    region: &Region,
    settings: &Settings,
    by: ExtendBy,
    of_project: Option<&ProjectOf>,
) -> Result<Extended, Error> {
    let extension = Extension::connect(stack, region, settings, of_project).await?;
    for _ in 1..TRIES {
        match extension.attempt(by).await {
            Err(Error::Registry(RegistryError::Conflict { .. })) => {}
            outcome => return outcome,
        }
    }
    extension.attempt(by).await
}

/// What [`extend`] would do, without doing it.
///
/// Whoever has to think about the new end asks for it first, and then extends until that moment.
///
/// # Errors
///
/// Those of [`extend`].
pub async fn preview_extension(
    stack: &StackId,
    region: &Region,
    settings: &Settings,
    by: ExtendBy,
    of_project: Option<&ProjectOf>,
) -> Result<Extended, Error> {
    let extension = Extension::connect(stack, region, settings, of_project).await?;
    let (_, _, extended) = extension.decide(by).await?;
    Ok(extended)
}

/// A stack that is to have more time.
struct Extension<'a> {
    stack: &'a StackId,
    region: &'a Region,
    of_project: Option<&'a ProjectOf>,
    session: Session,
    registry: Box<dyn Registry>,
}

impl<'a> Extension<'a> {
    async fn connect(
        stack: &'a StackId,
        region: &'a Region,
        settings: &Settings,
        of_project: Option<&'a ProjectOf>,
    ) -> Result<Self, Error> {
        let session = Session::connect(region, settings).await?;
        require_foundation(&session, settings, region).await?;
        let registry = registry::open(&session, settings, region);
        Ok(Self {
            stack,
            region,
            of_project,
            session,
            registry,
        })
    }

    /// Reads, decides and writes once.
    async fn attempt(&self, by: ExtendBy) -> Result<Extended, Error> {
        let (record, version, extended) = self.decide(by).await?;
        self.registry.update(&record, &version).await?;
        Ok(extended)
    }

    /// Reads and decides: the changed record, the version that it was read at, and the change.
    async fn decide(&self, by: ExtendBy) -> Result<(StackRecord, Version, Extended), Error> {
        let Some(found) = self.registry.get(self.stack).await? else {
            return Err(Error::NoStack {
                stack: self.stack.to_string(),
                account: self.session.account().to_owned(),
                region: self.region.to_string(),
            });
        };
        let mut record = found.record;
        identity::check(&record, &self.session, self.region, self.of_project)?;
        let now = Timestamp::now();
        let (from, to) = new_end(&record, by, now).map_err(|refusal| Error::NotExtended {
            stack: self.stack.to_string(),
            refusal,
        })?;
        record.set_expiry(Some(to), now)?;
        let extended = Extended {
            stack: self.stack.to_string(),
            since: record.created_at,
            from,
            to,
            seconds_left: now.duration_until(to).as_secs(),
        };
        Ok((record, found.version, extended))
    }
}

/// The present end and the new one.
fn new_end(
    record: &StackRecord,
    by: ExtendBy,
    now: Timestamp,
) -> Result<(Timestamp, Timestamp), ExtendRefusal> {
    let since = record.updated_at;
    match record.phase {
        Phase::TearingDown => return Err(ExtendRefusal::TearingDown { since }),
        Phase::Done => return Err(ExtendRefusal::Gone { since }),
        _ => {}
    }
    let end = record.expires_at.ok_or(ExtendRefusal::NoEnd)?;
    let to = match by {
        ExtendBy::Seconds(0) => return Err(ExtendRefusal::Nothing),
        ExtendBy::Seconds(seconds) => deadline::after(end.max(now), seconds),
        ExtendBy::Until(until) if until <= now => return Err(ExtendRefusal::Past { until }),
        ExtendBy::Until(until) if until <= end => {
            return Err(ExtendRefusal::Earlier { until, end });
        }
        ExtendBy::Until(until) => until,
    };
    if to > deadline::after(now, Ttl::MAX_SECONDS) {
        return Err(ExtendRefusal::TooLong { to });
    }
    Ok((end, to))
}

#[cfg(test)]
mod tests;
