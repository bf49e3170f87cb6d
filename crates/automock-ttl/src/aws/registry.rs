//! The registry in the foundation bucket.

use async_trait::async_trait;
use automock_model::StackId;
use aws_sdk_s3::Client;
use aws_sdk_s3::operation::list_objects_v2::ListObjectsV2Output;
use futures::stream::{self, StreamExt as _};

use super::Classified as _;
use super::bucket::{Bucket, Stored};
use crate::failure::CloudFailure;
use crate::record::{RecordError, StackRecord};
use crate::registry::{
    Listing, Registry, RegistryError, UnreadableRecord, Version, Versioned, file_name,
};

/// Where the records are in the bucket.
const PREFIX: &str = "registry/";

/// How many records are read at once.
const PARALLEL: usize = 8;

/// One object per stack, changed by conditional writes only; the version of a record is the
/// object's `ETag`.
#[derive(Clone, Debug)]
pub struct S3Registry {
    bucket: Bucket,
}

impl S3Registry {
    /// A registry in a bucket.
    #[must_use]
    pub fn new(s3: Client, bucket: impl Into<String>) -> Self {
        Self {
            bucket: Bucket::new(s3, bucket),
        }
    }

    /// The key of a stack's record.
    #[must_use]
    pub fn key(stack: &StackId) -> String {
        format!("{PREFIX}{}", file_name(stack))
    }

    async fn read(&self, key: &str) -> Result<Option<Stored>, RegistryError> {
        self.bucket.read(key).await.map_err(cloud("read", key))
    }

    /// Writes the record if `expected` is still its version, or if there is none yet.
    ///
    /// The answer is the new version, or nothing if the condition does not hold.
    async fn write(
        &self,
        record: &StackRecord,
        expected: Option<&Version>,
    ) -> Result<Option<Version>, RegistryError> {
        let key = Self::key(&record.stack_id);
        let bytes = record.to_json().map_err(unreadable(&key))?;
        let expected = expected.map(Version::as_str);
        let written = self.bucket.write(&key, bytes, expected).await;
        let written = written.map_err(cloud("write", &key))?;
        Ok(written.map(Version::new))
    }

    async fn keys(&self) -> Result<Vec<String>, RegistryError> {
        let bucket = &self.bucket;
        let call = bucket.s3.list_objects_v2().bucket(&bucket.name);
        let call = call.prefix(PREFIX);
        let pages = call
            .into_paginator()
            .send()
            .collect::<Result<Vec<_>, _>>()
            .await;
        let pages = pages.classified().map_err(cloud("list", PREFIX))?;
        let objects = pages.iter().flat_map(ListObjectsV2Output::contents);
        let keys = objects.filter_map(|object| object.key().map(str::to_owned));
        Ok(keys
            .filter(|key| key.strip_suffix(".json").is_some())
            .collect())
    }
}

#[async_trait]
impl Registry for S3Registry {
    async fn get(&self, stack: &StackId) -> Result<Option<Versioned>, RegistryError> {
        let key = Self::key(stack);
        match self.read(&key).await? {
            None => Ok(None),
            Some(object) => parse(object).map(Some).map_err(unreadable(&key)),
        }
    }

    async fn list(&self) -> Result<Listing, RegistryError> {
        let reads = self.keys().await?.into_iter().map(|key| async move {
            let object = self.read(&key).await;
            (key, object)
        });
        let mut reads = stream::iter(reads).buffer_unordered(PARALLEL);
        let mut listing = Listing::default();
        while let Some((key, object)) = reads.next().await {
            // A record may be deleted between listing and reading.
            let Some(object) = object? else { continue };
            match parse(object) {
                Ok(stack) => listing.stacks.push(stack),
                Err(error) => listing.unreadable.push(UnreadableRecord { key, error }),
            }
        }
        Ok(listing.sorted())
    }

    async fn create(&self, record: &StackRecord) -> Result<Version, RegistryError> {
        let written = self.write(record, None).await?;
        written.ok_or_else(|| RegistryError::AlreadyExists {
            stack: record.stack_id.clone(),
        })
    }

    async fn update(
        &self,
        record: &StackRecord,
        expected: &Version,
    ) -> Result<Version, RegistryError> {
        let written = self.write(record, Some(expected)).await?;
        written.ok_or_else(|| RegistryError::Conflict {
            stack: record.stack_id.clone(),
        })
    }

    async fn delete(&self, stack: &StackId, expected: &Version) -> Result<(), RegistryError> {
        let key = Self::key(stack);
        let conflict = || RegistryError::Conflict {
            stack: stack.clone(),
        };
        // The condition on the deletion is what counts; the look before it also serves endpoints
        // that do not know conditional deletion.
        match self.read(&key).await? {
            None => return Ok(()),
            Some(object) if object.tag != expected.as_str() => return Err(conflict()),
            Some(_) => {}
        }
        let deleted = self.bucket.delete(&key, expected.as_str()).await;
        if !deleted.map_err(cloud("delete", &key))? {
            return Err(conflict());
        }
        // The record is gone either way, and what this leaves of its history expires.
        let _ = self.bucket.forget(&key).await;
        Ok(())
    }
}

fn parse(object: Stored) -> Result<Versioned, RecordError> {
    Ok(Versioned {
        record: StackRecord::from_json(&object.bytes)?,
        version: Version::new(object.tag),
    })
}

fn cloud(action: &'static str, key: &str) -> impl FnOnce(CloudFailure) -> RegistryError {
    let key = key.to_owned();
    move |source| RegistryError::Cloud {
        action,
        key,
        source,
    }
}

fn unreadable(key: &str) -> impl FnOnce(RecordError) -> RegistryError {
    let key = key.to_owned();
    move |source| RegistryError::Unreadable { key, source }
}
