//! JSON documents with a schema version.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// A document that cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DocumentError {
    /// The text is no such document.
    #[error("not a document that automock wrote")]
    Malformed(#[from] serde_json::Error),
    /// A newer AutoMock wrote it.
    #[error(
        "it has schema version {found}, and this version reads up to {known}; use a newer automock"
    )]
    NewerSchema {
        /// Version in the document.
        found: u32,
        /// Newest version that can be read.
        known: u32,
    },
}

/// Reads a document, unless a newer version of the crate wrote it.
pub(super) fn read<T: DeserializeOwned>(bytes: &[u8], known: u32) -> Result<T, DocumentError> {
    #[derive(Deserialize)]
    struct Schema {
        schema_version: u32,
    }
    let Schema {
        schema_version: found,
    } = serde_json::from_slice(bytes)?;
    if found > known {
        return Err(DocumentError::NewerSchema { found, known });
    }
    Ok(serde_json::from_slice(bytes)?)
}

/// Writes a document on one line, for what is written again and again.
pub(super) fn write_compactly<T: Serialize>(document: &T) -> Vec<u8> {
    let mut bytes =
        serde_json::to_vec(document).expect("the documents have text keys and no cycles");
    bytes.push(b'\n');
    bytes
}

/// Writes a document for people to read, the same bytes for the same value.
pub(super) fn write<T: Serialize>(document: &T) -> Vec<u8> {
    let mut bytes =
        serde_json::to_vec_pretty(document).expect("the documents have text keys and no cycles");
    bytes.push(b'\n');
    bytes
}
