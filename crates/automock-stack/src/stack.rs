//! A project's stack, opened: credentials work, terraform is there, the account is known.

use automock_model::{Expectations, Foundation, Names, Project, Region};
use automock_tf::Terraform;
use automock_ttl::record::Phase;
use automock_ttl::registry::{Registry, Versioned};
use jiff::Timestamp;

use crate::aws::Session;
use crate::aws::objects::{BucketOwner, bucket_owner, exists};
use crate::aws::service::running_tasks;
use crate::destroy::{DestroyOptions, DestroyPreview, Destroyed};
use crate::events::Events;
use crate::list::ending;
use crate::outside::Outside;
use crate::push::{PushOptions, Pushed, push};
use crate::settings::{Settings, StateLocation};
use crate::status::{Status, read};
use crate::workspace::locate_terraform;
use crate::{Error, registry};
use tokio_util::sync::CancellationToken;

/// A project's stack, opened for work.
#[derive(Debug)]
pub struct Stack {
    pub(crate) project: Project,
    pub(crate) names: Names,
    pub(crate) settings: Settings,
    pub(crate) session: Session,
    pub(crate) terraform: Terraform,
}

impl Stack {
    /// Finds terraform, and asks AWS whose credentials these are; touches nothing.
    ///
    /// # Errors
    ///
    /// When terraform is missing or too old, or the credentials don't work.
    pub async fn open(project: Project, settings: Settings) -> Result<Self, Error> {
        let (terraform, session) = tokio::join!(
            locate_terraform(&settings),
            Session::connect(&project.region, &settings),
        );
        Ok(Self {
            terraform: terraform?,
            session: session?,
            names: Names::new(&project),
            project,
            settings,
        })
    }

    /// The stack's id.
    #[must_use]
    pub fn id(&self) -> String {
        self.project.stack_id().to_string()
    }

    /// The session that calls AWS.
    #[must_use]
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// What the stack looks like right now.
    ///
    /// # Errors
    ///
    /// When there is no such stack, or AWS does not answer.
    pub async fn status(&self) -> Result<Status, Error> {
        let record = self.record().await?.ok_or_else(|| self.no_stack())?.record;
        let read = read(&self.session, &self.names, &record, Timestamp::now());
        let mut status = Box::pin(read).await?;
        let outside = Outside::new(&self.session, &self.settings, &self.project.region);
        status.teardown = ending(&outside, &record).await?;
        Ok(status)
    }

    /// Sends expectations to the running tasks and waits until all of them serve them.
    ///
    /// # Errors
    ///
    /// When there is no such stack, S3 refuses, a task does not hold the expectations, tasks refuse
    /// them ([`Error::Refused`]), or not all tasks confirm in time.
    pub async fn push(
        &self,
        expectations: &Expectations,
        options: PushOptions,
        events: &Events,
        cancel: &CancellationToken,
    ) -> Result<Pushed, Error> {
        self.refuse_what_does_not_fit(expectations)?;
        let record = self.record().await?.ok_or_else(|| self.no_stack())?.record;
        let tasks = running_tasks(&self.session, &self.names.cluster, &self.names.service).await?;
        if record.phase != Phase::Active || tasks.is_empty() {
            return Err(Error::NothingToPushTo {
                stack: self.id(),
                phase: record.phase.to_string(),
                tasks: tasks.len(),
            });
        }
        let bucket = &record.names.config_bucket;
        push(self, bucket, expectations, options, events, cancel).await
    }

    /// Removes the stack and proves that nothing of it is left; see [`destroy`](crate::destroy).
    ///
    /// # Errors
    ///
    /// See [`destroy`](crate::destroy).
    pub async fn destroy(
        &self,
        mut options: DestroyOptions,
        events: &Events,
        cancel: &CancellationToken,
        approve: impl FnOnce(&DestroyPreview) -> bool,
    ) -> Result<Destroyed, Error> {
        options.of_project = Some((self.project.name.clone(), self.project.environment.clone()));
        let id = self.project.stack_id();
        let region = &self.project.region;
        Box::pin(crate::destroy(
            &id,
            region,
            &self.settings,
            options,
            events,
            cancel,
            approve,
        ))
        .await
    }

    /// The stack's record, if there is one.
    ///
    /// # Errors
    ///
    /// When the registry can't be read.
    pub async fn record(&self) -> Result<Option<Versioned>, Error> {
        let found = self.registry().get(&self.project.stack_id()).await?;
        if let Some(Versioned { record, .. }) = &found
            && (&record.project, &record.environment)
                != (&self.project.name, &self.project.environment)
        {
            // `a-b` in `c` and `a` in `b-c` have the same id.
            return Err(Error::NameTaken {
                stack: self.id(),
                project: record.project.to_string(),
                environment: record.environment.to_string(),
            });
        }
        Ok(found)
    }

    pub(crate) fn registry(&self) -> Box<dyn Registry> {
        registry::open(&self.session, &self.settings, &self.project.region)
    }

    /// Refuses expectations that a task has no memory for, before anything is touched.
    pub(crate) fn refuse_what_does_not_fit(
        &self,
        expectations: &Expectations,
    ) -> Result<(), Error> {
        self.project
            .check_fit(expectations)
            .map_err(|problems| Error::DoesNotFit { problems })
    }

    /// What the stacks of this account and region share.
    pub(crate) fn foundation(&self) -> Foundation {
        Foundation::new(
            self.session.account_id().clone(),
            self.project.region.clone(),
        )
    }

    pub(crate) fn no_stack(&self) -> Error {
        Error::NoStack {
            stack: self.id(),
            account: self.session.account().to_owned(),
            region: self.project.region.to_string(),
        }
    }

    /// Refuses to go on without the foundation that S3 state and time to live need.
    pub(crate) async fn require_foundation(&self) -> Result<(), Error> {
        require_foundation(&self.session, &self.settings, &self.project.region).await
    }
}

pub(crate) async fn require_foundation(
    session: &Session,
    settings: &Settings,
    region: &Region,
) -> Result<(), Error> {
    if settings.state == StateLocation::Local {
        return Ok(());
    }
    let bucket = Foundation::new(session.account_id().clone(), region.clone()).bucket();
    match bucket_owner(session, &bucket).await? {
        // A bucket alone is what a bootstrap leaves that was stopped at once.
        BucketOwner::Us if exists(session, &bucket, Foundation::STATE_KEY).await? => Ok(()),
        BucketOwner::Other => Err(Error::ForeignBucket { bucket }),
        BucketOwner::Us | BucketOwner::Nobody => Err(Error::NoFoundation {
            account: session.account().to_owned(),
            region: region.to_string(),
        }),
    }
}
