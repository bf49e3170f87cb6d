//! An S3 object that holds expectations, read when it has changed.

use std::fmt;
use std::str::FromStr;

use automock_model::Region;

use crate::aws::{AwsError, Session};
use crate::error::Error;
use crate::settings::Settings;

/// The largest object that is read, in bytes: as much as the control API takes at once.
const LARGEST: i64 = 64 << 20;

const ACTION: &str = "read the S3 object";

/// The address of an object: `s3://bucket/key`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectAddress {
    bucket: String,
    key: String,
}

/// Something that is no address of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an S3 object is written s3://bucket/key")]
pub struct NoObjectAddress;

/// An object that is read again and again.
#[derive(Debug)]
pub struct S3Object {
    address: ObjectAddress,
    session: Session,
    /// Identifies the content that was read last.
    entity_tag: Option<String>,
}

impl FromStr for ObjectAddress {
    type Err = NoObjectAddress;

    fn from_str(text: &str) -> Result<Self, NoObjectAddress> {
        let path = text.strip_prefix("s3://").ok_or(NoObjectAddress)?;
        match path.split_once('/') {
            Some((bucket, key)) if !bucket.is_empty() && !key.is_empty() => Ok(Self {
                bucket: bucket.to_owned(),
                key: key.to_owned(),
            }),
            _ => Err(NoObjectAddress),
        }
    }
}

impl fmt::Display for ObjectAddress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "s3://{}/{}", self.bucket, self.key)
    }
}

impl S3Object {
    /// Connects to S3 in the object's region.
    ///
    /// # Errors
    ///
    /// When there are no credentials, or AWS does not take them.
    pub async fn connect(
        address: ObjectAddress,
        region: &Region,
        settings: &Settings,
    ) -> Result<Self, Error> {
        Ok(Self {
            address,
            session: Session::connect(region, settings).await?,
            entity_tag: None,
        })
    }

    /// Its address.
    #[must_use]
    pub fn address(&self) -> &ObjectAddress {
        &self.address
    }

    /// Reads the object; `None` when it holds what was read last, which S3 answers without sending the
    /// content.
    ///
    /// # Errors
    ///
    /// When there is no such object, it may not be read, has more than 64 MiB, or is no text.
    pub async fn read(&mut self) -> Result<Option<String>, Error> {
        let question = self
            .session
            .s3()
            .get_object()
            .bucket(&self.address.bucket)
            .key(&self.address.key)
            .set_if_none_match(self.entity_tag.clone());
        let answer = match Box::pin(question.send()).await {
            Ok(answer) => answer,
            Err(error) => {
                let status = error.raw_response().map(|raw| raw.status().as_u16());
                return match status {
                    Some(304) => Ok(None),
                    _ => Err(AwsError::new(ACTION, error).into()),
                };
            }
        };
        if answer.content_length().unwrap_or_default() > LARGEST {
            return Err(AwsError::other(ACTION, "it has more than 64 MiB").into());
        }
        let entity_tag = answer.e_tag().map(ToOwned::to_owned);
        let content = answer.body.collect().await;
        let content = content.map_err(|error| AwsError::other(ACTION, error))?;
        let text = String::from_utf8(content.to_vec());
        let text = text.map_err(|error| AwsError::other(ACTION, error))?;
        self.entity_tag = entity_tag;
        Ok(Some(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_a_bucket_and_a_key() {
        let address: ObjectAddress = "s3://mocks/team/pets.json".parse().unwrap();
        assert_eq!(address.bucket, "mocks");
        assert_eq!(address.key, "team/pets.json");
        assert_eq!(address.to_string(), "s3://mocks/team/pets.json");
        for text in ["s3://mocks", "s3://mocks/", "s3:///key", "pets.json"] {
            assert_eq!(text.parse::<ObjectAddress>(), Err(NoObjectAddress));
        }
    }
}
