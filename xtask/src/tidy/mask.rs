//! Blanks out the parts of Rust source that rules about code must not look at.

/// Items that exist only while testing.
const TEST_ATTRIBUTES: [&str; 3] = ["#[cfg(test)]", "#[cfg(all(test,", "#[test]"];

/// Returns the code of `source` with comments, literals and test items replaced by spaces.
///
/// Lines keep their numbers and columns.
pub(crate) fn production_code(source: &str) -> String {
    let mut code = without_text(source);
    for attribute in TEST_ATTRIBUTES {
        let mut start = 0;
        while let Some(found) = find(&code, attribute, start) {
            start = end_of_item(&code, found);
            blank(&mut code[found..start]);
        }
    }
    code.into_iter().collect()
}

/// Blanks comments, strings and character literals.
fn without_text(source: &str) -> Vec<char> {
    let mut code: Vec<char> = source.chars().collect();
    let mut index = 0;
    while index < code.len() {
        let end = end_of_text(&code, index);
        if end > index {
            blank(&mut code[index..end]);
            index = end;
        } else {
            index = end_of_word(&code, index).max(index + 1);
        }
    }
    code
}

/// Returns the end of the comment or literal that starts at `index`; `index` when none does.
fn end_of_text(code: &[char], index: usize) -> usize {
    let next = code.get(index + 1).copied();
    match (code[index], next) {
        ('/', Some('/')) => position(code, index, |rest| rest[0] == '\n').unwrap_or(code.len()),
        ('/', Some('*')) => end_of_block_comment(code, index),
        ('"', _) => end_of_string(code, index, '"'),
        ('b' | 'c', Some('"')) => end_of_string(code, index + 1, '"'),
        ('b', Some('\'')) => end_of_string(code, index + 1, '\''),
        ('r', Some('"' | '#')) => end_of_raw_string(code, index, index + 1),
        ('b' | 'c', Some('r')) => end_of_raw_string(code, index, index + 2),
        // Anything else after a quote is a lifetime.
        ('\'', Some('\\')) => end_of_string(code, index, '\''),
        ('\'', Some(_)) if code.get(index + 2) == Some(&'\'') => index + 3,
        _ => index,
    }
}

fn end_of_block_comment(code: &[char], index: usize) -> usize {
    let mut depth = 0_usize;
    let mut at = index;
    while at + 1 < code.len() {
        match (code[at], code[at + 1]) {
            ('/', '*') => depth += 1,
            ('*', '/') => depth -= 1,
            _ => {
                at += 1;
                continue;
            }
        }
        at += 2;
        if depth == 0 {
            return at;
        }
    }
    code.len()
}

/// Returns the end of the literal whose opening quote is at `index`.
fn end_of_string(code: &[char], index: usize, quote: char) -> usize {
    let mut at = index + 1;
    while at < code.len() && code[at] != quote {
        at += if code[at] == '\\' { 2 } else { 1 };
    }
    (at + 1).min(code.len())
}

/// Returns the end of the raw string whose hashes start at `hashes`; `start` when it isn't one.
fn end_of_raw_string(code: &[char], start: usize, hashes: usize) -> usize {
    let count = code[hashes..]
        .iter()
        .take_while(|letter| **letter == '#')
        .count();
    let open = hashes + count;
    if code.get(open) != Some(&'"') {
        return start;
    }
    let mut closing = vec!['"'];
    closing.resize(count + 1, '#');
    position(code, open + 1, |rest| rest.starts_with(&closing))
        .map_or(code.len(), |at| at + closing.len())
}

/// Skips a whole identifier, so that its last letter isn't taken for a string prefix.
fn end_of_word(code: &[char], index: usize) -> usize {
    position(code, index, |rest| {
        !(rest[0].is_alphanumeric() || rest[0] == '_')
    })
    .unwrap_or(code.len())
}

/// Returns the end of the item whose first attribute is at `index`: its semicolon or block.
fn end_of_item(code: &[char], index: usize) -> usize {
    let mut depth = 0_usize;
    for (at, letter) in code.iter().enumerate().skip(index) {
        match letter {
            ';' if depth == 0 => return at + 1,
            '{' => depth += 1,
            '}' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return at + 1;
                }
            }
            _ => {}
        }
    }
    code.len()
}

fn find(code: &[char], needle: &str, from: usize) -> Option<usize> {
    let needle: Vec<char> = needle.chars().collect();
    position(code, from, |rest| rest.starts_with(&needle))
}

/// Returns the first index from `from` on at which `matches` holds for the rest.
fn position(code: &[char], from: usize, matches: impl Fn(&[char]) -> bool) -> Option<usize> {
    (from..code.len()).find(|index| matches(&code[*index..]))
}

fn blank(code: &mut [char]) {
    for letter in code.iter_mut().filter(|letter| **letter != '\n') {
        *letter = ' ';
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Everything spelled `gone` must be blanked and everything spelled `kept` must stay.
    #[track_caller]
    fn check(source: &str) {
        let code = production_code(source);
        assert_eq!(code.matches("gone").count(), 0, "{code}");
        assert_eq!(
            code.matches("kept").count(),
            source.matches("kept").count(),
            "{code}"
        );
        assert_eq!(code.lines().count(), source.lines().count());
    }

    #[test]
    fn comments_are_blanked() {
        check("kept(); // gone\nkept(); /* gone /* gone */ gone */ kept();\n//! gone");
    }

    #[test]
    fn strings_are_blanked() {
        check(r#"kept("gone \" gone", b"gone", c"gone"); kept();"#);
        check("kept(r\"gone\\\"); kept(r#\"gone \" gone\"#, br##\"gone\"# gone\"##); kept();");
        check("kept(\"gone\n gone\"); kept();");
    }

    #[test]
    fn characters_are_blanked_and_lifetimes_stay() {
        check(r#"kept::<'static>('"', '\'', b'"', '\u{1F600}'); kept('a'); kept("gone");"#);
    }

    #[test]
    fn identifiers_that_end_like_a_prefix_are_code() {
        check("let kept_r = number\"gone\"; kept();");
    }

    #[test]
    fn test_items_are_blanked_to_their_end() {
        check("#[cfg(test)]\nmod tests {\n  fn gone() { gone(); }\n}\nfn kept() {}");
        check("#[cfg(test)]\nuse gone;\nfn kept() {}");
        check("#[test]\nfn gone() {}\nfn kept() {}");
    }

    #[test]
    fn unterminated_text_ends_with_the_file() {
        check("kept(); \"gone");
        check("kept(); /* gone");
    }
}
