//! Finds the few expectations that a request can be for.
//!
//! Matchers of one path lie in a table by that path. Those of which only the beginning of the
//! path is known lie in tables by that beginning, one for each shape: there are as many look-ups as
//! there are shapes, however many matchers there are. A shape says how many letters are known, and
//! which among them may be any: `/v1.0/users` is a regular expression.

use std::cell::LazyCell;
use std::collections::HashMap;

use foldhash::fast::RandomState;
use smallvec::SmallVec;

use crate::matching::{Key, PathKey, Prefix, RequestMatcher, fold, segment_count};
use crate::request::Request;

/// An index of matchers, made once for a revision.
#[derive(Clone, Debug, Default)]
pub struct Index {
    exact: Table,
    shapes: HashMap<Shape, Table>,
    /// Every method that a matcher names.
    methods: Vec<Box<str>>,
}

/// A matcher that a request can be for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Its place among all.
    pub position: usize,
    /// Whether it matches: method and path are all that it expects, and both are as they should be.
    pub is_sure: bool,
}

/// Matchers by what is known of their paths. Whoever sends requests adds nothing to it, so that it
/// needs no hashes that are hard to guess.
type Table = HashMap<Box<str>, SmallVec<[Entry; 1]>, RandomState>;

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
#[derive(Clone, Copy, Debug)]
struct Entry {
    position: usize,
    segments: Option<u16>,
    /// The place of its method among the methods.
    method: Option<u16>,
    is_sure: bool,
}

/// Longer beginnings are cut, so that there are not too many shapes.
const LONGEST_PREFIX: usize = 64;

impl Index {
    /// Makes an index; the caller has sorted the matchers.
    #[must_use]
    pub fn build<'a>(matchers: impl IntoIterator<Item = &'a RequestMatcher>) -> Self {
        let mut index = Self::default();
        for (position, matcher) in matchers.into_iter().enumerate() {
            index.insert(position, matcher.key(), matcher.is_only_key());
        }
        index
    }

    fn insert(&mut self, position: usize, key: Key, is_only_key: bool) {
        let names_method = key.method.is_some();
        let method = key.method.and_then(|method| self.enter_method(&method));
        let (table, path, segments, is_exact) = match key.path {
            PathKey::Exact(path) => (&mut self.exact, path, None, true),
            PathKey::Prefix { prefix, segments } => {
                let prefix = cut(prefix);
                let table = self.shapes.entry(Shape::of(&prefix)).or_default();
                (table, prefix.text, segments, false)
            }
        };
        let entry = Entry {
            position,
            segments: segments.and_then(|segments| u16::try_from(segments).ok()),
            method,
            is_sure: is_only_key && is_exact && names_method == method.is_some(),
        };
        table.entry(path.into()).or_default().push(entry);
    }

    /// The place of a method; nothing if there are too many of them to tell them apart.
    fn enter_method(&mut self, method: &str) -> Option<u16> {
        let known = self.methods.iter().position(|known| **known == *method);
        let place = known.unwrap_or(self.methods.len());
        let place = u16::try_from(place)
            .ok()
            .filter(|place| *place <= MOST_METHODS)?;
        if known.is_none() {
            self.methods.push(method.into());
        }
        Some(place)
    }

    /// All matchers that could match, in ascending order of their positions.
    pub fn candidates(&self, request: &Request) -> impl Iterator<Item = Candidate> + use<> {
        let path = fold(&request.path);
        let method = request.method.as_str();
        // What is known is in lower case, and the method of a request is ASCII.
        let mut methods = self.methods.iter().zip(0..);
        let method = methods.find(|(known, _)| known.eq_ignore_ascii_case(method));
        let method: Option<u16> = method.map(|(_, place)| place);
        let segments = LazyCell::new(|| segment_count(&request.path));
        let mut found: SmallVec<[Candidate; 8]> = SmallVec::new();
        let mut add = |entries: &[Entry]| {
            let fitting = entries.iter().filter(|entry| {
                (entry.method.is_none() || entry.method == method)
                    && entry
                        .segments
                        .is_none_or(|expected| usize::from(expected) == *segments)
            });
            found.extend(fitting.map(|entry| entry.candidate()));
        };
        if let Some(entries) = self.exact.get(&*path) {
            add(entries);
        }
        let mut scratch = String::new();
        for (shape, table) in &self.shapes {
            let known = shape.known(&path, &mut scratch);
            if let Some(entries) = known.and_then(|known| table.get(known)) {
                add(entries);
            }
        }
        found.sort_unstable_by_key(|candidate| candidate.position);
        found.into_iter()
    }
}

/// More methods than anybody uses; each request is compared with them.
const MOST_METHODS: u16 = 64;

impl Entry {
    fn candidate(self) -> Candidate {
        let Self {
            position, is_sure, ..
        } = self;
        Candidate { position, is_sure }
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

    /// The letters of a path that are known; nothing if the path has another shape.
    fn known<'p>(&self, path: &'p str, scratch: &'p mut String) -> Option<&'p str> {
        if !path.is_ascii() || !self.holes.is_empty() {
            return self.read(path, scratch).then_some(scratch);
        }
        let known = path.get(..self.length)?;
        (!self.whole || path.len() == self.length).then_some(known)
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
            .map(|candidate| candidate.position)
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

    #[test]
    fn only_method_and_path_make_sure() {
        let matchers = [
            r#"{"path":"/a","method":"get"}"#,
            r#"{"path":"/a"}"#,
            r#"{"path":"/a","method":"G.*"}"#,
            r#"{"path":"/a.*"}"#,
            r#"{"path":"/a","secure":false}"#,
            r#"{"path":"/a","keepAlive":true}"#,
            r#"{"path":"/a","protocol":"HTTP_1_1"}"#,
            r#"{"path":"/a","headers":{"!x":["1"]}}"#,
            r#"{"path":"/a","cookies":{"!x":"1"}}"#,
            r#"{"path":"/a","queryStringParameters":{"!x":["1"]}}"#,
            r#"{"path":"/a","body":"x"}"#,
            r#"{"path":"/a","pathParameters":{"?x":["1"]}}"#,
        ];
        let matchers: Vec<_> = matchers.iter().map(|text| matcher(text)).collect();
        let index = Index::build(&matchers);
        let sure = index.candidates(&Request::get("/A"));
        let sure = sure.filter(|candidate| candidate.is_sure);
        assert_eq!(sure.map(|sure| sure.position).collect::<Vec<_>>(), [0, 1]);
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
            let candidates: Vec<_> = Index::build(&matchers).candidates(&request).collect();
            for sure in candidates.iter().filter(|candidate| candidate.is_sure) {
                let matcher = &matchers[sure.position];
                prop_assert!(matcher.matches(&request), "{} {:?}", matcher.source(), request);
            }
            let found: Vec<_> = candidates.iter().map(|candidate| candidate.position).collect();
            let matching = matchers.iter().enumerate().filter(|(_, matcher)| matcher.matches(&request));
            for (position, matcher) in matching {
                prop_assert!(found.contains(&position), "{} {:?}", matcher.source(), request);
            }
            prop_assert!(found.is_sorted());
        }
    }
}
