//! The few S3 calls of a stack's life: who owns a bucket, expectations, confirmations, locks.

use std::collections::BTreeSet;

use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{BucketLocationConstraint, CreateBucketConfiguration};

use jiff::Timestamp;

use super::{AwsError, Session, timestamp};
use crate::lock::LockInfo;

/// What is known of a bucket's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BucketOwner {
    /// The bucket exists and belongs to the session's account.
    Us,
    /// The bucket exists in another account, or may not be looked at.
    Other,
    /// No such bucket.
    Nobody,
}

/// Asks whose a bucket is.
///
/// S3 answers 403 when the expected owner differs, and just as well when the caller lacks
/// `s3:ListBucket`: the two can't be told apart.
pub(crate) async fn bucket_owner(session: &Session, bucket: &str) -> Result<BucketOwner, AwsError> {
    let answer = session
        .s3()
        .head_bucket()
        .bucket(bucket)
        .expected_bucket_owner(session.account())
        .send()
        .await;
    match answer {
        Ok(_) => Ok(BucketOwner::Us),
        Err(error) => {
            // HEAD answers carry no body, so the status is all there is to go by.
            let status = error.raw_response().map(|raw| raw.status().as_u16());
            let error = AwsError::new("look for the bucket", error);
            match status {
                Some(404) => Ok(BucketOwner::Nobody),
                Some(301 | 403) if !error.is_credentials() => Ok(BucketOwner::Other),
                _ => Err(error),
            }
        }
    }
}

/// Creates a bucket in the session's region; one that is already ours is fine.
pub(crate) async fn create_bucket(session: &Session, bucket: &str) -> Result<(), AwsError> {
    // us-east-1 is the one region that must not be named as a location.
    let location = (session.region() != "us-east-1").then(|| {
        CreateBucketConfiguration::builder()
            .location_constraint(BucketLocationConstraint::from(session.region()))
            .build()
    });
    let answer = session
        .s3()
        .create_bucket()
        .bucket(bucket)
        .set_create_bucket_configuration(location)
        .send()
        .await;
    match answer {
        Ok(_) => Ok(()),
        Err(error) => {
            let error = AwsError::new("create the bucket", error);
            if error.code() == Some("BucketAlreadyOwnedByYou") {
                Ok(())
            } else {
                Err(error)
            }
        }
    }
}

/// Deletes a bucket, which must be empty.
pub(crate) async fn delete_bucket(session: &Session, bucket: &str) -> Result<(), AwsError> {
    session
        .s3()
        .delete_bucket()
        .bucket(bucket)
        .expected_bucket_owner(session.account())
        .send()
        .await
        .map(drop)
        .map_err(|error| AwsError::new("delete the bucket", error))
}

/// Replaces an object; returns its new entity tag without quotes.
pub(crate) async fn put(
    session: &Session,
    bucket: &str,
    key: &str,
    body: Vec<u8>,
    content_type: &str,
) -> Result<String, AwsError> {
    let answer = session
        .s3()
        .put_object()
        .bucket(bucket)
        .key(key)
        .content_type(content_type)
        .expected_bucket_owner(session.account())
        .body(ByteStream::from(body))
        .send()
        .await
        .map_err(|error| AwsError::new("write an S3 object", error))?;
    Ok(answer
        .e_tag()
        .unwrap_or_default()
        .trim_matches('"')
        .to_owned())
}

/// Replaces an object of JSON that still has the entity tag.
pub(crate) async fn put_if(
    session: &Session,
    bucket: &str,
    key: &str,
    body: Vec<u8>,
    etag: &str,
) -> Result<(), AwsError> {
    session
        .s3()
        .put_object()
        .bucket(bucket)
        .key(key)
        .content_type("application/json")
        .if_match(format!("\"{etag}\""))
        .expected_bucket_owner(session.account())
        .body(ByteStream::from(body))
        .send()
        .await
        .map(drop)
        .map_err(|error| AwsError::new("write an S3 object", error))
}

/// Reads an object whole; `None` when there is no such object or bucket.
pub(crate) async fn get(
    session: &Session,
    bucket: &str,
    key: &str,
) -> Result<Option<Vec<u8>>, AwsError> {
    let answer = session
        .s3()
        .get_object()
        .bucket(bucket)
        .key(key)
        .send()
        .await;
    let body = match answer {
        Ok(answer) => answer.body,
        Err(error) => {
            let error = AwsError::new("read an S3 object", error);
            return if error.is_not_found() {
                Ok(None)
            } else {
                Err(error)
            };
        }
    };
    let bytes = body
        .collect()
        .await
        .map_err(|error| AwsError::other("read an S3 object", error))?;
    Ok(Some(bytes.to_vec()))
}

/// Whether there is such an object.
pub(crate) async fn exists(session: &Session, bucket: &str, key: &str) -> Result<bool, AwsError> {
    match last_modified(session, bucket, key).await {
        Ok(_) => Ok(true),
        Err(error) if error.is_not_found() => Ok(false),
        Err(error) => Err(error),
    }
}

/// When an object was last written, by S3's own clock.
pub(crate) async fn last_modified(
    session: &Session,
    bucket: &str,
    key: &str,
) -> Result<Option<Timestamp>, AwsError> {
    let answer = session
        .s3()
        .head_object()
        .bucket(bucket)
        .key(key)
        .send()
        .await
        .map_err(|error| AwsError::new("look at an S3 object", error))?;
    Ok(answer.last_modified().and_then(timestamp))
}

/// Last parts of all keys below a prefix that were written at or after a moment.
pub(crate) async fn names_below(
    session: &Session,
    bucket: &str,
    prefix: &str,
    since: Option<Timestamp>,
) -> Result<BTreeSet<String>, AwsError> {
    let mut pages = session
        .s3()
        .list_objects_v2()
        .bucket(bucket)
        .prefix(prefix)
        .into_paginator()
        .send();
    let mut names = BTreeSet::new();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| AwsError::new("list S3 objects", error))?;
        let recent = page
            .contents()
            .iter()
            .filter(|object| object.last_modified().and_then(timestamp) >= since);
        names.extend(recent.filter_map(|object| {
            object
                .key()
                .and_then(|key| key.strip_prefix(prefix))
                .map(str::to_owned)
        }));
    }
    Ok(names)
}

/// Reads the lock of a Terraform state, if it is locked.
pub(crate) async fn state_lock(
    session: &Session,
    bucket: &str,
    state_key: &str,
) -> Result<Option<LockInfo>, AwsError> {
    let Some(bytes) = get(session, bucket, &format!("{state_key}.tflock")).await? else {
        return Ok(None);
    };
    serde_json::from_slice(&bytes)
        .map(Some)
        .map_err(|error| AwsError::other("read the state lock", error))
}
