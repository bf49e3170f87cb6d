//! Path and headers in little memory.

use crate::arrival::RawHeaders;
use http::{HeaderMap, HeaderName, HeaderValue};

/// The path and the headers of a request in one piece of memory. The map of a request is several,
/// and its values keep the buffer of the connection alive.
#[derive(Clone, Debug, Default)]
pub struct Head {
    bytes: Box<[u8]>,
    /// The length of the path, which comes first.
    path: usize,
}

/// A name's length in two bytes and a value's length in four.
const LENGTHS: usize = 6;

impl Head {
    /// Copies a path and headers, those that have been read and those that have not.
    #[must_use]
    pub fn new(path: &str, headers: &HeaderMap, unread: RawHeaders<'_>) -> Self {
        let pairs = || {
            let read = headers.iter();
            let read = read.map(|(name, value)| (name.as_str(), value.as_bytes()));
            read.chain(unread.iter().copied())
        };
        let lengths = pairs().map(|(name, value)| LENGTHS + name.len() + value.len());
        let mut bytes = Vec::with_capacity(path.len() + lengths.sum::<usize>());
        bytes.extend_from_slice(path.as_bytes());
        for (name, value) in pairs() {
            let (Ok(name_length), Ok(value_length)) =
                (u16::try_from(name.len()), u32::try_from(value.len()))
            else {
                continue;
            };
            bytes.extend_from_slice(&name_length.to_be_bytes());
            bytes.extend_from_slice(&value_length.to_be_bytes());
            let start = bytes.len();
            bytes.extend_from_slice(name.as_bytes());
            bytes[start..].make_ascii_lowercase();
            bytes.extend_from_slice(value);
        }
        Self {
            bytes: bytes.into_boxed_slice(),
            path: path.len(),
        }
    }

    /// The path.
    #[must_use]
    pub fn path(&self) -> &str {
        let path = self.bytes.get(..self.path).unwrap_or_default();
        std::str::from_utf8(path).unwrap_or_default()
    }

    /// The headers.
    #[must_use]
    pub fn to_map(&self) -> HeaderMap {
        let mut headers = HeaderMap::new();
        let mut rest = self.bytes.get(self.path..).unwrap_or_default();
        while let Some((name, value, after)) = split(rest) {
            rest = after;
            if let (Ok(name), Ok(value)) =
                (HeaderName::from_bytes(name), HeaderValue::from_bytes(value))
            {
                headers.append(name, value);
            }
        }
        headers
    }

    /// Its bytes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Whether there is neither a path nor a header.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }
}

fn split(bytes: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let (name_length, rest) = bytes.split_first_chunk()?;
    let (value_length, rest) = rest.split_first_chunk()?;
    let value_length = usize::try_from(u32::from_be_bytes(*value_length)).ok()?;
    let (name, rest) = rest.split_at_checked(u16::from_be_bytes(*name_length).into())?;
    let (value, rest) = rest.split_at_checked(value_length)?;
    Some((name, value, rest))
}
