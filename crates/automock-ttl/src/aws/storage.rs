//! The bucket with the expectations.

use aws_sdk_s3::Client;
use aws_sdk_s3::types::MultipartUpload;
use futures::future::try_join_all;

use super::Classified as _;
use super::settle::{Codes, PLAIN, optional, presence as settled};
use super::tags::{Tags, collect_required_tags};
use super::versions::{delete_batch, identifier};
use crate::failure::CloudFailure;
use crate::inventory::{Inventory, Resource};
use crate::kind::ResourceKind;
use crate::record::StackRecord;
use crate::teardown::{Outcome, Presence};

/// The detail of a bucket that says whose account it is in: AWS then refuses a bucket of the
/// same name in any other.
pub(super) const ACCOUNT: &str = "account";

/// How many pages of a thousand versions one removal deletes. It has to return in time for its
/// caller to stop before a deadline; the next removal goes on.
const PAGES_PER_REMOVAL: usize = 5;

/// How many unfinished uploads one removal ends, for the same reason, and how many at once.
const UPLOADS_PER_REMOVAL: usize = 200;
const UPLOADS_AT_ONCE: usize = 8;

const MORE: &str = "it holds more than one go takes";

const NOT_EMPTY: Codes = Codes {
    gone: &[],
    too_early: &["BucketNotEmpty", "OperationAborted"],
};

/// The stack's bucket.
pub(super) async fn scan(s3: &Client, record: &StackRecord) -> Inventory {
    let mut inventory = Inventory::default();
    inventory.add(ResourceKind::Bucket, bucket(s3, record).await);
    inventory
}

async fn bucket(s3: &Client, record: &StackRecord) -> Result<Vec<Resource>, CloudFailure> {
    let found = examine(s3, record, &record.names.config_bucket).await?;
    Ok(found.into_iter().collect())
}

/// The bucket with a name, if it is in the stack's account.
pub(super) async fn examine(
    s3: &Client,
    record: &StackRecord,
    name: &str,
) -> Result<Option<Resource>, CloudFailure> {
    let account = record.account.as_str();
    let tags = tags(s3, name, Some(account.to_owned())).await?;
    let (region, stack) = (&record.region, &record.stack_id);
    Ok(tags.map(|tags| {
        Resource::tagged(ResourceKind::Bucket, name, region, tags, stack)
            .named(name)
            .with_detail(ACCOUNT, account)
    }))
}

/// The tags of the bucket that has this name now.
pub(super) async fn tags(
    s3: &Client,
    name: &str,
    account: Option<String>,
) -> Result<Option<Tags>, CloudFailure> {
    let call = s3.get_bucket_tagging().bucket(name);
    let call = call.set_expected_bucket_owner(account);
    match call.send().await.classified() {
        Ok(answer) => Ok(Some(collect_required_tags!(answer.tag_set()))),
        Err(failure) if failure.code() == Some("NoSuchTagSet") => Ok(Some(Tags::new())),
        Err(failure) => optional(Err(failure)),
    }
}

/// Empties a bucket, history and unfinished uploads included, and deletes it.
pub(super) async fn remove(s3: &Client, resource: &Resource) -> Outcome {
    let bucket = resource.id.as_str();
    let account = resource.details.get(ACCOUNT).cloned();
    match delete_versions(s3, bucket, account.clone()).await {
        Ok(true) => {}
        Ok(false) => return Outcome::TooEarly(MORE.into()),
        Err(failure) => return PLAIN.judge(failure),
    }
    match abort_uploads(s3, bucket, account.clone()).await {
        Ok(true) => {}
        Ok(false) => return Outcome::TooEarly(MORE.into()),
        Err(failure) => return PLAIN.judge(failure),
    }
    let call = s3
        .delete_bucket()
        .bucket(bucket)
        .set_expected_bucket_owner(account);
    NOT_EMPTY.settle(call.send().await)
}

/// Deletes versions and delete markers page by page; whether none are left.
async fn delete_versions(
    s3: &Client,
    bucket: &str,
    account: Option<String>,
) -> Result<bool, CloudFailure> {
    for _page in 0..PAGES_PER_REMOVAL {
        let call = s3.list_object_versions().bucket(bucket);
        let call = call.set_expected_bucket_owner(account.clone());
        let page = call.send().await.classified()?;
        let versions = page.versions().iter().map(|it| (it.key(), it.version_id()));
        let markers = page
            .delete_markers()
            .iter()
            .map(|it| (it.key(), it.version_id()));
        let batch: Vec<_> = versions.chain(markers).filter_map(identifier).collect();
        if batch.is_empty() {
            return Ok(true);
        }
        delete_batch(s3, bucket, account.clone(), batch).await?;
    }
    Ok(false)
}

/// Ends unfinished uploads; whether none are left.
async fn abort_uploads(
    s3: &Client,
    bucket: &str,
    account: Option<String>,
) -> Result<bool, CloudFailure> {
    let call = s3.list_multipart_uploads().bucket(bucket);
    let call = call.set_expected_bucket_owner(account.clone());
    let page = call.send().await.classified()?;
    let uploads = page.uploads();
    let some = &uploads[..uploads.len().min(UPLOADS_PER_REMOVAL)];
    for group in some.chunks(UPLOADS_AT_ONCE) {
        let mut aborts = Vec::with_capacity(group.len());
        for upload in group {
            aborts.push(abort(s3, bucket, account.clone(), upload));
        }
        try_join_all(aborts).await?;
    }
    Ok(page.is_truncated() != Some(true) && some.len() == uploads.len())
}

async fn abort(
    s3: &Client,
    bucket: &str,
    account: Option<String>,
    upload: &MultipartUpload,
) -> Result<(), CloudFailure> {
    let call = s3.abort_multipart_upload().bucket(bucket);
    let call = call.set_key(upload.key().map(str::to_owned));
    let call = call.set_upload_id(upload.upload_id().map(str::to_owned));
    let call = call.set_expected_bucket_owner(account);
    optional(call.send().await.classified()).map(drop)
}

/// Whether a bucket is still there.
pub(super) async fn presence(s3: &Client, resource: &Resource) -> Presence {
    let account = resource.details.get(ACCOUNT).cloned();
    let call = s3
        .head_bucket()
        .bucket(&resource.id)
        .set_expected_bucket_owner(account);
    settled(call.send().await.classified().map(|_| Some(false)))
}
