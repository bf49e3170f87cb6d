//! Headers in little memory.

use http::{HeaderMap, HeaderName, HeaderValue};

/// Headers in one piece of memory. The map of a request is several, and its values keep the buffer
/// of the connection alive.
#[derive(Clone, Debug, Default)]
pub struct Head(Box<[u8]>);

/// A name's length in two bytes and a value's length in four.
const LENGTHS: usize = 6;

impl Head {
    /// Copies headers.
    #[must_use]
    pub fn new(headers: &HeaderMap) -> Self {
        let pairs = headers.iter();
        let length = pairs
            .map(|(name, value)| LENGTHS + name.as_str().len() + value.len())
            .sum();
        let mut bytes = Vec::with_capacity(length);
        for (name, value) in headers {
            let name = name.as_str().as_bytes();
            let (Ok(name_length), Ok(value_length)) =
                (u16::try_from(name.len()), u32::try_from(value.len()))
            else {
                continue;
            };
            bytes.extend_from_slice(&name_length.to_be_bytes());
            bytes.extend_from_slice(&value_length.to_be_bytes());
            bytes.extend_from_slice(name);
            bytes.extend_from_slice(value.as_bytes());
        }
        Self(bytes.into_boxed_slice())
    }

    /// The headers.
    #[must_use]
    pub fn to_map(&self) -> HeaderMap {
        let mut headers = HeaderMap::new();
        let mut rest = &*self.0;
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
        self.0.len()
    }

    /// Whether there are no headers.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
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
