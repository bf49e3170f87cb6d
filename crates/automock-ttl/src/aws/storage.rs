//! The bucket with the expectations.

use aws_sdk_s3::Client;
use aws_sdk_s3::types::{Delete, ObjectIdentifier};

use super::Classified as _;
use super::settle::{Codes, PLAIN, optional, presence as settled, step, unexpected};
use super::tags::{Tags, collect_required_tags};
use crate::failure::CloudFailure;
use crate::inventory::{Inventory, Resource};
use crate::kind::ResourceKind;
use crate::record::StackRecord;
use crate::teardown::{Outcome, Presence};

/// The detail of a bucket that says whose account it is in: AWS then refuses a bucket of the
/// same name in any other.
const ACCOUNT: &str = "account";

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
    let name = &record.names.config_bucket;
    let call = s3
        .get_bucket_tagging()
        .bucket(name)
        .expected_bucket_owner(record.account.as_str());
    let tags: Tags = match call.send().await.classified() {
        Ok(answer) => collect_required_tags!(answer.tag_set()),
        Err(failure) if failure.code() == Some("NoSuchTagSet") => Tags::new(),
        Err(CloudFailure::NotFound { .. }) => return Ok(Vec::new()),
        Err(failure) => return Err(failure),
    };
    let found = Resource::tagged(
        ResourceKind::Bucket,
        name,
        &record.region,
        tags,
        &record.stack_id,
    );
    Ok(vec![
        found
            .named(name)
            .with_detail(ACCOUNT, record.account.as_str()),
    ])
}

/// Empties a bucket, history and unfinished uploads included, and deletes it.
pub(super) async fn remove(s3: &Client, resource: &Resource) -> Outcome {
    let bucket = resource.id.as_str();
    let account = resource.details.get(ACCOUNT).cloned();
    loop {
        let call = s3.list_object_versions().bucket(bucket);
        let call = call.set_expected_bucket_owner(account.clone());
        let page = step!(PLAIN, call.send().await);
        let versions = page.versions().iter().map(|it| (it.key(), it.version_id()));
        let markers = page
            .delete_markers()
            .iter()
            .map(|it| (it.key(), it.version_id()));
        let batch: Vec<_> = versions.chain(markers).filter_map(identifier).collect();
        if batch.is_empty() {
            break;
        }
        if let Err(failure) = delete_batch(s3, bucket, account.clone(), batch).await {
            return PLAIN.judge(failure);
        }
    }
    if let Err(failure) = abort_uploads(s3, bucket, account.clone()).await {
        return PLAIN.judge(failure);
    }
    let call = s3
        .delete_bucket()
        .bucket(bucket)
        .set_expected_bucket_owner(account);
    NOT_EMPTY.settle(call.send().await)
}

fn identifier((key, version): (Option<&str>, Option<&str>)) -> Option<ObjectIdentifier> {
    let version = version.map(str::to_owned);
    ObjectIdentifier::builder()
        .key(key?)
        .set_version_id(version)
        .build()
        .ok()
}

/// Deletes one page of versions, which is never more than one call takes. The call succeeds even
/// if single keys fail.
async fn delete_batch(
    s3: &Client,
    bucket: &str,
    account: Option<String>,
    batch: Vec<ObjectIdentifier>,
) -> Result<(), CloudFailure> {
    let delete = Delete::builder()
        .set_objects(Some(batch))
        .quiet(true)
        .build();
    let delete = delete.map_err(|error| unexpected("DeleteObjects", error.to_string()))?;
    let call = s3
        .delete_objects()
        .bucket(bucket)
        .set_expected_bucket_owner(account);
    let answer = call.delete(delete).send().await.classified()?;
    match answer.errors().first() {
        None => Ok(()),
        Some(error) => Err(unexpected(
            error.code().unwrap_or("DeleteObjects"),
            format!(
                "{}: {}",
                error.key().unwrap_or("?"),
                error.message().unwrap_or("")
            ),
        )),
    }
}

async fn abort_uploads(
    s3: &Client,
    bucket: &str,
    account: Option<String>,
) -> Result<(), CloudFailure> {
    let call = s3.list_multipart_uploads().bucket(bucket);
    let answer = call
        .set_expected_bucket_owner(account.clone())
        .send()
        .await
        .classified()?;
    // What one page leaves out makes the bucket "not empty", and the next try goes on.
    for upload in answer.uploads() {
        let call = s3.abort_multipart_upload().bucket(bucket);
        let call = call.set_key(upload.key().map(str::to_owned));
        let call = call.set_upload_id(upload.upload_id().map(str::to_owned));
        let call = call.set_expected_bucket_owner(account.clone());
        optional(call.send().await.classified())?;
    }
    Ok(())
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
