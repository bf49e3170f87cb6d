//! The places where expectations can be.

use std::fmt;
use std::path::Path;
use std::str::FromStr;

use super::{Local, SourceError};

/// A place where expectations are.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Source {
    /// On this machine.
    Local(Local),
    /// A document on the web, by its `http` or `https` address.
    Web(String),
    /// An object of S3.
    Object(ObjectAddress),
}

/// The address of an object: `s3://bucket/key`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectAddress {
    /// The bucket.
    pub bucket: String,
    /// The key in it.
    pub key: String,
}

/// A text that is not the address of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the address of an S3 object looks like s3://bucket/key")]
pub struct NotAnObject;

impl Source {
    /// The source with a name: `s3://bucket/key`, the address of a document on the web, `-` for standard
    /// input, or the path of a file or folder.
    ///
    /// # Errors
    /// When there is no such file or folder, or the address is not valid.
    pub fn named(name: &Path) -> Result<Self, SourceError> {
        match name.to_str().and_then(|name| name.split_once("://")) {
            Some(("s3", _)) => {
                let name = name.to_string_lossy();
                let address = name.parse().map_err(|NotAnObject| SourceError::Address {
                    name: name.clone().into_owned(),
                    reason: "the address of an S3 object looks like s3://bucket/key",
                })?;
                Ok(Self::Object(address))
            }
            Some(("http" | "https", _)) => Ok(Self::Web(name.to_string_lossy().into_owned())),
            _ => Local::named(name).map(Self::Local),
        }
    }

    /// Whether it is reached over the network.
    #[must_use]
    pub fn is_remote(&self) -> bool {
        !matches!(self, Self::Local(_))
    }
}

impl From<Local> for Source {
    fn from(local: Local) -> Self {
        Self::Local(local)
    }
}

impl FromStr for ObjectAddress {
    type Err = NotAnObject;

    fn from_str(text: &str) -> Result<Self, NotAnObject> {
        let path = text.strip_prefix("s3://").ok_or(NotAnObject)?;
        match path.split_once('/') {
            Some((bucket, key)) if !bucket.is_empty() && !key.is_empty() => Ok(Self {
                bucket: bucket.to_owned(),
                key: key.to_owned(),
            }),
            _ => Err(NotAnObject),
        }
    }
}

impl fmt::Display for ObjectAddress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "s3://{}/{}", self.bucket, self.key)
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
            assert_eq!(text.parse::<ObjectAddress>(), Err(NotAnObject));
        }
    }

    #[test]
    fn a_name_says_what_it_names() {
        let named = |name: &str| Source::named(Path::new(name));
        let object = "s3://mocks/pets.json".parse().unwrap();
        assert_eq!(
            named("s3://mocks/pets.json").unwrap(),
            Source::Object(object)
        );
        let web = "https://example.com/pets.yaml".to_owned();
        assert_eq!(named(&web).unwrap(), Source::Web(web));
        assert_eq!(named("-").unwrap(), Local::StandardInput.into());
        assert!(!named("/").unwrap().is_remote());
        let error = named("s3://mocks").unwrap_err().to_string();
        assert!(error.ends_with("looks like s3://bucket/key"), "{error}");
        assert!(named("/absent/mock.json").is_err());
    }
}
