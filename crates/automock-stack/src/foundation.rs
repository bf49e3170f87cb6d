//! The account foundation: made once per account and region, shared by all stacks.

use std::collections::BTreeSet;

use automock_hcl::{FoundationOptions, render_foundation};
use automock_model::{Foundation, Region};
use automock_tf::command::{ApplyOptions, PlanOptions};
use automock_tf::{Cancel, Events as TfEvents};
use serde::Serialize;
use tokio_util::sync::CancellationToken;

use crate::Error;
use crate::aws::Session;
use crate::aws::objects::{BucketOwner, bucket_owner, create_bucket, delete_bucket};
use crate::events::Events;
use crate::follow::{Owner, follow};
use crate::plan::{Counts, PLAN_FILE, StackPlan};
use crate::settings::Settings;
use crate::workspace::{StackWorkspace, locate_terraform};

/// What a bootstrap decides.
#[derive(Clone, Debug, Default)]
pub struct BootstrapOptions {
    /// Addresses that hear of every stack of the account and region.
    pub mail: BTreeSet<String>,
    /// ARN of the policy that bounds the reaper's role.
    pub permissions_boundary: Option<String>,
}

/// What a bootstrap made.
#[derive(Clone, Debug, Serialize)]
pub struct Bootstrapped {
    /// The account.
    pub account: String,
    /// The region.
    pub region: String,
    /// Bucket with states, records, journals and receipts.
    pub bucket: String,
    /// Topic of all notifications.
    pub topic_arn: String,
    /// Repository of the engine's images.
    pub engine_repository: String,
    /// Role of the reapers.
    pub reaper_role_arn: String,
    /// What was changed.
    pub changes: Counts,
}

/// Creates or updates the foundation of a region.
///
/// The bucket comes first and through the SDK, because terraform keeps its state in it; terraform
/// then imports it. So a bootstrap that was interrupted anywhere can simply be repeated.
///
/// # Errors
///
/// When the bucket belongs to somebody else, or terraform fails.
pub async fn bootstrap(
    region: &Region,
    settings: &Settings,
    options: &BootstrapOptions,
    events: &Events,
    cancel: &CancellationToken,
    approve: impl FnOnce(&StackPlan) -> bool,
) -> Result<Bootstrapped, Error> {
    let (terraform, session) = tokio::join!(
        locate_terraform(settings),
        Session::connect(region, settings),
    );
    let (terraform, session) = (terraform?, session?);
    let foundation = Foundation::new(session.account_id().clone(), region.clone());
    let bucket = foundation.bucket();
    let mut created = false;
    match bucket_owner(&session, &bucket).await? {
        BucketOwner::Us => {}
        BucketOwner::Other => return Err(Error::ForeignBucket { bucket }),
        BucketOwner::Nobody => {
            created = true;
            events.step(format!("creating bucket {bucket}"));
            create_bucket(&session, &bucket).await?;
        }
    }
    let rendered = render_foundation(&FoundationOptions {
        mail: options.mail.clone(),
        permissions_boundary: options.permissions_boundary.clone(),
        path_style: session.path_style(),
        ..FoundationOptions::new(session.account_id().clone(), region.clone())
    });
    let dir = settings.data_dir().join(format!("foundation-{region}"));
    let workspace = StackWorkspace::write(&terraform, dir, &rendered, &[])?;
    workspace.init(events).await?;
    events.step("planning");
    let _file = workspace.plan_file();
    let plan = plan(&workspace, cancel).await?;
    if plan.has_changes {
        if !approve(&plan) {
            if created {
                // Terraform needed it for planning; a no takes it back.
                delete_bucket(&session, &bucket).await?;
            }
            return Err(Error::Declined);
        }
        apply(&workspace, &plan, events, cancel).await?;
    }
    Ok(Bootstrapped {
        account: session.account().to_owned(),
        region: region.to_string(),
        topic_arn: foundation.topic_arn(),
        engine_repository: foundation.engine_repository(),
        reaper_role_arn: foundation.reaper_role_arn(),
        changes: plan.counts,
        bucket,
    })
}

async fn plan(workspace: &StackWorkspace, cancel: &CancellationToken) -> Result<StackPlan, Error> {
    let outcome = workspace
        .terraform()
        .plan(
            &PlanOptions::default().out(PLAN_FILE),
            &TfEvents::none(),
            &Cancel::on(cancel.clone()),
        )
        .await
        .map_err(Error::terraform("plan the foundation"))?;
    Ok(StackPlan::from_report("foundation", &outcome.report))
}

async fn apply(
    workspace: &StackWorkspace,
    plan: &StackPlan,
    events: &Events,
    cancel: &CancellationToken,
) -> Result<(), Error> {
    let total = plan.counts.steps();
    events.step(format!("applying {total} changes"));
    let (sender, messages) = TfEvents::channel();
    let terraform = workspace.terraform();
    let options = ApplyOptions::plan(PLAN_FILE);
    let cancel = Cancel::on(cancel.clone());
    let apply = terraform.apply(&options, &sender, &cancel);
    follow(apply, messages, total, Owner::Nobody, events)
        .await
        .map(drop)
        .map_err(Error::terraform("apply the foundation"))
}
