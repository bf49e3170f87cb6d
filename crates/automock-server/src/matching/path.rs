//! Paths with variables: `/users/{id}` beside `pathParameters`.

use std::borrow::Cow;

use super::pairs::Found;
use super::text::Text;

/// The segments of a path with variables.
#[derive(Clone, Debug)]
pub(crate) struct PathTemplate {
    /// The name of the variable of each segment that is one.
    variables: Vec<Option<Box<str>>>,
}

impl PathTemplate {
    /// Takes a path apart.
    pub(crate) fn new(path: &str) -> Self {
        let variables = segments(path).map(|segment| variable(segment).map(Into::into));
        Self {
            variables: variables.collect(),
        }
    }

    /// How many segments a path must have.
    pub(crate) fn segment_count(&self) -> usize {
        self.variables.len()
    }

    /// Whether a path has as many segments.
    pub(crate) fn fits(&self, path: &str) -> bool {
        segment_count(path) == self.variables.len()
    }

    /// What the variables stand for in a path that fits.
    pub(crate) fn extract<'p>(&'p self, path: &'p str) -> Vec<Found<'p>> {
        let mut found = Vec::new();
        for (name, segment) in self.variables.iter().zip(segments(path)) {
            let Some(name) = name.as_deref() else {
                continue;
            };
            let values = segment.split(',');
            let values = values.filter_map(|value| strip_label(name, value));
            found.extend(values.map(|value| (Cow::Borrowed(name), Cow::Borrowed(value))));
        }
        found
    }
}

/// The text that a whole path must meet: any text may take the place of a variable.
pub(crate) fn without_variables(path: &Text) -> Text {
    path.rewritten(|path| {
        let parts = path
            .split('/')
            .map(|part| if variable(part).is_some() { ".*" } else { part });
        parts.collect::<Vec<_>>().join("/")
    })
}

/// How many segments a path has that are not blank.
pub(crate) fn segment_count(path: &str) -> usize {
    let bytes = path.as_bytes();
    let has_blanks = bytes
        .iter()
        .fold(false, |found, byte| found | !byte.is_ascii_graphic());
    if has_blanks {
        return segments(path).count();
    }
    // Without blanks a segment begins wherever a letter follows a slash.
    let begins = bytes
        .windows(2)
        .map(|pair| usize::from(pair[0] == b'/' && pair[1] != b'/'));
    let first = bytes.first().is_some_and(|first| *first != b'/');
    begins.sum::<usize>() + usize::from(first)
}

fn segments(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter(|segment| !is_blank(segment))
}

/// Most begin with a letter, which tells at once.
fn is_blank(segment: &str) -> bool {
    let first = segment.bytes().next();
    !first.is_some_and(|first| first.is_ascii_graphic()) && segment.trim().is_empty()
}

/// The name in `{name}`, `{.name}`, `{;name}` or any of these with `*`.
fn variable(segment: &str) -> Option<&str> {
    let inner = segment.strip_prefix('{')?.strip_suffix('}')?;
    let inner = inner.strip_suffix('*').unwrap_or(inner);
    let name = inner
        .strip_prefix(['.', ';'])
        .filter(|rest| !rest.is_empty())
        .unwrap_or(inner);
    (!name.is_empty() && !name.contains('*')).then_some(name)
}

/// A value without what belongs to its style: `.value`, `;name=value`.
fn strip_label<'v>(name: &str, value: &'v str) -> Option<&'v str> {
    let unmarked = value.strip_prefix(['.', ';']).unwrap_or(value);
    let named = unmarked
        .strip_prefix(name)
        .and_then(|rest| rest.strip_prefix('='));
    let bare = named.unwrap_or(unmarked);
    Some(bare).filter(|bare| !bare.is_empty())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn variables_are_extracted() {
        let check = |template: &str, path: &str, expected: &[(&str, &str)]| {
            let template = PathTemplate::new(template);
            assert!(template.fits(path), "{path}");
            let found = template.extract(path);
            let found: Vec<_> = found
                .iter()
                .map(|(name, value)| (&**name, &**value))
                .collect();
            assert_eq!(found, expected, "{path}");
        };
        check("/a/{id}", "/a/7", &[("id", "7")]);
        check("/a/{id}/b/{x}", "/a/7/b/y", &[("id", "7"), ("x", "y")]);
        check("/a/{id}", "/a/7,8", &[("id", "7"), ("id", "8")]);
        check("/a/{;id*}", "/a/;id=7", &[("id", "7")]);
        check("/a/{.id}", "/a/.7", &[("id", "7")]);
        check("/a/b", "/a/b", &[]);
    }

    #[test]
    fn a_path_must_have_as_many_segments() {
        let template = PathTemplate::new("/a/{id}");
        assert!(template.fits("/a/7/") && template.fits("a/7"));
        assert!(!template.fits("/a") && !template.fits("/a/7/8"));
    }

    #[test]
    fn variables_give_way_to_anything() {
        let text = without_variables(&Text::new("/a/{id}/c"));
        assert!(text.matches("/a/7/c") && text.matches("/A/x y/c") && !text.matches("/a/7/d"));
        assert!(!without_variables(&Text::new("/a/{id}/")).matches("/a/7"));
    }

    proptest! {
        #[test]
        fn segments_are_counted_as_they_are_split(path in "[/a \\t\\x0b\u{a0}é]{0,8}") {
            prop_assert_eq!(segment_count(&path), segments(&path).count());
        }
    }
}
