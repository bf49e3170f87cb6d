//! Regular expressions in methods of texts.

use fancy_regex::{Captures, Regex, RegexBuilder};

use super::budget::Budget;
use super::error::RenderError;

/// What compiling an expression costs.
const COMPILE: usize = 100_000;
/// How often an expression with lookarounds may step back before it gives up.
const BACKTRACKS: usize = 50_000;

/// Whether an expression matches the whole text.
pub(super) fn matches(text: &str, pattern: &str, budget: &mut Budget) -> Result<bool, RenderError> {
    let regex = compile(&format!("^(?:{pattern})$"), budget)?;
    let found = search(&regex, text, 0, budget)?;
    Ok(found.is_some_and(|found| whole(&found) == (0, text.len())))
}

/// Replaces what an expression matches, at most so often; `$1` is the first group.
pub(super) fn replace(
    text: &str,
    pattern: &str,
    replacement: &str,
    limit: usize,
    budget: &mut Budget,
) -> Result<String, RenderError> {
    let regex = compile(pattern, budget)?;
    let mut replaced = String::new();
    let mut rest = 0;
    let mut matches = Matches::new(&regex, text);
    for _ in 0..limit {
        let Some(found) = matches.next(budget)? else {
            break;
        };
        let (start, end) = whole(&found);
        budget.push(&mut replaced, &text[rest..start])?;
        expand(&found, replacement, &mut replaced, budget)?;
        rest = end;
    }
    budget.push(&mut replaced, &text[rest..])?;
    Ok(replaced)
}

/// Takes a text apart where an expression matches, into at most `limit` parts. Without a limit,
/// empty parts at the end are left out, as in Java.
pub(super) fn split(
    text: &str,
    pattern: &str,
    limit: usize,
    budget: &mut Budget,
) -> Result<Vec<String>, RenderError> {
    let mut parts: Vec<String> = Vec::new();
    let mut rest = 0;
    for (start, end) in separators(text, pattern, budget)? {
        if limit > 0 && parts.len() + 1 == limit {
            break;
        }
        // A match of nothing at the start gives no empty part.
        if end > 0 {
            parts.push(text[rest..start].to_owned());
            rest = end;
        }
    }
    parts.push(text[rest..].to_owned());
    while limit == 0 && parts.len() > 1 && parts.last().is_some_and(String::is_empty) {
        parts.pop();
    }
    Ok(parts)
}

fn separators(
    text: &str,
    pattern: &str,
    budget: &mut Budget,
) -> Result<Vec<(usize, usize)>, RenderError> {
    budget.spend(text.len().saturating_mul(50))?;
    if let Some(plain) = literal(pattern) {
        let found = text.match_indices(&plain);
        return Ok(found
            .map(|(start, found)| (start, start + found.len()))
            .collect());
    }
    let regex = compile(pattern, budget)?;
    let mut matches = Matches::new(&regex, text);
    let mut found = Vec::new();
    while let Some(captures) = matches.next(budget)? {
        found.push(whole(&captures));
    }
    Ok(found)
}

/// The text that an expression stands for if there is nothing special in it but escaped signs.
fn literal(pattern: &str) -> Option<String> {
    let mut plain = String::new();
    let mut signs = pattern.chars();
    while let Some(sign) = signs.next() {
        match sign {
            '\\' => plain.push(signs.next().filter(char::is_ascii_punctuation)?),
            '.' | '*' | '+' | '?' | '(' | ')' | '[' | ']' | '{' | '}' | '|' | '^' | '$' => {
                return None;
            }
            _ => plain.push(sign),
        }
    }
    (!plain.is_empty()).then_some(plain)
}

fn compile(pattern: &str, budget: &mut Budget) -> Result<Regex, RenderError> {
    budget.spend(COMPILE.saturating_add(pattern.len().saturating_mul(100)))?;
    let regex = RegexBuilder::new(pattern)
        .backtrack_limit(BACKTRACKS)
        .build();
    regex.map_err(|error| RenderError::unsupported(format!("no regular expression: {error}")))
}

fn search<'t>(
    regex: &Regex,
    text: &'t str,
    from: usize,
    budget: &mut Budget,
) -> Result<Option<Captures<'t, str>>, RenderError> {
    budget.spend(BACKTRACKS.saturating_add(text.len() - from))?;
    let found = regex.captures_from_pos(text, from);
    found.map_err(|error| RenderError::unsupported(format!("a regular expression fails: {error}")))
}

struct Matches<'r, 't> {
    regex: &'r Regex,
    text: &'t str,
    next: usize,
}

impl<'r, 't> Matches<'r, 't> {
    fn new(regex: &'r Regex, text: &'t str) -> Self {
        let next = 0;
        Self { regex, text, next }
    }

    fn next(&mut self, budget: &mut Budget) -> Result<Option<Captures<'t, str>>, RenderError> {
        if self.next > self.text.len() {
            return Ok(None);
        }
        let found = search(self.regex, self.text, self.next, budget)?;
        if let Some(found) = &found {
            let (start, end) = whole(found);
            self.next = if start == end { self.after(end) } else { end };
        }
        Ok(found)
    }

    /// The next character's start, so that matches of nothing come to an end.
    fn after(&self, byte: usize) -> usize {
        let sign = self.text[byte..].chars().next();
        byte + sign.map_or(1, char::len_utf8)
    }
}

fn whole(found: &Captures<'_, str>) -> (usize, usize) {
    found
        .get(0)
        .map_or((0, 0), |group| (group.start(), group.end()))
}

/// Writes a replacement as Java reads it: `$1` is a group, and a backslash takes the sign after it.
fn expand(
    found: &Captures<'_, str>,
    replacement: &str,
    output: &mut String,
    budget: &mut Budget,
) -> Result<(), RenderError> {
    let mut signs = replacement.chars().peekable();
    while let Some(sign) = signs.next() {
        let digit = signs.peek().and_then(|next| next.to_digit(10));
        match (sign, digit) {
            ('$', Some(group)) => {
                signs.next();
                let group = found.get(group as usize).map_or("", |group| group.as_str());
                budget.push(output, group)?;
            }
            ('\\', _) => {
                let sign = signs.next().unwrap_or('\\');
                budget.push(output, sign.encode_utf8(&mut [0; 4]))?;
            }
            _ => budget.push(output, sign.encode_utf8(&mut [0; 4]))?,
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_those_of_java() {
        let cases: [(&str, &str, usize, &[&str]); 8] = [
            ("a,b,,", ",", 0, &["a", "b"]),
            ("a,b,,", ",", 2, &["a", "b,,"]),
            ("a.b", "\\.", 0, &["a", "b"]),
            ("a1b22c", "\\d+", 0, &["a", "b", "c"]),
            ("abc", "", 0, &["a", "b", "c"]),
            (",a", ",", 0, &["", "a"]),
            ("", ",", 0, &[""]),
            ("a|b", "[|]", 0, &["a", "b"]),
        ];
        for (text, pattern, limit, expected) in cases {
            let parts = split(text, pattern, limit, &mut Budget::new()).unwrap();
            assert_eq!(parts, expected, "{text} {pattern}");
        }
    }

    #[test]
    fn replacements_know_groups() {
        let cases = [
            ("2024-05", "(\\d+)-(\\d+)", "$2/$1", "05/2024"),
            ("abc", "b", "\\$1", "a$1c"),
            ("äb", "", "-", "-ä-b-"),
        ];
        for (text, pattern, replacement, expected) in cases {
            let replaced = replace(text, pattern, replacement, usize::MAX, &mut Budget::new());
            assert_eq!(replaced.unwrap(), expected);
        }
        let first = replace("aa", "a", "b", 1, &mut Budget::new());
        assert_eq!(first.unwrap(), "ba");
    }

    #[test]
    fn a_match_is_whole() {
        assert_eq!(matches("123", "\\d+", &mut Budget::new()), Ok(true));
        assert_eq!(matches("123a", "\\d+", &mut Budget::new()), Ok(false));
        assert_eq!(matches("ab", "a|ab", &mut Budget::new()), Ok(true));
        let error = matches("a", "(", &mut Budget::new()).unwrap_err();
        assert!(error.to_string().starts_with("no regular expression: "));
    }
}
