//! The registry in the foundation bucket.

use async_trait::async_trait;
use automock_model::StackId;
use aws_sdk_s3::Client;
use aws_sdk_s3::operation::list_objects_v2::ListObjectsV2Output;
use aws_sdk_s3::primitives::ByteStream;
use futures::stream::{self, StreamExt as _};

use super::Classified as _;
use super::settle::unexpected;
use crate::failure::CloudFailure;
use crate::record::{RecordError, StackRecord};
use crate::registry::{
    Listing, Registry, RegistryError, UnreadableRecord, Version, Versioned, file_name,
};

/// Where the records are in the bucket.
const PREFIX: &str = "registry/";

/// How many records are read at once.
const PARALLEL: usize = 8;

/// Answers to a condition that does not hold: the object is there, has changed, or is being
/// changed by somebody else at this moment.
const CONDITION_FAILED: [&str; 4] = [
    "PreconditionFailed",
    "ConditionalRequestConflict",
    "HTTP 412",
    "HTTP 409",
];

/// One object per stack, changed by conditional writes only; the version of a record is the
/// object's `ETag`.
#[derive(Clone, Debug)]
pub struct S3Registry {
    s3: Client,
    bucket: String,
}

/// A record's object as it was read.
struct Object {
    bytes: Vec<u8>,
    version: Version,
}

impl S3Registry {
    /// A registry in a bucket.
    #[must_use]
    pub fn new(s3: Client, bucket: impl Into<String>) -> Self {
        Self {
            s3,
            bucket: bucket.into(),
        }
    }

    /// The key of a stack's record.
    #[must_use]
    pub fn key(stack: &StackId) -> String {
        format!("{PREFIX}{}", file_name(stack))
    }

    async fn read(&self, key: &str) -> Result<Option<Object>, RegistryError> {
        let call = self.s3.get_object().bucket(&self.bucket).key(key);
        let answer = match call.send().await.classified() {
            Err(CloudFailure::NotFound { code, message }) if code == "NoSuchBucket" => {
                return Err(cloud("read", key)(CloudFailure::NotFound { code, message }));
            }
            Err(CloudFailure::NotFound { .. }) => return Ok(None),
            answer => answer.map_err(cloud("read", key))?,
        };
        let version = Version::new(answer.e_tag().unwrap_or_default());
        let body = answer.body.collect().await;
        let body = body.map_err(|error| unexpected("BodyInterrupted", error.to_string()));
        let bytes = body.map_err(cloud("read", key))?.to_vec();
        Ok(Some(Object { bytes, version }))
    }

    /// Writes the record if `expected` is still its version, or if there is none yet.
    ///
    /// Returns nothing if the condition does not hold.
    async fn write(
        &self,
        record: &StackRecord,
        expected: Option<&Version>,
    ) -> Result<Option<Version>, RegistryError> {
        let key = Self::key(&record.stack_id);
        let bytes = record.to_json().map_err(unreadable(&key))?;
        let call = self.s3.put_object().bucket(&self.bucket).key(&key);
        let call = match expected {
            Some(version) => call.if_match(version.as_str()),
            None => call.if_none_match("*"),
        };
        let call = call
            .content_type("application/json")
            .body(ByteStream::from(bytes.clone()));
        match call.send().await.classified() {
            Ok(answer) => Ok(Some(Version::new(answer.e_tag().unwrap_or_default()))),
            Err(failure) if is_conflict(&failure) => self.own_write(&key, &bytes).await,
            Err(failure) => Err(cloud("write", &key)(failure)),
        }
    }

    /// The version of the object if it holds exactly what was to be written: then an attempt
    /// whose answer was lost has succeeded, and its repetition ran into its own result.
    async fn own_write(&self, key: &str, bytes: &[u8]) -> Result<Option<Version>, RegistryError> {
        let found = self.read(key).await?;
        Ok(found
            .filter(|object| object.bytes == bytes)
            .map(|object| object.version))
    }

    async fn keys(&self) -> Result<Vec<String>, RegistryError> {
        let call = self
            .s3
            .list_objects_v2()
            .bucket(&self.bucket)
            .prefix(PREFIX);
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
            Some(object) if object.version != *expected => return Err(conflict()),
            Some(_) => {}
        }
        let call = self.s3.delete_object().bucket(&self.bucket).key(&key);
        match call.if_match(expected.as_str()).send().await.classified() {
            Ok(_) | Err(CloudFailure::NotFound { .. }) => Ok(()),
            Err(failure) if is_conflict(&failure) => Err(conflict()),
            Err(failure) => Err(cloud("delete", &key)(failure)),
        }
    }
}

/// A condition on an object that is gone fails with "not found".
fn is_conflict(failure: &CloudFailure) -> bool {
    match failure {
        CloudFailure::NotFound { code, .. } => code != "NoSuchBucket",
        failure => failure
            .code()
            .is_some_and(|code| CONDITION_FAILED.contains(&code)),
    }
}

fn parse(object: Object) -> Result<Versioned, RecordError> {
    Ok(Versioned {
        record: StackRecord::from_json(&object.bytes)?,
        version: object.version,
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
