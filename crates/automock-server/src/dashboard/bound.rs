//! Text of any length, made short enough to be shown.

use serde::Serialize;

/// What stands for the rest.
const REST: char = '…';

/// The beginning of a text, at most so many bytes and a sign for the rest.
pub(super) fn cut(text: &str, limit: usize) -> String {
    if text.len() <= limit {
        return text.to_owned();
    }
    let mut shown = text[..text.floor_char_boundary(limit)].to_owned();
    shown.push(REST);
    shown
}

/// Names with values, as many as are shown.
#[derive(Debug, Serialize)]
pub(super) struct Pairs {
    shown: Vec<(String, String)>,
    /// How many are left out.
    more: usize,
}

/// How many pairs are shown.
const MOST_PAIRS: usize = 200;

/// How many bytes of a name and of a value are shown.
const LONGEST_PART: usize = 2 << 10;

impl Pairs {
    pub(super) fn new<N: AsRef<str>, V: AsRef<str>>(pairs: impl Iterator<Item = (N, V)>) -> Self {
        let (mut shown, mut more) = (Vec::new(), 0);
        for (name, value) in pairs {
            if shown.len() < MOST_PAIRS {
                let value = cut(value.as_ref(), LONGEST_PART);
                shown.push((cut(name.as_ref(), LONGEST_PART), value));
            } else {
                more += 1;
            }
        }
        Self { shown, more }
    }
}

/// A body, as much of it as is shown.
#[derive(Debug, Serialize)]
pub(super) struct Body {
    bytes: usize,
    /// It, or its first bytes in hexadecimal digits if it is no text.
    text: String,
    is_text: bool,
    is_cut: bool,
}

/// How many bytes of a text are shown.
const LONGEST_TEXT: usize = 16 << 10;

/// How many bytes are shown in digits.
const LONGEST_BINARY: usize = 256;

impl Body {
    /// Nothing if it is empty.
    pub(super) fn new(bytes: &[u8]) -> Option<Self> {
        if bytes.is_empty() {
            return None;
        }
        let start = &bytes[..bytes.len().min(LONGEST_TEXT)];
        let text = text_of(start, bytes.len() > start.len());
        let is_text = text.is_some();
        let limit = if is_text {
            LONGEST_TEXT
        } else {
            LONGEST_BINARY
        };
        Some(Self {
            bytes: bytes.len(),
            text: text.map_or_else(|| hexadecimal(bytes), str::to_owned),
            is_text,
            is_cut: bytes.len() > limit,
        })
    }
}

/// The text that bytes are; if more follow, its last letter may be incomplete.
fn text_of(bytes: &[u8], is_cut: bool) -> Option<&str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Some(text),
        Err(error) if is_cut && error.error_len().is_none() => {
            std::str::from_utf8(&bytes[..error.valid_up_to()]).ok()
        }
        Err(_) => None,
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    let shown = bytes.iter().take(LONGEST_BINARY);
    let digits: Vec<String> = shown.map(|byte| format!("{byte:02x}")).collect();
    digits.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_not_cut_in_half() {
        assert_eq!(cut("aéb", 2), "a…");
        assert_eq!(cut("aéb", 4), "aéb");
        let long = format!("a{}", "é".repeat(LONGEST_TEXT));
        let body = Body::new(long.as_bytes()).unwrap();
        assert!(body.is_text && body.is_cut);
        assert!(long.starts_with(&body.text));
        assert_eq!(body.text.len(), LONGEST_TEXT - 1);
    }

    #[test]
    fn what_is_no_text_is_shown_in_digits() {
        let body = Body::new(&[0xff; 1000]).unwrap();
        assert!(!body.is_text && body.is_cut && body.bytes == 1000);
        assert_eq!(body.text.len(), LONGEST_BINARY * 3 - 1);
        assert!(Body::new(&[]).is_none());
        assert!(
            !Body::new("aé".as_bytes().split_last().unwrap().1)
                .unwrap()
                .is_text
        );
    }

    #[test]
    fn pairs_that_are_left_out_are_counted() {
        let pairs = Pairs::new((0..MOST_PAIRS + 3).map(|number| ("n", number.to_string())));
        assert_eq!((pairs.shown.len(), pairs.more), (MOST_PAIRS, 3));
    }
}
