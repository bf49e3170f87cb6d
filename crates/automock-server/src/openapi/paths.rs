//! Paths of a document as paths of expectations.

use percent_encoding::percent_decode_str;

/// A path as an expectation has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PathPattern {
    /// What the path must meet.
    pub(super) text: String,
    /// The variables that fill whole segments, which become path parameters.
    pub(super) variables: Vec<String>,
    /// The variables that fill a part of a segment, whose values nothing looks at.
    pub(super) loose: Vec<String>,
    /// Smaller for paths that are to be asked first: for each segment how much of it is variable.
    pub(super) rank: Vec<u8>,
}

enum Piece<'p> {
    Text(&'p str),
    Variable(&'p str),
}

/// Makes a path of a document's path. Whole variables stay as they are, the rest becomes a regular
/// expression where it has to.
pub(super) fn path_pattern(prefix: &str, path: &str) -> PathPattern {
    let slash = if path.starts_with('/') { "" } else { "/" };
    let path = format!("{prefix}{slash}{path}");
    let segments: Vec<Vec<Piece<'_>>> = path.split('/').map(pieces).collect();
    let whole = |segment: &[Piece<'_>]| match segment {
        [Piece::Variable(name)] if is_plain(name) => Some((*name).to_owned()),
        _ => None,
    };
    let variables: Vec<String> = segments.iter().filter_map(|it| whole(it)).collect();
    // Beside path parameters an expression is taken apart at its slashes.
    let any = if variables.is_empty() { "[^/]+" } else { ".+" };
    let mut loose = Vec::new();
    let mut texts = Vec::new();
    let mut rank = Vec::new();
    for segment in &segments {
        if let Some(name) = whole(segment) {
            texts.push(format!("{{{name}}}"));
            rank.push(2);
            continue;
        }
        let mut text = String::new();
        let before = loose.len();
        let is_loose = segment
            .iter()
            .any(|piece| matches!(piece, Piece::Variable(_)));
        for piece in segment {
            match piece {
                Piece::Text(plain) if is_loose => text.push_str(&escape(plain).replace('.', "\\.")),
                Piece::Text(plain) => text.push_str(&escape(plain)),
                Piece::Variable(name) => {
                    loose.push((*name).to_owned());
                    text.push_str(any);
                }
            }
        }
        texts.push(text);
        rank.push(u8::from(loose.len() > before));
    }
    PathPattern {
        text: texts.join("/"),
        variables,
        loose,
        rank,
    }
}

/// Whether an expectation's path can hold a variable of this name.
fn is_plain(name: &str) -> bool {
    !name.contains('*') && !name.starts_with(['.', ';'])
}

fn pieces(segment: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = segment;
    while let Some((before, after)) = rest.split_once('{') {
        let Some((name, behind)) = after.split_once('}') else {
            break;
        };
        if name.is_empty() {
            break;
        }
        if !before.is_empty() {
            pieces.push(Piece::Text(before));
        }
        pieces.push(Piece::Variable(name));
        rest = behind;
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(rest));
    }
    pieces
}

/// A text that means itself, but for a dot, which stays as in expectations that people write: where all of
/// a segment is text, it costs the index nothing, and nobody has another path with a letter in its place.
fn escape(text: &str) -> String {
    let text = percent_decode_str(text).decode_utf8_lossy();
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        if "\\^$|?*+()[]{}".contains(letter) {
            escaped.push('\\');
        }
        escaped.push(letter);
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(path: &str, text: &str, variables: &[&str], loose: &[&str], rank: &[u8]) {
        let pattern = path_pattern("/v1", path);
        assert_eq!(pattern.text, text);
        assert_eq!(pattern.variables, variables);
        assert_eq!(pattern.loose, loose);
        assert_eq!(pattern.rank, rank);
    }

    #[test]
    fn variables_are_whole_segments_or_loose() {
        check("/pets", "/v1/pets", &[], &[], &[0, 0, 0]);
        check("/pets/{id}", "/v1/pets/{id}", &["id"], &[], &[0, 0, 0, 2]);
        check(
            "/a/{x}...{y}/z",
            r"/v1/a/[^/]+\.\.\.[^/]+/z",
            &[],
            &["x", "y"],
            &[0, 0, 0, 1, 0],
        );
        check(
            "/{a}/b.{c}",
            r"/v1/{a}/b\..+",
            &["a"],
            &["c"],
            &[0, 0, 2, 1],
        );
        check("/a%20b(c)", r"/v1/a b\(c\)", &[], &[], &[0, 0, 0]);
        check("pets", "/v1/pets", &[], &[], &[0, 0, 0]);
        check("/{}", r"/v1/\{\}", &[], &[], &[0, 0, 0]);
    }
}
