//! A record in the hands of one run.

use std::time::Duration;

use automock_ttl::record::{Phase, StackRecord};
use automock_ttl::registry::{Registry, RegistryError, Version, Versioned};
use jiff::{SignedDuration, Timestamp};

use crate::Error;
use crate::events::Events;

/// Writes before giving up: each one lost means that somebody else wrote meanwhile.
const TRIES: usize = 5;

/// How old the record's last sign of life may get while its run goes on. A sweep takes a run of
/// another machine for dead after an hour.
const SIGN_OF_LIFE: SignedDuration = SignedDuration::from_mins(5);

/// How often the age of the last sign of life is looked at.
const LOOK_EVERY: Duration = Duration::from_secs(20);

/// A record together with the registry it came from; every write is conditional on what was read.
pub(crate) struct Held {
    registry: Box<dyn Registry>,
    pub(crate) record: StackRecord,
    /// What the registry has, as far as this run knows.
    stored: Option<(StackRecord, Version)>,
    read_at: Timestamp,
}

impl Held {
    pub(crate) fn existing(registry: Box<dyn Registry>, found: Versioned) -> Self {
        Self {
            registry,
            record: found.record.clone(),
            stored: Some((found.record, found.version)),
            read_at: Timestamp::now(),
        }
    }

    pub(crate) fn new(registry: Box<dyn Registry>, record: StackRecord) -> Self {
        Self {
            registry,
            record,
            stored: None,
            read_at: Timestamp::now(),
        }
    }

    /// When the record was read, or made.
    pub(crate) fn read_at(&self) -> Timestamp {
        self.read_at
    }

    /// Whether the registry has the record already.
    pub(crate) fn is_stored(&self) -> bool {
        self.stored.is_some()
    }

    /// Writes the record: creates it, or replaces exactly the version that was read.
    ///
    /// Whoever extends the stack's time or warns of its end does so in the middle of a run, and
    /// takes nothing from it: their part is kept. Any other change by somebody else is an error.
    pub(crate) async fn save(&mut self) -> Result<(), Error> {
        for _ in 1..TRIES {
            match self.write().await {
                Err(RegistryError::Conflict { .. }) => self.adopt().await?,
                outcome => return Ok(outcome?),
            }
        }
        Ok(self.write().await?)
    }

    /// Writes a sign of life into the record when the last one is some minutes old.
    ///
    /// A failure is warned about; the next sign is due some minutes later.
    pub(crate) async fn keep_alive(&mut self, now: Timestamp, events: &Events) {
        if self.record.updated_at.duration_until(now) < SIGN_OF_LIFE {
            return;
        }
        self.record.updated_at = now;
        if let Err(error) = self.save().await {
            events.warning(format!(
                "the registry does not know that this run goes on: {error}"
            ));
        }
    }

    /// Waits for something, with signs of life in the record.
    pub(crate) async fn alive_during<T>(
        &mut self,
        what: impl Future<Output = T>,
        events: &Events,
    ) -> T {
        let mut look = tokio::time::interval(LOOK_EVERY);
        tokio::pin!(what);
        loop {
            tokio::select! {
                outcome = &mut what => return outcome,
                _ = look.tick() => self.keep_alive(Timestamp::now(), events).await,
            }
        }
    }

    async fn write(&mut self) -> Result<(), RegistryError> {
        let version = match &self.stored {
            None => self.registry.create(&self.record).await?,
            Some((_, version)) => self.registry.update(&self.record, version).await?,
        };
        self.stored = Some((self.record.clone(), version));
        Ok(())
    }

    /// Takes over what somebody else wrote, if the stack is still this run's.
    async fn adopt(&mut self) -> Result<(), Error> {
        let conflict = RegistryError::Conflict {
            stack: self.record.stack_id.clone(),
        };
        let (Some(found), Some((stored, _))) = (
            self.registry.get(&self.record.stack_id).await?,
            &self.stored,
        ) else {
            return Err(conflict.into());
        };
        if !merge(&mut self.record, stored, &found.record) {
            let torn_down = matches!(found.record.phase, Phase::TearingDown | Phase::Done);
            return Err(if torn_down && stored.phase != found.record.phase {
                Error::TearingDown {
                    stack: self.record.stack_id.to_string(),
                }
            } else {
                conflict.into()
            });
        }
        self.stored = Some((found.record, found.version));
        Ok(())
    }
}

/// Brings a changed end of `theirs` into `ours`; tells whether that is all that they changed.
fn merge(ours: &mut StackRecord, stored: &StackRecord, theirs: &StackRecord) -> bool {
    let rest = StackRecord {
        expires_at: stored.expires_at,
        warned_at: stored.warned_at,
        updated_at: stored.updated_at,
        ..theirs.clone()
    };
    if rest != *stored {
        return false;
    }
    // An end that this run has just set is the newer decision.
    if ours.expires_at == stored.expires_at {
        ours.expires_at = theirs.expires_at;
        ours.warned_at = theirs.warned_at;
    }
    true
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use automock_model::Project;
    use automock_ttl::record::{NewStack, OperationKind, StackNames, StateLocation};
    use automock_ttl::registry::LocalRegistry;

    use super::*;
    use crate::registry::operation;
    use crate::settings::Settings;

    fn record() -> StackRecord {
        let project = Project::new("shop".parse().unwrap());
        let account = "123456789012".parse().unwrap();
        let new = NewStack {
            stack_id: project.stack_id(),
            names: StackNames::of(&project, &account),
            project: project.name,
            environment: project.environment,
            region: project.region.to_string(),
            account,
            ttl_seconds: Some(3600),
            warning_lead_seconds: 600,
            state: StateLocation::Local {
                path: "terraform.tfstate".into(),
            },
            operation: Some(operation(
                OperationKind::Deploy,
                &Settings::new("."),
                Timestamp::now(),
            )),
            automock_version: "0.1.0".into(),
        };
        StackRecord::new(new, Timestamp::now())
    }

    async fn held(folder: &Path) -> Held {
        let mut held = Held::new(Box::new(LocalRegistry::new(folder)), record());
        held.save().await.unwrap();
        held
    }

    /// Somebody else changes the record.
    async fn change(folder: &Path, act: impl FnOnce(&mut StackRecord)) -> StackRecord {
        let registry = LocalRegistry::new(folder);
        let found = registry.get(&record().stack_id).await.unwrap().unwrap();
        let mut record = found.record;
        act(&mut record);
        registry.update(&record, &found.version).await.unwrap();
        record
    }

    #[tokio::test]
    async fn an_extension_in_the_middle_of_a_deploy_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let mut held = held(folder.path()).await;
        let later = Timestamp::now() + jiff::SignedDuration::from_hours(9);
        change(folder.path(), |record| {
            record.set_expiry(Some(later), Timestamp::now()).unwrap();
        })
        .await;
        held.record.finish(Phase::Active, Timestamp::now()).unwrap();
        held.save().await.unwrap();
        let now = change(folder.path(), |_| ()).await;
        assert_eq!((now.phase, now.expires_at), (Phase::Active, Some(later)));
    }

    #[tokio::test]
    async fn a_deploy_that_sets_the_end_itself_has_the_last_word() {
        let folder = tempfile::tempdir().unwrap();
        let mut held = held(folder.path()).await;
        change(folder.path(), |record| {
            record.set_expiry(None, Timestamp::now()).unwrap();
        })
        .await;
        let own = Timestamp::now() + jiff::SignedDuration::from_hours(4);
        held.record.set_expiry(Some(own), Timestamp::now()).unwrap();
        held.save().await.unwrap();
        assert_eq!(change(folder.path(), |_| ()).await.expires_at, Some(own));
    }

    #[tokio::test]
    async fn a_teardown_takes_the_stack_away() {
        let folder = tempfile::tempdir().unwrap();
        let mut held = held(folder.path()).await;
        change(folder.path(), |record| {
            record.step(Phase::TearingDown, Timestamp::now()).unwrap();
        })
        .await;
        held.record.finish(Phase::Active, Timestamp::now()).unwrap();
        let error = held.save().await.unwrap_err();
        assert!(matches!(error, Error::TearingDown { .. }), "{error:?}");
    }

    #[tokio::test]
    async fn a_run_that_goes_on_shows_it_every_few_minutes() {
        let folder = tempfile::tempdir().unwrap();
        let mut held = held(folder.path()).await;
        let began = held.record.updated_at;
        let later = Timestamp::now() + SignedDuration::from_hours(9);
        change(folder.path(), |record| {
            record.set_expiry(Some(later), began).unwrap();
        })
        .await;
        let events = Events::new(|event| panic!("{event:?}"));
        held.keep_alive(began + SignedDuration::from_mins(4), &events)
            .await;
        assert_eq!(change(folder.path(), |_| ()).await.updated_at, began);
        let now = began + SignedDuration::from_mins(5);
        held.keep_alive(now, &events).await;
        let stored = change(folder.path(), |_| ()).await;
        assert_eq!((stored.updated_at, stored.expires_at), (now, Some(later)));
    }

    #[tokio::test]
    async fn another_operation_is_a_conflict() {
        let folder = tempfile::tempdir().unwrap();
        let mut held = held(folder.path()).await;
        change(folder.path(), |record| {
            record.operation.as_mut().unwrap().pid += 1;
        })
        .await;
        held.record.url = Some("http://mock".into());
        let error = held.save().await.unwrap_err();
        assert!(matches!(
            error,
            Error::Registry(RegistryError::Conflict { .. })
        ));
    }
}
