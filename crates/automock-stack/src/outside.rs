//! What a teardown works on: AWS, the registry, the objects of the foundation, the clock.

use automock_model::{Foundation, Region, StackId};
use automock_ttl::aws::{AwsInventory, AwsRemover, Clients, S3Objects, SnsTopic, SystemClock};
use automock_ttl::reaper::{
    DocumentError, Journal, Lease, Objects, Topic, World, journal_key, lease_key,
    terraform_lock_key,
};
use automock_ttl::record::{StackRecord, StateLocation as RecordedState};
use automock_ttl::registry::Registry;

use crate::aws::{AwsError, Session};
use crate::events::Events;
use crate::local_objects::LocalObjects;
use crate::lock::LockInfo;
use crate::settings::{Settings, StateLocation};
use crate::{Error, registry};

/// Everything outside, for one account and region.
pub(crate) struct Outside {
    inventory: AwsInventory,
    remover: AwsRemover,
    pub(crate) registry: Box<dyn Registry>,
    objects: Box<dyn Objects>,
    topic: Option<SnsTopic>,
    clock: SystemClock,
}

impl Outside {
    pub(crate) fn new(session: &Session, settings: &Settings, region: &Region) -> Self {
        let clients = Clients::new(session.config(), session.path_style());
        let foundation = Foundation::new(session.account_id().clone(), region.clone());
        let (objects, topic): (Box<dyn Objects>, _) = match settings.state {
            StateLocation::Local => (Box::new(LocalObjects::new(settings.data_dir())), None),
            StateLocation::S3 => (
                Box::new(S3Objects::new(session.s3(), foundation.bucket())),
                Some(SnsTopic::new(session.config(), foundation.topic_arn())),
            ),
        };
        Self {
            inventory: AwsInventory::with_clients(clients.clone()),
            remover: AwsRemover::with_clients(clients),
            registry: registry::open(session, settings, region),
            objects,
            topic,
            clock: SystemClock,
        }
    }

    pub(crate) fn world(&self) -> World<'_> {
        World {
            scanner: &self.inventory,
            cloud: &self.remover,
            registry: self.registry.as_ref(),
            objects: self.objects.as_ref(),
            topic: self.topic.as_ref().map(|topic| topic as &dyn Topic),
            clock: &self.clock,
        }
    }

    pub(crate) fn inventory(&self) -> &AwsInventory {
        &self.inventory
    }

    /// Who works on the stack's teardown, or did. What is no lease stands in nobody's way; one of a
    /// newer version is an error.
    pub(crate) async fn lease(&self, stack: &StackId) -> Result<Option<Lease>, Error> {
        self.read(&lease_key(stack), "read the lease", Lease::from_json)
            .await
    }

    /// What is remembered of the stack's latest teardown.
    pub(crate) async fn journal(&self, stack: &StackId) -> Result<Option<Journal>, Error> {
        self.read(&journal_key(stack), "read the journal", Journal::from_json)
            .await
    }

    /// Takes the lease away from whoever has it: they stop at their next step.
    pub(crate) async fn break_lease(&self, stack: &StackId) -> Result<(), Error> {
        let purged = self.objects.purge(&lease_key(stack)).await;
        purged.map_err(|failure| AwsError::of("take the lease away", failure).into())
    }

    /// Takes a lock on the state of a stack away, unless it is another one by now. It is an object
    /// and nothing else, so terraform is not needed.
    pub(crate) async fn remove_state_lock(
        &self,
        record: &StackRecord,
        lock: &LockInfo,
        events: &Events,
    ) -> Result<(), Error> {
        let RecordedState::S3 { key, .. } = &record.state else {
            return Ok(());
        };
        let key = terraform_lock_key(key);
        let failed = |failure| AwsError::of("remove the state lock", failure);
        let Some(found) = self.objects.get(&key).await.map_err(failed)? else {
            return Ok(());
        };
        let is_same =
            serde_json::from_slice::<LockInfo>(&found.bytes).is_ok_and(|found| found.id == lock.id);
        if !is_same {
            return Ok(());
        }
        events.warning(format!(
            "removing the state lock {} that {} left behind",
            lock.id, lock.who
        ));
        Ok(self.objects.purge(&key).await.map_err(failed)?)
    }

    /// A document that is none counts as absent, as it does for the engine.
    async fn read<T>(
        &self,
        key: &str,
        action: &'static str,
        parse: impl FnOnce(&[u8]) -> Result<T, DocumentError>,
    ) -> Result<Option<T>, Error> {
        let found = self.objects.get(key).await;
        let found = found.map_err(|failure| AwsError::of(action, failure))?;
        parsed(found.map(|object| parse(&object.bytes)))
            .map_err(|error| AwsError::other(action, error).into())
    }
}

fn parsed<T>(document: Option<Result<T, DocumentError>>) -> Result<Option<T>, DocumentError> {
    match document {
        Some(Err(DocumentError::Malformed(_))) => Ok(None),
        document => document.transpose(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_lease_is_none_and_what_is_of_a_newer_version_is_an_error() {
        let read = |text: &str| parsed(Some(Lease::from_json(text.as_bytes())));
        assert!(matches!(read("{}"), Ok(None)));
        assert!(matches!(read("half a lea"), Ok(None)));
        assert!(read(r#"{"schema_version": 99}"#).is_err());
    }
}
