//! Matches a body against an `XPath` expression.

use roxmltree::Document;

use super::evaluate::evaluate;
use super::expression::Expression;
use super::parser::{Prefixes, parse};
use crate::definition::{Place, Refusal};

/// A compiled expression.
#[derive(Clone, Debug)]
pub(crate) struct XPathMatcher {
    expression: Expression,
    text: Box<str>,
}

impl XPathMatcher {
    /// Compiles an expression.
    pub(crate) fn read(
        text: &str,
        prefixes: &Prefixes,
        place: &Place,
    ) -> Result<Self, Vec<Refusal>> {
        parse(text, prefixes)
            .map(|expression| Self {
                expression,
                text: text.into(),
            })
            .map_err(|reason| {
                vec![place.refuse(format!("is outside the supported XPath: {reason}"))]
            })
    }

    /// What was compiled.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Whether the expression is true, or finds something.
    pub(crate) fn matches(&self, text: &str) -> bool {
        let Ok(document) = Document::parse(text) else {
            return false;
        };
        evaluate(&self.expression, &document).is_ok_and(|value| value.truth())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const BOOKS: &str = "<store xmlns:b='urn:b'>\
        <book lang='en'><title>Emma</title><price>8.95</price></book>\
        <book lang='de'><title>Faust I</title><price>12.99</price></book>\
        <b:shelf>top</b:shelf></store>";

    fn check(expression: &str, expected: bool) {
        let matcher = XPathMatcher::read(expression, &Prefixes::new(), &Place::root()).unwrap();
        assert_eq!(matcher.matches(BOOKS), expected, "{expression}");
    }

    #[test]
    fn paths_find_something() {
        check("/store", true);
        check("/book", false);
        check("/store/book/title", true);
        check("//title", true);
        check("//isbn", false);
        check("//book/@lang", true);
        check("//@isbn", false);
        check("//*[@lang]", true);
        check("//title/text()", true);
        check("//title/..", true);
        check("//title/../price", true);
        check("//shelf", true);
        check("//isbn | //title", true);
        check("/", true);
        check("/store//node()", true);
        check("child::store/child::book", true);
        check("//book/self::book", true);
        check("//title/parent::book", true);
    }

    #[test]
    fn predicates_filter() {
        check("//book[1]/title[. = 'Emma']", true);
        check("//book[2]/title[text() = 'Emma']", false);
        check("//book[last()][@lang='de']", true);
        check("//book[position() < 2]/@lang[. = 'de']", false);
        check("//book[price > 10]", true);
        check("//book[price > 100]", false);
        check("//book[price >= 8.95 and price <= 8.95]", true);
        check("//book[@lang='fr' or @lang='de']", true);
        check("//book[title][price]", true);
        check("//book[3]", false);
        check("//book[@lang != 'en']", true);
    }

    #[test]
    fn comparisons_and_functions_are_evaluated() {
        check("/store/book/price = 12.99", true);
        check("count(//book) = 2", true);
        check("count(//book) > 2", false);
        check("sum(//price) > 21", true);
        check("not(//isbn)", true);
        check("contains(//title, 'mm')", true);
        check("starts-with(//book[2]/title, 'Faust')", true);
        check("string-length(//title) = 4", true);
        check("normalize-space(' a  b ') = 'a b'", true);
        check("//*[local-name() = 'shelf']", true);
        check("//*[name() = 'b:shelf']", true);
        check("//*[namespace-uri() = 'urn:b']", true);
        check("substring('12345', 2, 3) = '234'", true);
        check("substring-before('a=b', '=') = 'a'", true);
        check("substring-after('a=b', '=') = 'b'", true);
        check("translate('bar', 'abc', 'AB') = 'BAr'", true);
        check("concat('a', 'b', 'c') = 'abc'", true);
        check("boolean(//book) = true()", true);
        check("//book = false()", false);
        check("number('x') = number('x')", false);
        check(
            "floor(1.5) = 1 and ceiling(1.5) = 2 and round(1.5) = 2",
            true,
        );
        check("-1 < 0", true);
        check("//price = //price", true);
        check("''", false);
        check("0", false);
    }

    #[test]
    fn namespaces_are_told_apart_when_declared() {
        let prefixes = vec![("x".to_owned(), "urn:b".to_owned())];
        let check = |expression: &str, expected| {
            let matcher = XPathMatcher::read(expression, &prefixes, &Place::root()).unwrap();
            assert_eq!(matcher.matches(BOOKS), expected, "{expression}");
        };
        check("//x:shelf", true);
        check("//shelf", false);
        check("//x:*", true);
        check("/store/x:shelf[. = 'top']", true);
    }

    #[test]
    fn what_is_no_document_does_not_match() {
        let matcher = XPathMatcher::read("/a", &Prefixes::new(), &Place::root()).unwrap();
        assert!(!matcher.matches("<a>") && !matcher.matches(""));
    }

    #[test]
    fn a_hopeless_expression_ends_as_a_mismatch() {
        let text = format!("<r><a>{}</a></r>", "<a/>".repeat(2_000));
        let matcher =
            XPathMatcher::read("//*//..//*//..//*//..//*", &Prefixes::new(), &Place::root());
        let started = std::time::Instant::now();
        matcher.unwrap().matches(&text);
        assert!(started.elapsed().as_secs() < 5);
    }

    proptest! {
        #[test]
        fn no_expression_makes_it_panic(
            parts in prop::collection::vec(prop::sample::select(vec![
                "/", "//", "a", "@", "[", "]", "(", ")", "1", "'x'", "=", "|", "*", ".", "..", "text()",
                "count(", "not(", "last()", " or ", " and ", "::", "self", ",", "b:c", "-", "<=",
            ]), 0..12),
            text in "(<a>|</a>|<b c='1'/>|x){0,6}",
        ) {
            let expression = parts.concat();
            if let Ok(matcher) = XPathMatcher::read(&expression, &Prefixes::new(), &Place::root()) {
                matcher.matches(&text);
                matcher.matches(BOOKS);
            }
        }
    }
}
