//! Finds the few expectations that a request can be for.
//!
//! Matchers of one path lie in a table by that path. Those of which only the beginning of the
//! path is known lie in tables by that beginning, one for each shape: there are as many look-ups as
//! there are shapes, however many matchers there are. A shape says how many letters are known, and
//! which among them may be any: `/v1.0/users` is a regular expression.

use std::cell::LazyCell;
use std::collections::HashMap;

use crate::matching::{Key, PathKey, Prefix, RequestMatcher, fold, segment_count};
use crate::request::Request;

/// An index of matchers, made once for a revision.
#[derive(Clone, Debug, Default)]
pub struct Index {
    exact: Table,
    shapes: HashMap<Shape, Table>,
}

/// Matchers by what is known of their paths.
type Table = HashMap<Box<str>, Vec<Entry>>;

/// Which letters of a path are known.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Shape {
    length: usize,
    /// The places among them where any letter may be, in ascending order.
    holes: Vec<usize>,
    /// There are no more letters.
    whole: bool,
}

/// A matcher, and what else a request must have for it.
#[derive(Clone, Debug)]
struct Entry {
    position: usize,
    method: Option<Box<str>>,
    segments: Option<usize>,
}

/// Longer beginnings are cut, so that there are not too many shapes.
const LONGEST_PREFIX: usize = 64;

impl Index {
    /// Makes an index; the caller has sorted the matchers.
    #[must_use]
    pub fn build<'a>(matchers: impl IntoIterator<Item = &'a RequestMatcher>) -> Self {
        let mut index = Self::default();
        for (position, matcher) in matchers.into_iter().enumerate() {
            index.insert(position, matcher.key());
        }
        index
    }

    fn insert(&mut self, position: usize, key: Key) {
        let method = key.method.map(Into::into);
        let (table, path, segments) = match key.path {
            PathKey::Exact(path) => (&mut self.exact, path, None),
            PathKey::Prefix { prefix, segments } => {
                let prefix = cut(prefix);
                let table = self.shapes.entry(Shape::of(&prefix)).or_default();
                (table, prefix.text, segments)
            }
        };
        let entry = Entry {
            position,
            method,
            segments,
        };
        table.entry(path.into()).or_default().push(entry);
    }

    /// The positions of all matchers that could match, in ascending order.
    pub fn candidates<'a>(&'a self, request: &Request) -> impl Iterator<Item = usize> + use<'a> {
        let path = fold(&request.path);
        let method = fold(request.method.as_str());
        let segments = LazyCell::new(|| segment_count(&request.path));
        let mut known = String::new();
        let exact = self.exact.get(&*path).into_iter();
        let shaped = self.shapes.iter().filter_map(|(shape, table)| {
            shape.read(&path, &mut known).then(|| table.get(&*known))?
        });
        let fits = |entry: &&Entry| {
            entry
                .method
                .as_deref()
                .is_none_or(|expected| expected == method)
                && entry.segments.is_none_or(|expected| expected == *segments)
        };
        let entries = exact.chain(shaped).flatten().filter(fits);
        let mut positions: Vec<_> = entries.map(|entry| entry.position).collect();
        positions.sort_unstable();
        positions.into_iter()
    }
}

/// What is whole is not cut: a look-up is only made for paths of just that length.
fn cut(prefix: Prefix) -> Prefix {
    if prefix.whole || prefix.text.len() <= LONGEST_PREFIX {
        return prefix;
    }
    let text = prefix.text.get(..LONGEST_PREFIX).unwrap_or_default();
    Prefix {
        text: text.to_owned(),
        whole: false,
    }
}

impl Shape {
    fn of(prefix: &Prefix) -> Self {
        let letters = prefix.text.chars().enumerate();
        let holes = letters
            .filter(|(_, letter)| *letter == Prefix::HOLE)
            .map(|(at, _)| at);
        Self {
            holes: holes.collect(),
            length: prefix.text.len(),
            whole: prefix.whole,
        }
    }

    /// Reads the letters of a path that are known; false if the path has another shape.
    fn read(&self, path: &str, known: &mut String) -> bool {
        known.clear();
        let too_long = self.whole && path.is_ascii() && path.len() > self.length;
        if path.len() < self.length || too_long {
            return false;
        }
        let mut letters = path.chars();
        let mut holes = self.holes.iter().peekable();
        for (at, letter) in letters.by_ref().take(self.length).enumerate() {
            let any = holes.next_if_eq(&&at).is_some();
            known.push(if any { Prefix::HOLE } else { letter });
        }
        !self.whole || letters.next().is_none()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::definition::Place;
    use crate::node::Node;

    fn matcher(text: &str) -> RequestMatcher {
        RequestMatcher::read(&Node::parse(text).unwrap(), &Place::root()).unwrap()
    }

    fn candidates(matchers: &[&str], path: &str) -> Vec<usize> {
        let matchers: Vec<_> = matchers.iter().map(|text| matcher(text)).collect();
        Index::build(&matchers)
            .candidates(&Request::get(path))
            .collect()
    }

    #[test]
    fn only_what_can_match_is_a_candidate() {
        let matchers = [
            r#"{"path":"/a"}"#,
            r#"{"path":"/A","method":"get"}"#,
            r#"{"path":"/a","method":"POST"}"#,
            r#"{"path":"/b"}"#,
            r#"{"path":"/a.*"}"#,
            r#"{"path":"/b.*"}"#,
            "{}",
            r#"{"path":"!/a"}"#,
            r#"{"path":"/a/{id}","pathParameters":{"id":[".*"]}}"#,
            r#"{"path":"/a","method":"!POST"}"#,
            r#"{"path":{"schema":{"type":"string"}}}"#,
        ];
        assert_eq!(candidates(&matchers, "/a"), [0, 1, 4, 6, 7, 9, 10]);
        assert_eq!(candidates(&matchers, "/A/7"), [4, 6, 7, 8, 10]);
        assert_eq!(candidates(&matchers, "/a/7/8"), [4, 6, 7, 10]);
        assert_eq!(candidates(&matchers, "/ä"), [6, 7, 10]);
    }

    #[test]
    fn many_paths_do_not_make_many_candidates() {
        let matchers: Vec<_> = (0..2_000)
            .map(|number| match number % 4 {
                0 => matcher(&format!(r#"{{"path":"/exact/{number}","method":"GET"}}"#)),
                1 => matcher(&format!(r#"{{"path":"/prefix/{number}/.*"}}"#)),
                2 => matcher(&format!(r#"{{"path":"/v1.0/{number}"}}"#)),
                _ => matcher(&format!(r#"{{"path":"/v1.0/{number}/[a-z]"}}"#)),
            })
            .collect();
        let index = Index::build(&matchers);
        let count = |path: &str| index.candidates(&Request::get(path)).count();
        let paths = [
            "/exact/44",
            "/prefix/45/x",
            "/v1.0/46",
            "/v1.0/47/a",
            "/other",
        ];
        assert_eq!(paths.map(count), [1, 1, 1, 1, 0]);
    }

    fn any_path() -> impl Strategy<Value = String> {
        prop_oneof![
            "[/aAbk\u{212a}ſ.*+\\[\\]{}!?|é]{0,8}",
            "(/(a|b|\\{x\\}|\\.\\*|[0-9]|K)){0,4}/?",
        ]
    }

    fn any_matcher() -> impl Strategy<Value = RequestMatcher> {
        let method = prop::option::of(prop::sample::select(vec![
            "GET", "get", "!GET", "P.*", "POST", "",
        ]));
        (method, prop::option::of(any_path()), any::<bool>()).prop_map(
            |(method, path, parameters)| {
                let mut members = Vec::new();
                members.extend(method.map(|method| ("method".to_owned(), Node::from(method))));
                members.extend(path.map(|path| ("path".to_owned(), Node::from(path))));
                if parameters {
                    let parameter = Node::from([("?x", Node::from(".*"))]);
                    members.push(("pathParameters".to_owned(), parameter));
                }
                RequestMatcher::read(&Node::Object(members), &Place::root()).unwrap()
            },
        )
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1000))]
        #[test]
        fn every_matcher_that_matches_is_a_candidate(
            matchers in prop::collection::vec(any_matcher(), 0..12),
            path in prop_oneof![any_path(), "(/[abkK0-9]){0,4}/?"],
            method in prop::sample::select(vec!["GET", "POST", "PUT"]),
        ) {
            let mut request = Request::get(path);
            request.method = method.parse().unwrap();
            let found: Vec<_> = Index::build(&matchers).candidates(&request).collect();
            let matching = matchers.iter().enumerate().filter(|(_, matcher)| matcher.matches(&request));
            for (position, matcher) in matching {
                prop_assert!(found.contains(&position), "{} {:?}", matcher.source(), request);
            }
            prop_assert!(found.is_sorted());
        }
    }
}
