//! What a teardown works on: AWS, the registry, the objects of the foundation, the clock.

use automock_model::{Foundation, Region, StackId};
use automock_ttl::aws::{AwsInventory, AwsRemover, Clients, S3Objects, SnsTopic, SystemClock};
use automock_ttl::reaper::{Journal, Lease, Objects, Topic, World, journal_key, lease_key};
use automock_ttl::registry::Registry;

use crate::aws::{AwsError, Session};
use crate::local_objects::LocalObjects;
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

    /// Who works on the stack's teardown, or did; one that can't be read is an error.
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

    async fn read<T, E: std::fmt::Display>(
        &self,
        key: &str,
        action: &'static str,
        parse: impl FnOnce(&[u8]) -> Result<T, E>,
    ) -> Result<Option<T>, Error> {
        let found = self.objects.get(key).await;
        let found = found.map_err(|failure| AwsError::of(action, failure))?;
        let parsed = found.map(|object| parse(&object.bytes)).transpose();
        Ok(parsed.map_err(|error| AwsError::other(action, error))?)
    }
}
