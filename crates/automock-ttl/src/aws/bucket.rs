//! Single objects of one bucket, changed by conditional writes only.

use aws_sdk_s3::Client;
use aws_sdk_s3::operation::list_object_versions::ListObjectVersionsOutput;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::ObjectIdentifier;

use super::Classified as _;
use super::settle::{optional, unexpected};
use super::versions::{delete_batch, identifier};
use crate::failure::CloudFailure;

/// Answers to a condition that does not hold: the object is there, has changed, or is being
/// changed by somebody else at this moment.
const CONDITION_FAILED: [&str; 4] = [
    "PreconditionFailed",
    "ConditionalRequestConflict",
    "HTTP 412",
    "HTTP 409",
];

/// A bucket that outlives every stack.
#[derive(Clone, Debug)]
pub(super) struct Bucket {
    pub(super) s3: Client,
    pub(super) name: String,
}

/// An object as it was read; its `ETag` is what a later change presents.
pub(super) struct Stored {
    pub(super) bytes: Vec<u8>,
    pub(super) tag: String,
}

/// One version of an object, or the marker of its deletion.
struct Version {
    id: ObjectIdentifier,
    is_latest: bool,
    is_marker: bool,
}

impl Bucket {
    pub(super) fn new(s3: Client, name: impl Into<String>) -> Self {
        Self {
            s3,
            name: name.into(),
        }
    }

    /// The object, if there is one. That the bucket is missing is an error.
    pub(super) async fn read(&self, key: &str) -> Result<Option<Stored>, CloudFailure> {
        let call = self.s3.get_object().bucket(&self.name).key(key);
        let answer = match call.send().await.classified() {
            Err(failure) if failure.code() == Some("NoSuchBucket") => return Err(failure),
            answer => optional(answer)?,
        };
        let Some(answer) = answer else {
            return Ok(None);
        };
        let tag = entity_tag(answer.e_tag())?;
        let body = answer.body.collect().await;
        let body = body.map_err(|error| unexpected("BodyInterrupted", error.to_string()))?;
        let bytes = body.to_vec();
        Ok(Some(Stored { bytes, tag }))
    }

    /// Writes the object if `expected` is still its `ETag`, or if there is none yet.
    ///
    /// The answer is the new `ETag`, or nothing if the condition does not hold.
    pub(super) async fn write(
        &self,
        key: &str,
        bytes: Vec<u8>,
        expected: Option<&str>,
    ) -> Result<Option<String>, CloudFailure> {
        let call = self.s3.put_object().bucket(&self.name).key(key);
        let call = match expected {
            Some(tag) => call.if_match(tag),
            None => call.if_none_match("*"),
        };
        let call = call
            .content_type("application/json")
            .body(ByteStream::from(bytes.clone()));
        match call.send().await.classified() {
            Ok(answer) => entity_tag(answer.e_tag()).map(Some),
            Err(failure) if is_conflict(&failure) => self.own_write(key, &bytes).await,
            Err(failure) => Err(failure),
        }
    }

    /// The `ETag` of the object if it holds exactly what was to be written: then an attempt
    /// whose answer was lost has succeeded, and its repetition ran into its own result.
    async fn own_write(&self, key: &str, bytes: &[u8]) -> Result<Option<String>, CloudFailure> {
        let found = self.read(key).await?;
        Ok(found
            .filter(|object| object.bytes == bytes)
            .map(|object| object.tag))
    }

    /// Deletes the object if `expected` is still its `ETag`; whether it was.
    pub(super) async fn delete(&self, key: &str, expected: &str) -> Result<bool, CloudFailure> {
        let call = self.s3.delete_object().bucket(&self.name).key(key);
        match call.if_match(expected).send().await.classified() {
            Ok(_) | Err(CloudFailure::NotFound { .. }) => Ok(true),
            Err(failure) if is_conflict(&failure) => Ok(false),
            Err(failure) => Err(failure),
        }
    }

    /// Deletes every version and every delete marker of exactly this object.
    ///
    /// It is hidden first and its marker goes last, so that a purge that is cut off never brings
    /// an older version back to light.
    pub(super) async fn purge(&self, key: &str) -> Result<(), CloudFailure> {
        loop {
            let versions = self.versions(key).await?;
            if versions.is_empty() {
                return Ok(());
            }
            let lives = versions.iter().any(|it| it.is_latest && !it.is_marker);
            if lives && versions.len() > 1 {
                let call = self.s3.delete_object().bucket(&self.name).key(key);
                call.send().await.classified()?;
                continue;
            }
            self.delete_oldest(versions).await?;
        }
    }

    /// Deletes what is left of an object that is deleted. One that exists, perhaps again, keeps
    /// its history.
    pub(super) async fn forget(&self, key: &str) -> Result<(), CloudFailure> {
        loop {
            let versions = self.versions(key).await?;
            let lives = versions.iter().any(|it| it.is_latest && !it.is_marker);
            if lives || versions.is_empty() {
                return Ok(());
            }
            self.delete_oldest(versions).await?;
        }
    }

    /// Deletes these versions but for the latest, or the latest if it is the only one.
    async fn delete_oldest(&self, mut versions: Vec<Version>) -> Result<(), CloudFailure> {
        if versions.len() > 1 {
            versions.retain(|it| !it.is_latest);
        }
        let batch = versions.into_iter().map(|it| it.id).collect();
        delete_batch(&self.s3, &self.name, None, batch).await
    }

    /// One page of the object's versions, empty only if there are none: the list is in the order
    /// of the keys, so the exact key comes before all that merely begin with it.
    async fn versions(&self, key: &str) -> Result<Vec<Version>, CloudFailure> {
        let call = self.s3.list_object_versions().bucket(&self.name);
        let page = call.prefix(key).send().await.classified()?;
        Ok(of_key(&page, key))
    }
}

fn of_key(page: &ListObjectVersionsOutput, key: &str) -> Vec<Version> {
    let versions = page
        .versions()
        .iter()
        .map(|it| (it.key(), it.version_id(), it.is_latest(), false));
    let markers = page
        .delete_markers()
        .iter()
        .map(|it| (it.key(), it.version_id(), it.is_latest(), true));
    versions
        .chain(markers)
        .filter(|(found, ..)| *found == Some(key))
        .filter_map(|(found, version, is_latest, is_marker)| {
            Some(Version {
                id: identifier((found, version))?,
                is_latest: is_latest == Some(true),
                is_marker,
            })
        })
        .collect()
}

fn entity_tag(tag: Option<&str>) -> Result<String, CloudFailure> {
    tag.map(str::to_owned)
        .ok_or_else(|| unexpected("NoETag", "S3 did not say which version this is"))
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
