//! Where expectations come from, and keeping an engine at what is there.
//!
//! A [`Source`] is a place: a file, a folder, standard input, a document on the web (feature `web`), an
//! object of S3 (feature `s3`). A [`Follower`] serves what is there and whatever will be, the same way for
//! every kind of source, and can confirm in S3 what it serves.

#[cfg(feature = "s3")]
mod confirm;
mod content;
mod error;
mod follow;
mod local;
#[cfg(feature = "s3")]
mod object;
mod place;
mod reader;
mod watch;
#[cfg(feature = "web")]
mod web;

#[cfg(feature = "s3")]
pub use aws_sdk_s3::Client as S3Client;
#[cfg(feature = "s3")]
pub use confirm::{Confirmer, ObjectPrefix};
pub use content::{Content, Loaded, Served};
pub use error::SourceError;
pub use follow::{FollowOptions, Follower, SourceEvent};
pub use local::Local;
#[cfg(feature = "s3")]
pub use object::s3_client;
pub use place::{NotAnObject, ObjectAddress, Source};
pub use watch::Watch;
