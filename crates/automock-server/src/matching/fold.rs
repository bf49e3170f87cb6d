//! Texts without regard to case, as Java's `equalsIgnoreCase` sees them: letter by letter.

use std::borrow::Cow;

/// The text in which equal letters are the same letter.
pub(crate) fn fold(text: &str) -> Cow<'_, str> {
    if !text.is_ascii() {
        return Cow::Owned(text.chars().map(fold_char).collect());
    }
    // To look at all of them is faster than to stop at the first: processors look at many at once.
    let has_upper = text
        .bytes()
        .fold(false, |found, byte| found | byte.is_ascii_uppercase());
    if has_upper {
        return Cow::Owned(text.to_ascii_lowercase());
    }
    Cow::Borrowed(text)
}

/// The letter that stands for all that are equal to it.
pub(crate) fn fold_char(letter: char) -> char {
    if letter.is_ascii() {
        return letter.to_ascii_lowercase();
    }
    let upper = single(letter.to_uppercase()).unwrap_or(letter);
    single(upper.to_lowercase()).unwrap_or(upper)
}

/// Whether two texts are equal but for case.
pub(crate) fn equal(one: &str, other: &str) -> bool {
    if one.eq_ignore_ascii_case(other) {
        return true;
    }
    let ascii = one.is_ascii() && other.is_ascii();
    !ascii && one.chars().map(fold_char).eq(other.chars().map(fold_char))
}

/// Java folds letters one by one: what would become several stays as it is.
fn single(mut letters: impl Iterator<Item = char>) -> Option<char> {
    letters.next().filter(|_| letters.next().is_none())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn letters_are_equal_as_in_java() {
        let check = |one, other, expected| assert_eq!(equal(one, other), expected, "{one} {other}");
        check("/Path", "/pATH", true);
        check("/a", "/b", false);
        check("ÄÖ", "äö", true);
        check("\u{212a}", "k", true);
        check("ς", "Σ", true);
        check("ß", "SS", false);
    }

    proptest! {
        #[test]
        fn equal_texts_fold_to_the_same(one in "[a-zA-ZäÄßẞıİKkſs/]{0,4}", other in "[a-zA-ZäÄßẞıİKkſs/]{0,4}") {
            prop_assert_eq!(equal(&one, &other), fold(&one) == fold(&other));
        }
    }
}
