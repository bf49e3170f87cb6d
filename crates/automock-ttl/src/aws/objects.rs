//! The foundation's bucket as the reaper sees it.

use async_trait::async_trait;
use aws_sdk_s3::Client;

use super::bucket::Bucket;
use crate::failure::CloudFailure;
use crate::reaper::{Condition, Object, ObjectVersion, Objects, Written};

/// Leases, journals, receipts and Terraform's states in S3; the version of an object is its
/// `ETag`.
///
/// Equal bytes have equal `ETag`s, so an object that has to be told apart from an earlier one of
/// its own needs something in it that differs each time.
#[derive(Clone, Debug)]
pub struct S3Objects {
    bucket: Bucket,
}

impl S3Objects {
    /// The objects of a bucket.
    #[must_use]
    pub fn new(s3: Client, bucket: impl Into<String>) -> Self {
        Self {
            bucket: Bucket::new(s3, bucket),
        }
    }
}

#[async_trait]
impl Objects for S3Objects {
    async fn get(&self, key: &str) -> Result<Option<Object>, CloudFailure> {
        let found = self.bucket.read(key).await?;
        Ok(found.map(|stored| Object {
            bytes: stored.bytes,
            version: ObjectVersion(stored.tag),
        }))
    }

    async fn put(
        &self,
        key: &str,
        bytes: Vec<u8>,
        condition: Condition,
    ) -> Result<Written, CloudFailure> {
        let expected = match &condition {
            Condition::Absent => None,
            Condition::Unchanged(version) => Some(version.0.as_str()),
        };
        let written = self.bucket.write(key, bytes, expected).await?;
        Ok(written.map_or(Written::Refused, |tag| Written::Stored(ObjectVersion(tag))))
    }

    async fn purge(&self, key: &str) -> Result<(), CloudFailure> {
        self.bucket.purge(key).await
    }
}
