//! Finds the few expectations that a request can be for.
//!
//! Matchers of one path lie in a table by that path. Those of which only the beginning of the
//! path is known lie in tables by that beginning, one for each length: there are as many look-ups as
//! there are lengths, however many matchers there are.

use std::collections::HashMap;

use crate::matching::{Key, PathKey, RequestMatcher, fold, segment_count};
use crate::request::Request;

/// An index of matchers, made once for a revision.
#[derive(Clone, Debug, Default)]
pub struct Index {
    exact: Table,
    /// By the length of what is known, in ascending order.
    prefixes: Vec<(usize, Table)>,
}

/// Matchers by what is known of their paths.
type Table = HashMap<Box<str>, Vec<Entry>>;

/// A matcher, and what else a request must have for it.
#[derive(Clone, Debug)]
struct Entry {
    position: usize,
    method: Option<Box<str>>,
    segments: Option<usize>,
}

/// Longer beginnings are cut, so that there are not too many tables.
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
        let entry = |segments| Entry {
            position,
            method,
            segments,
        };
        match key.path {
            PathKey::Exact(path) => {
                self.exact.entry(path.into()).or_default().push(entry(None));
            }
            PathKey::Prefix { prefix, segments } => {
                let prefix = prefix.get(..prefix.floor_char_boundary(LONGEST_PREFIX));
                let prefix = prefix.unwrap_or_default();
                let table = self.table(prefix.len());
                table
                    .entry(prefix.into())
                    .or_default()
                    .push(entry(segments));
            }
        }
    }

    fn table(&mut self, length: usize) -> &mut Table {
        let found = self
            .prefixes
            .binary_search_by_key(&length, |(length, _)| *length);
        let at = found.unwrap_or_else(|at| {
            self.prefixes.insert(at, (length, Table::new()));
            at
        });
        &mut self.prefixes[at].1
    }

    /// The positions of all matchers that could match, in ascending order.
    pub fn candidates<'a>(&'a self, request: &Request) -> impl Iterator<Item = usize> + use<'a> {
        let path = fold(&request.path);
        let exact = self.exact.get(&*path).into_iter();
        let prefixed = self
            .prefixes
            .iter()
            .filter_map(|(length, table)| path.get(..*length).and_then(|prefix| table.get(prefix)));
        let method = fold(request.method.as_str());
        let mut segments = None;
        let mut positions: Vec<_> = exact
            .chain(prefixed)
            .flatten()
            .filter(|entry| {
                let method = entry
                    .method
                    .as_deref()
                    .is_none_or(|expected| expected == method);
                method
                    && entry.segments.is_none_or(|expected| {
                        expected == *segments.get_or_insert_with(|| segment_count(&request.path))
                    })
            })
            .map(|entry| entry.position)
            .collect();
        positions.sort_unstable();
        positions.into_iter()
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
            .map(|number| match number % 2 {
                0 => matcher(&format!(r#"{{"path":"/exact/{number}","method":"GET"}}"#)),
                _ => matcher(&format!(r#"{{"path":"/prefix/{number}/.*"}}"#)),
            })
            .collect();
        let index = Index::build(&matchers);
        let count = |path: &str| index.candidates(&Request::get(path)).count();
        assert_eq!(
            (count("/exact/44"), count("/prefix/45/x"), count("/other")),
            (1, 1, 0)
        );
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
