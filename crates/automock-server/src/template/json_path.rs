//! `JSONPath` over the body of a request.

use serde_json_path::{JsonPath, PathElement};

use crate::node::Node;

use super::collection::{List, Style};
use super::error::RenderError;
use super::value::Value;

/// How deep brackets nest in a path. Its parser calls itself, and tries alternatives at each level.
const MAX_BRACKETS: usize = 8;
/// How long a path is.
const MAX_LENGTH: usize = 4096;

/// A path that was read.
#[derive(Debug)]
pub(super) struct Path {
    inner: JsonPath,
    is_definite: bool,
    largest_body: usize,
}

impl Path {
    /// Reads a path.
    ///
    /// # Errors
    /// Why it is none.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let signs = Signs::of(text);
        if text.len() > MAX_LENGTH || signs.brackets > MAX_BRACKETS {
            return Err("the JSONPath is too long or nests too deep".to_owned());
        }
        let inner = JsonPath::parse(text);
        let inner = inner.map_err(|error| format!("no JSONPath that is supported: {error}"))?;
        Ok(Self {
            inner,
            is_definite: signs.is_definite,
            largest_body: signs.largest_body()?,
        })
    }

    /// What the path picks from a JSON text: one value, or a list if the path may pick several.
    /// Nothing if there is none, or if the text is no JSON.
    pub(super) fn pick(&self, body: &str) -> Result<Value, RenderError> {
        if body.len() > self.largest_body {
            let reason = "the JSONPath is too costly for so large a body";
            return Err(RenderError::unsupported(reason));
        }
        let Ok(document) = serde_json::from_str::<Node>(body) else {
            return Ok(Value::Null);
        };
        let mut found = self.values(&document);
        if self.is_definite {
            return Ok(found.pop().unwrap_or(Value::Null));
        }
        Ok(Value::List(List::new(found, Style::Json)))
    }

    /// The values come from the document itself, where members keep their order.
    fn values(&self, document: &Node) -> Vec<Value> {
        let unordered = document.to_value();
        let found = self.inner.query_located(&unordered);
        let places = found.locations();
        places
            .filter_map(|place| {
                let mut steps = place.iter();
                let node = steps.try_fold(document, |node, step| match step {
                    PathElement::Name(name) => node.get(name),
                    PathElement::Index(index) => node.as_array()?.get(*index),
                });
                node.map(Value::from)
            })
            .collect()
    }
}

/// What a look at the signs of a path tells.
struct Signs {
    brackets: usize,
    is_definite: bool,
    searches: usize,
}

impl Signs {
    fn of(text: &str) -> Self {
        let mut signs = Self {
            brackets: 0,
            is_definite: true,
            searches: 0,
        };
        let (mut depth, mut quote, mut last) = (0_usize, None, ' ');
        for sign in text.chars() {
            if let Some(end) = quote {
                if sign == end && last != '\\' {
                    quote = None;
                }
                last = if last == '\\' { ' ' } else { sign };
                continue;
            }
            match sign {
                '\'' | '"' => quote = Some(sign),
                '[' | '(' => depth += 1,
                ']' | ')' => depth = depth.saturating_sub(1),
                _ => {}
            }
            signs.brackets = signs.brackets.max(depth);
            let descends = sign == '.' && last == '.';
            let is_search = descends || sign == '?' || (sign == '$' && last != ' ');
            signs.searches += usize::from(is_search);
            let is_wide = descends || matches!(sign, '*' | '?' | ',' | ':');
            signs.is_definite &= !is_wide;
            last = sign;
        }
        signs
    }

    /// Each search multiplies the time and the number of values found.
    fn largest_body(&self) -> Result<usize, String> {
        match self.searches {
            0 | 1 => Ok(usize::MAX),
            2 => Ok(256 * 1024),
            3 => Ok(16 * 1024),
            _ => Err("a JSONPath with more than three `..` or filters is not supported".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &str = r#"{"store":{"book":[{"title":"A","price":8},{"title":"B","price":12}],
        "bicycle":{"z":"red","a":19.95}},"a:b":1}"#;

    fn check(path: &str, expected: &str) {
        let value = Path::parse(path).unwrap().pick(BODY).unwrap();
        assert_eq!(value.to_string(), expected, "{path}");
    }

    #[test]
    fn definite_paths_pick_a_value_and_others_a_list() {
        check("$.store.bicycle", r#"{"z":"red","a":19.95}"#);
        check(" $.store.book[1].title ", "B");
        check("$['a:b']", "1");
        check("$.store.book[*].title", r#"["A","B"]"#);
        check("$..price", "[8,12]");
        check("$.store.book[?(@.price > 10)].title", r#"["B"]"#);
        check("$.nothing", "null");
        check("$..nothing", "[]");
    }

    #[test]
    fn a_body_that_is_no_json_has_nothing() {
        let path = Path::parse("$.a").unwrap();
        assert_eq!(path.pick("some text"), Ok(Value::Null));
        assert_eq!(path.pick(&"[".repeat(100_000)), Ok(Value::Null));
    }

    #[test]
    fn costly_paths_are_refused() {
        for path in ["store", "$.a.length()", "$..a..b..c..d", &"$[?(".repeat(50)] {
            assert!(Path::parse(path).is_err(), "{path}");
        }
        let path = Path::parse("$..a..b").unwrap();
        assert!(path.pick(&" ".repeat(300_000)).is_err());
    }
}
