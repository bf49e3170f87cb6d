//! The history of a versioned bucket.

use aws_sdk_s3::Client;
use aws_sdk_s3::types::{Delete, ObjectIdentifier};

use super::Classified as _;
use super::classify::of_item;
use super::settle::unexpected;
use crate::failure::CloudFailure;

/// What names a version, or a delete marker, in a deletion.
pub(super) fn identifier((key, version): (Option<&str>, Option<&str>)) -> Option<ObjectIdentifier> {
    let version = version.map(str::to_owned);
    ObjectIdentifier::builder()
        .key(key?)
        .set_version_id(version)
        .build()
        .ok()
}

/// Deletes one page of versions, which is never more than one call takes. The call succeeds even
/// if single keys fail.
pub(super) async fn delete_batch(
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
        Some(error) => Err(of_item(
            error.code().unwrap_or("DeleteObjects"),
            format!(
                "{}: {}",
                error.key().unwrap_or("?"),
                error.message().unwrap_or("")
            ),
        )),
    }
}
