//! Compares JSON, with the placeholders of json-unit.

use fancy_regex::Regex;
use serde_json::{Number, Value};

use super::super::java;
use super::assign::can_assign;
use crate::definition::{Place, Refusal, collect};
use crate::node::Node;

/// JSON that a body is compared with.
#[derive(Clone, Debug)]
pub(crate) struct JsonMatcher {
    expected: Expected,
    rules: Rules,
}

/// How it is compared.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Rules {
    /// No more members and items than expected, and items in their order.
    pub(crate) strict: bool,
    /// Numbers are equal when their values are: 1 and 1.0.
    pub(crate) by_value: bool,
}

#[derive(Clone, Debug)]
enum Expected {
    Null,
    Bool(bool),
    Number(Number),
    Text(String),
    Array(Vec<Expected>),
    Object(Vec<(String, Expected)>),
    /// Anything, if it is there.
    Anything,
    /// Anything or nothing.
    Optional,
    AnyText,
    AnyNumber,
    AnyBool,
    Regex(Box<Regex>),
}

/// What differs, and where.
pub(crate) struct Mismatch {
    pub(crate) at: String,
    pub(crate) expected: String,
    pub(crate) found: String,
}

impl JsonMatcher {
    /// Compiles JSON, or the text of it.
    pub(crate) fn read(node: &Node, place: &Place, rules: Rules) -> Result<Self, Vec<Refusal>> {
        let expected = match node {
            Node::String(text) => {
                let node = Node::parse(text);
                let node =
                    node.map_err(|error| vec![place.refuse(format!("is no JSON: {error}"))])?;
                Expected::read(&node, place)?
            }
            _ => Expected::read(node, place)?,
        };
        Ok(Self { expected, rules })
    }

    /// Whether a value is as expected.
    pub(crate) fn matches(&self, found: &Value) -> bool {
        self.expected.holds(found, self.rules)
    }

    /// The first thing that differs.
    pub(crate) fn mismatch(&self, found: &Value) -> Option<Mismatch> {
        self.expected.mismatch(found, self.rules, "$")
    }
}

impl Expected {
    fn read(node: &Node, place: &Place) -> Result<Self, Vec<Refusal>> {
        Ok(match node {
            Node::Null => Self::Null,
            Node::Bool(value) => Self::Bool(*value),
            Node::Number(number) => Self::Number(number.clone()),
            Node::String(text) => {
                Self::read_text(text).map_err(|reason| vec![place.refuse(reason)])?
            }
            Node::Array(items) => {
                let items = items.iter().enumerate();
                Self::Array(collect(
                    items.map(|(at, item)| Self::read(item, &place.item(at))),
                )?)
            }
            Node::Object(_) => Self::Object(collect(last_members(node).map(|(name, node)| {
                Self::read(node, &place.member(name)).map(|value| (name.clone(), value))
            }))?),
        })
    }

    fn read_text(text: &str) -> Result<Self, String> {
        let Some((word, rest)) = placeholder(text) else {
            return Ok(Self::Text(text.to_owned()));
        };
        match word {
            "ignore" if rest.is_empty() => Ok(Self::Anything),
            "ignore-element" if rest.is_empty() => Ok(Self::Optional),
            "any-string" if rest.is_empty() => Ok(Self::AnyText),
            "any-number" if rest.is_empty() => Ok(Self::AnyNumber),
            "any-boolean" if rest.is_empty() => Ok(Self::AnyBool),
            "regex" => java::translate(rest)
                .and_then(|pattern| Regex::new(&format!(r"\A(?:{pattern})\z")).ok())
                .map(|regex| Self::Regex(Box::new(regex)))
                .ok_or_else(|| format!("{rest:?} is no regular expression")),
            _ => Err(format!("the placeholder {text:?} is not supported")),
        }
    }

    fn holds(&self, found: &Value, rules: Rules) -> bool {
        match (self, found) {
            (Self::Anything | Self::Optional, _)
            | (Self::Null, Value::Null)
            | (Self::AnyText, Value::String(_))
            | (Self::AnyNumber, Value::Number(_))
            | (Self::AnyBool, Value::Bool(_)) => true,
            (Self::Bool(expected), Value::Bool(found)) => expected == found,
            (Self::Number(expected), Value::Number(found)) => {
                expected == found || rules.by_value && same_value(expected, found)
            }
            (Self::Text(expected), Value::String(found)) => expected == found,
            (Self::Regex(regex), Value::String(found)) => {
                regex.is_match(found.as_str()).unwrap_or(false)
            }
            (Self::Array(expected), Value::Array(found)) => holds_items(expected, found, rules),
            (Self::Object(expected), Value::Object(found)) => {
                let members = expected.iter();
                let all = members
                    .clone()
                    .all(|(name, expected)| match found.get(name) {
                        Some(found) => expected.holds(found, rules),
                        None => matches!(expected, Self::Optional),
                    });
                all && (!rules.strict || found.keys().all(|key| knows(expected, key)))
            }
            _ => false,
        }
    }

    fn mismatch(&self, found: &Value, rules: Rules, at: &str) -> Option<Mismatch> {
        if self.holds(found, rules) {
            return None;
        }
        let inner = match (self, found) {
            (Self::Object(expected), Value::Object(found)) => {
                expected.iter().find_map(|(name, expected)| {
                    let at = format!("{at}.{name}");
                    match found.get(name) {
                        Some(found) => expected.mismatch(found, rules, &at),
                        None if matches!(expected, Self::Optional) => None,
                        None => Some(expected.instead_of(at, "nothing".to_owned())),
                    }
                })
            }
            (Self::Array(expected), Value::Array(found))
                if rules.strict && expected.len() == found.len() =>
            {
                let mut both = expected.iter().zip(found).enumerate();
                both.find_map(|(index, (expected, found))| {
                    expected.mismatch(found, rules, &format!("{at}[{index}]"))
                })
            }
            _ => None,
        };
        inner.or_else(|| Some(self.instead_of(at.to_owned(), found.to_string())))
    }

    fn instead_of(&self, at: String, found: String) -> Mismatch {
        Mismatch {
            at,
            expected: self.to_string(),
            found,
        }
    }
}

fn holds_items(expected: &[Expected], found: &[Value], rules: Rules) -> bool {
    if rules.strict {
        let mut both = expected.iter().zip(found);
        return expected.len() == found.len()
            && both.all(|(expected, found)| expected.holds(found, rules));
    }
    let required: Vec<_> = expected
        .iter()
        .filter(|expected| !matches!(expected, Expected::Optional))
        .collect();
    can_assign(required.len(), found.len(), |item, at| {
        match (required.get(item), found.get(at)) {
            (Some(expected), Some(found)) => expected.holds(found, rules),
            _ => false,
        }
    })
}

fn knows(expected: &[(String, Expected)], key: &str) -> bool {
    expected.iter().any(|(name, _)| name == key)
}

fn same_value(one: &Number, other: &Number) -> bool {
    let both = one.as_f64().zip(other.as_f64());
    both.is_some_and(|(one, other)| one.total_cmp(&other).is_eq())
}

/// Members without those that are repeated later.
fn last_members(node: &Node) -> impl Iterator<Item = &(String, Node)> {
    let members = node.as_object().unwrap_or_default();
    let repeated = members.len() > 1 && has_repeated(members);
    members.iter().enumerate().filter_map(move |(at, member)| {
        let later = members.get(at + 1..).unwrap_or_default();
        let again = repeated && later.iter().any(|(name, _)| *name == member.0);
        (!again).then_some(member)
    })
}

fn has_repeated(members: &[(String, Node)]) -> bool {
    let mut names: Vec<_> = members.iter().map(|(name, _)| name).collect();
    names.sort_unstable();
    names.windows(2).any(|two| two[0] == two[1])
}

/// The word of `${json-unit.word}` or `#{json-unit.word}`, and what follows.
fn placeholder(text: &str) -> Option<(&str, &str)> {
    let inner = text
        .strip_prefix("${json-unit.")
        .or_else(|| text.strip_prefix("#{json-unit."))?;
    inner.split_once('}')
}

impl std::fmt::Display for Expected {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Null => formatter.write_str("null"),
            Self::Bool(value) => write!(formatter, "{value}"),
            Self::Number(number) => write!(formatter, "{number}"),
            Self::Text(text) => write!(formatter, "{text:?}"),
            Self::Array(items) => {
                let items: Vec<_> = items.iter().map(ToString::to_string).collect();
                write!(formatter, "[{}]", items.join(","))
            }
            Self::Object(members) => {
                let members = members
                    .iter()
                    .map(|(name, value)| format!("{name:?}:{value}"));
                write!(formatter, "{{{}}}", members.collect::<Vec<_>>().join(","))
            }
            Self::Anything | Self::Optional => formatter.write_str("anything"),
            Self::AnyText => formatter.write_str("any string"),
            Self::AnyNumber => formatter.write_str("any number"),
            Self::AnyBool => formatter.write_str("any boolean"),
            Self::Regex(regex) => write!(formatter, "a string like {:?}", regex.as_str()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matcher(expected: &str, rules: Rules) -> JsonMatcher {
        JsonMatcher::read(&Node::parse(expected).unwrap(), &Place::root(), rules).unwrap()
    }

    fn check(expected: &str, found: &str, lenient: bool, strict: bool) {
        let value = serde_json::from_str(found).unwrap();
        let rules = Rules::default();
        assert_eq!(
            matcher(expected, rules).matches(&value),
            lenient,
            "{expected} {found}"
        );
        let rules = Rules {
            strict: true,
            ..rules
        };
        assert_eq!(
            matcher(expected, rules).matches(&value),
            strict,
            "strict {expected} {found}"
        );
    }

    #[test]
    fn members_and_items_are_compared() {
        check(r#"{"a":1,"b":2}"#, r#"{"b":2,"a":1}"#, true, true);
        check(r#"{"a":1}"#, r#"{"a":1,"b":2}"#, true, false);
        check(r#"{"a":1,"b":2}"#, r#"{"a":1}"#, false, false);
        check(r#"{"a":{"b":1}}"#, r#"{"a":{"b":1,"c":2}}"#, true, false);
        check("[1,2]", "[1,2]", true, true);
        check("[1,2]", "[2,1]", true, false);
        check("[1]", "[1,2]", true, false);
        check("[1,1]", "[1,2]", false, false);
        check("[1,1]", "[1,2,1]", true, false);
        check("[]", "[1]", true, false);
        check("{}", r#"{"a":1}"#, true, false);
        check("{}", "[]", false, false);
        check(r#"{"a":null}"#, "{}", false, false);
        check(r#"{"a":null}"#, r#"{"a":null}"#, true, true);
        check("1", "1.0", false, false);
        check("1", "\"1\"", false, false);
        check("true", "false", false, false);
        check(r#"{"a":1,"a":2}"#, r#"{"a":2}"#, true, true);
    }

    #[test]
    fn items_are_given_to_each_other_where_possible() {
        check(r#"[{"a":1},{}]"#, r#"[{"a":1},{"b":1}]"#, true, false);
        check(r#"[{},{"a":1}]"#, r#"[{"a":1},{"b":1}]"#, true, false);
        check(r#"[{"a":1},{"a":1}]"#, r#"[{"a":1},{"b":1}]"#, false, false);
    }

    #[test]
    fn placeholders_are_filled() {
        check(r#"{"a":"${json-unit.ignore}"}"#, r#"{"a":[1]}"#, true, true);
        check(r#"{"a":"${json-unit.ignore}"}"#, "{}", false, false);
        check(r#"{"a":"${json-unit.ignore-element}"}"#, "{}", true, true);
        check(
            r##"{"a":"#{json-unit.any-string}"}"##,
            r#"{"a":"x"}"#,
            true,
            true,
        );
        check(
            r#"{"a":"${json-unit.any-string}"}"#,
            r#"{"a":1}"#,
            false,
            false,
        );
        check(
            r#"{"a":"${json-unit.any-number}"}"#,
            r#"{"a":1.5}"#,
            true,
            true,
        );
        check(
            r#"{"a":"${json-unit.any-boolean}"}"#,
            r#"{"a":false}"#,
            true,
            true,
        );
        check(
            r#"{"a":"${json-unit.regex}[A-Z]+"}"#,
            r#"{"a":"AB"}"#,
            true,
            true,
        );
        check(
            r#"{"a":"${json-unit.regex}[A-Z]+"}"#,
            r#"{"a":"ABc"}"#,
            false,
            false,
        );
    }

    #[test]
    fn numbers_may_be_compared_by_value() {
        let rules = Rules {
            by_value: true,
            strict: true,
        };
        assert!(matcher("1", rules).matches(&serde_json::json!(1.0)));
        assert!(!matcher("1", rules).matches(&serde_json::json!(1.1)));
    }

    #[test]
    fn json_may_be_a_text() {
        let found = serde_json::json!({"a": 1});
        assert!(matcher(r#""{ 'a': 1 }""#, Rules::default()).matches(&found));
    }

    #[test]
    fn what_is_no_json_is_refused() {
        let check = |text: &str, expected: &str| {
            let node = Node::parse(text).unwrap();
            let refusals = JsonMatcher::read(&node, &Place::root(), Rules::default()).unwrap_err();
            assert_eq!(refusals[0].to_string(), expected, "{text}");
        };
        check(
            r#""{""#,
            "is no JSON: line 1, column 1: EOF while parsing an object",
        );
        check(
            r#"["${json-unit.regex}("]"#,
            "[0]: \"(\" is no regular expression",
        );
        check(
            r#"{"a":"${json-unit.matches:x}"}"#,
            "a: the placeholder \"${json-unit.matches:x}\" is not supported",
        );
    }

    #[test]
    fn the_first_difference_is_placed() {
        let check = |expected, found, (at, wanted, instead): (&str, &str, &str)| {
            let found = serde_json::from_str(found).unwrap();
            let mismatch = matcher(
                expected,
                Rules {
                    strict: true,
                    by_value: false,
                },
            )
            .mismatch(&found)
            .unwrap();
            assert_eq!(
                (&*mismatch.at, &*mismatch.expected, &*mismatch.found),
                (at, wanted, instead)
            );
        };
        check(r#"{"a":{"b":1}}"#, r#"{"a":{"b":2}}"#, ("$.a.b", "1", "2"));
        check(r#"{"a":{"b":1}}"#, r#"{"a":{}}"#, ("$.a.b", "1", "nothing"));
        check(r#"{"a":[1,2]}"#, r#"{"a":[1,3]}"#, ("$.a[1]", "2", "3"));
        check("{}", r#"{"a":1}"#, ("$", "{}", r#"{"a":1}"#));
    }
}
