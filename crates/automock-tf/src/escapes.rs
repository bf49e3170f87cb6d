//! Colours in text for people.
//!
//! Commands without a JSON form are run with colours on, because only then terraform frames its
//! diagnostics, which makes them exact to read.

/// Removes ANSI colour sequences.
pub(crate) fn without_escapes(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("\u{1b}[") {
        clean.push_str(&rest[..at]);
        let sequence = &rest[at + 2..];
        let end = sequence
            .find(|c: char| c.is_ascii_alphabetic())
            .map_or(sequence.len(), |end| end + 1);
        rest = &sequence[end..];
    }
    clean.push_str(rest);
    clean
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_go_and_words_stay() {
        assert_eq!(
            without_escapes("\u{1b}[1m\u{1b}[31mError:\u{1b}[0m é [x]"),
            "Error: é [x]"
        );
        assert_eq!(without_escapes("cut \u{1b}[3"), "cut ");
    }
}
