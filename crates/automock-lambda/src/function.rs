//! A stack's reaper with everything that it needs, made once and used for each tick.

use automock_model::StackId;
use automock_ttl::aws::{
    AwsInventory, AwsRemover, Clients, S3Objects, S3Registry, SnsTopic, SystemClock, s3_client,
    sdk_config,
};
use automock_ttl::reaper::{Actor, Event, Reaper, Tick, World};
use jiff::Timestamp;

use crate::logs::TickLog;
use crate::{Settings, StartError, TickError};

/// What journals, receipts and people are told about who tore the stack down.
const NAME: &str = "reaper";

/// One stack's reaper, connected to AWS.
#[derive(Debug)]
pub struct Function {
    stack: StackId,
    scanner: AwsInventory,
    cloud: AwsRemover,
    registry: S3Registry,
    objects: S3Objects,
    topic: SnsTopic,
}

impl Function {
    /// Loads credentials and region from the usual places and makes the clients. Calls nothing.
    ///
    /// # Errors
    /// [`StartError::NoRegion`] when none is configured.
    pub async fn connect(settings: Settings) -> Result<Self, StartError> {
        // The SDK's futures are large.
        let config = Box::pin(sdk_config(None, None)).await;
        if config.region().is_none() {
            return Err(StartError::NoRegion);
        }
        let clients = Clients::new(&config, settings.path_style);
        let s3 = s3_client(&config, settings.path_style);
        Ok(Self {
            stack: settings.stack,
            scanner: AwsInventory::with_clients(clients.clone()),
            cloud: AwsRemover::with_clients(clients),
            registry: S3Registry::new(s3.clone(), settings.state_bucket.clone()),
            objects: S3Objects::new(s3, settings.state_bucket),
            topic: SnsTopic::new(&config, settings.topic_arn),
        })
    }

    /// The stack that it watches over.
    #[must_use]
    pub fn stack(&self) -> &StackId {
        &self.stack
    }

    /// Looks what is due and does as much of it as there is time for. `run` tells this tick from
    /// every other one; a repetition of the same event may have the same.
    ///
    /// # Errors
    /// When the tick could not go on; another one takes up from there.
    pub async fn tick(&self, run: &str, deadline: Option<Timestamp>) -> Result<Tick, TickError> {
        let log = TickLog::new(&self.stack, run);
        let reaper = Reaper::new(self.world(), Actor::new(NAME, run));
        let mut events = |event: Event| log.event(&event);
        let ended = Box::pin(reaper.tick(&self.stack, deadline, &mut events)).await;
        log.end(&ended);
        Ok(ended?)
    }

    fn world(&self) -> World<'_> {
        World {
            scanner: &self.scanner,
            cloud: &self.cloud,
            registry: &self.registry,
            objects: &self.objects,
            topic: Some(&self.topic),
            clock: &SystemClock,
        }
    }
}
