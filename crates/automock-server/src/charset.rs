//! Texts that are not written in UTF-8.

use std::borrow::Cow;

/// The text that bytes are in a charset; as UTF-8 if it is unknown. What is no text becomes replacement
/// characters.
pub(crate) fn decode<'b>(bytes: &'b [u8], charset: Option<&str>) -> Cow<'b, str> {
    let charset = charset.unwrap_or_default().trim_matches('"');
    let is = |name| charset.eq_ignore_ascii_case(name);
    if is("utf-16") {
        return Cow::Owned(utf16_with_mark(bytes));
    }
    if is("utf-16be") {
        return Cow::Owned(utf16(bytes, u16::from_be_bytes));
    }
    if is("utf-16le") {
        return Cow::Owned(utf16(bytes, u16::from_le_bytes));
    }
    if is("iso-8859-1") || is("latin1") {
        return Cow::Owned(bytes.iter().copied().map(char::from).collect());
    }
    String::from_utf8_lossy(bytes)
}

/// Without a mark it is big-endian.
fn utf16_with_mark(bytes: &[u8]) -> String {
    match bytes {
        [0xFF, 0xFE, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xFE, 0xFF, rest @ ..] => utf16(rest, u16::from_be_bytes),
        _ => utf16(bytes, u16::from_be_bytes),
    }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> String {
    let pairs = bytes.chunks_exact(2);
    let is_cut = !pairs.remainder().is_empty();
    let units: Vec<u16> = pairs.map(|pair| unit([pair[0], pair[1]])).collect();
    let mut text = String::from_utf16_lossy(&units);
    if is_cut {
        text.push(char::REPLACEMENT_CHARACTER);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn charsets_are_decoded() {
        let check = |bytes: &[u8], charset, expected: &str| {
            assert_eq!(decode(bytes, charset), expected, "{charset:?} {bytes:?}");
        };
        check("ä".as_bytes(), None, "ä");
        check("ä".as_bytes(), Some("UTF-8"), "ä");
        check(&[0xE4], Some("ISO-8859-1"), "ä");
        check(&[0xE4], Some("unknown"), "\u{FFFD}");
        check(&[0xFE, 0xFF, 0, 0xE4], Some("utf-16"), "ä");
        check(&[0xFF, 0xFE, 0xE4, 0], Some("\"UTF-16\""), "ä");
        check(&[0, 0xE4], Some("utf-16"), "ä");
        check(&[0xE4, 0], Some("utf-16le"), "ä");
        check(&[0x26, 0xF4, 0x26], Some("utf-16be"), "\u{26F4}\u{FFFD}");
        check(&[0xD8, 0], Some("utf-16be"), "\u{FFFD}");
    }
}
