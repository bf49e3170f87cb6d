//! "Did you mean": the name closest to what was written.

/// The name closest to `text`, when it is close enough to be a slip of the pen.
pub(crate) fn closest<'n>(text: &str, names: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    let wanted = squash(text);
    let distances = names.into_iter().map(|name| {
        let distance = strsim::damerau_levenshtein(&wanted, &squash(name));
        (distance, name)
    });
    let close = distances.filter(|(distance, name)| *distance <= tolerance(name));
    close
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// ` (did you mean "…"?)`, or nothing.
pub(crate) fn hint<'n>(text: &str, names: impl IntoIterator<Item = &'n str>) -> String {
    let name = closest(text, names);
    name.map_or_else(String::new, |name| format!(" (did you mean {name:?}?)"))
}

/// Case and the marks between words are the commonest slips, so they cost nothing.
fn squash(text: &str) -> String {
    let letters = text
        .chars()
        .filter(|letter| !matches!(letter, '-' | '_' | ' '));
    letters.take(64).flat_map(char::to_lowercase).collect()
}

/// A third of the letters may differ, and at least one.
fn tolerance(name: &str) -> usize {
    (name.chars().count() / 3).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_recognised() {
        let names = ["statusCode", "headers", "body", "delay"];
        for (text, expected) in [
            ("status_code", Some("statusCode")),
            ("statuscode", Some("statusCode")),
            ("header", Some("headers")),
            ("bdoy", Some("body")),
            ("colour", None),
            ("", None),
        ] {
            assert_eq!(closest(text, names), expected, "{text}");
        }
    }

    #[test]
    fn a_hint_is_a_question() {
        assert_eq!(hint("dely", ["delay"]), " (did you mean \"delay\"?)");
        assert_eq!(hint("colour", ["delay"]), "");
    }
}
