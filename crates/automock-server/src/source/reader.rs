//! Reading a source again and again.

use super::{Content, Local, Source, SourceError};

/// A source that is read again and again.
#[derive(Debug)]
pub(super) enum Reader {
    Local(Local),
    #[cfg(feature = "web")]
    Web(super::web::WebDocument),
    #[cfg(feature = "s3")]
    Object(super::object::S3Object),
}

impl Reader {
    /// Whether there is anything to prepare.
    ///
    /// # Errors
    /// When the address is not valid, or this program was built without what it needs.
    pub(super) fn check(source: &Source) -> Result<(), SourceError> {
        match source {
            #[cfg(feature = "web")]
            Source::Web(url) => super::web::WebDocument::new(url).map(drop),
            #[cfg(not(feature = "web"))]
            Source::Web(url) => Err(SourceError::Address {
                name: url.clone(),
                reason: "this program was built without the feature `web`",
            }),
            #[cfg(not(feature = "s3"))]
            Source::Object(address) => Err(SourceError::Address {
                name: address.to_string(),
                reason: "this program was built without the feature `s3`",
            }),
            _ => Ok(()),
        }
    }

    /// Whether content that is read twice has been written twice. Other places than S3 cannot tell.
    pub(super) fn tells_rewrites(&self) -> bool {
        match self {
            #[cfg(feature = "s3")]
            Self::Object(_) => true,
            _ => false,
        }
    }

    /// Prepares to read. Nothing is read yet.
    ///
    /// # Errors
    /// When the address is not valid, or this program was built without what it needs.
    pub(super) async fn open(
        source: Source,
        #[cfg(feature = "s3")] s3: Option<aws_sdk_s3::Client>,
    ) -> Result<Self, SourceError> {
        match source {
            Source::Local(local) => Ok(Self::Local(local)),
            #[cfg(feature = "web")]
            Source::Web(url) => super::web::WebDocument::new(&url).map(Self::Web),
            #[cfg(not(feature = "web"))]
            Source::Web(url) => Err(SourceError::Address {
                name: url,
                reason: "this program was built without the feature `web`",
            }),
            #[cfg(feature = "s3")]
            Source::Object(address) => {
                let client = match s3 {
                    Some(client) => client,
                    None => super::object::s3_client(None).await,
                };
                Ok(Self::Object(super::object::S3Object::new(address, client)))
            }
            #[cfg(not(feature = "s3"))]
            Source::Object(address) => Err(SourceError::Address {
                name: address.to_string(),
                reason: "this program was built without the feature `s3`",
            }),
        }
    }

    /// What there is now; `None` when the place says that it is as it was.
    ///
    /// # Errors
    /// When it cannot be read.
    pub(super) async fn read(&mut self) -> Result<Option<Content>, SourceError> {
        match self {
            Self::Local(local) => local.content().map(Some),
            #[cfg(feature = "web")]
            Self::Web(document) => document.read().await,
            #[cfg(feature = "s3")]
            Self::Object(object) => Box::pin(object.read()).await,
        }
    }
}
