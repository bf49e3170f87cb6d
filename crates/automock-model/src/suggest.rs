//! "Did you mean": the candidate closest to what was written.

/// The candidate closest to `text`, when it is close enough to be a slip of the pen.
pub(crate) fn closest<'c>(
    text: &str,
    candidates: impl IntoIterator<Item = &'c str>,
) -> Option<&'c str> {
    let wanted = squash(text);
    candidates
        .into_iter()
        .map(|candidate| (distance(&wanted, &squash(candidate)), candidate))
        .filter(|(distance, candidate)| *distance <= tolerance(candidate))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// `did you mean "…"?` for the closest candidate.
pub(crate) fn did_you_mean<'c>(
    text: &str,
    candidates: impl IntoIterator<Item = &'c str>,
) -> Option<String> {
    closest(text, candidates).map(|candidate| format!("did you mean {candidate:?}?"))
}

/// `a`, `a or b`, `a, b or c`.
pub(crate) fn one_of<T: ToString>(items: impl IntoIterator<Item = T>) -> String {
    join(items, "or")
}

/// `a`, `a and b`, `a, b and c`.
pub(crate) fn all_of<T: ToString>(items: impl IntoIterator<Item = T>) -> String {
    join(items, "and")
}

fn join<T: ToString>(items: impl IntoIterator<Item = T>, word: &str) -> String {
    let items: Vec<String> = items.into_iter().map(|item| item.to_string()).collect();
    match items.as_slice() {
        [] => String::new(),
        [only] => only.clone(),
        [head @ .., last] => format!("{} {word} {last}", head.join(", ")),
    }
}

/// Case and word separators are the commonest slips, so they cost nothing.
fn squash(text: &str) -> String {
    text.chars()
        .filter(|c| !matches!(c, '-' | '_' | ' '))
        .flat_map(char::to_lowercase)
        .collect()
}

fn distance(a: &str, b: &str) -> usize {
    strsim::damerau_levenshtein(a, b)
}

/// A third of the letters may differ, and at least one.
fn tolerance(candidate: &str) -> usize {
    (candidate.chars().count() / 3).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_recognised() {
        let keys = ["min", "max", "size", "capacity", "on_demand_base"];
        for (text, expected) in [
            ("sise", Some("size")),
            ("capactiy", Some("capacity")),
            ("onDemandBase", Some("on_demand_base")),
            ("Max", Some("max")),
            ("colour", None),
            ("", None),
        ] {
            assert_eq!(closest(text, keys), expected, "{text}");
        }
    }

    #[test]
    fn the_nearest_wins() {
        let regions = ["us-east-1", "us-east-2", "us-west-1"];
        assert_eq!(closest("us-est-2", regions), Some("us-east-2"));
    }

    #[test]
    fn lists_read_as_a_sentence() {
        assert_eq!(one_of(["a"]), "a");
        assert_eq!(one_of([1, 2]), "1 or 2");
        assert_eq!(all_of(["a", "b", "c"]), "a, b and c");
    }
}
