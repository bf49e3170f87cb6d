//! Compares XML: without regard to blanks, comments, the order of attributes and that of
//! elements with different names.

use std::fmt;

use fancy_regex::Regex;
use roxmltree::{Document, Node as XmlNode};

use super::super::java;
use crate::definition::{Place, Refusal, refuse_type};
use crate::node::Node;

/// XML that a body is compared with.
#[derive(Clone, Debug)]
pub(crate) struct XmlMatcher {
    root: Element,
    text: Box<str>,
}

#[derive(Clone, Debug)]
struct Element {
    name: Name,
    attributes: Vec<(Name, Content)>,
    texts: Vec<Content>,
    children: Vec<Element>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Name {
    namespace: Option<Box<str>>,
    local: Box<str>,
}

/// A text, or a placeholder of `XMLUnit`.
#[derive(Clone, Debug)]
enum Content {
    Text(Box<str>),
    Anything,
    Number,
    Regex(Box<Regex>),
}

impl XmlMatcher {
    /// Compiles the text of a document.
    pub(crate) fn read(node: &Node, place: &Place) -> Result<Self, Vec<Refusal>> {
        let Some(text) = node.as_str() else {
            return Err(vec![refuse_type(node, place, "a string")]);
        };
        let read = || {
            let document = Document::parse(text).map_err(|error| format!("is no XML: {error}"))?;
            let root = Element::read(document.root_element(), 0)?;
            Ok(Self {
                root,
                text: text.into(),
            })
        };
        read().map_err(|reason: String| vec![place.refuse(reason)])
    }

    /// What was compiled.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Whether a document is as expected.
    pub(crate) fn matches(&self, text: &str) -> bool {
        let document = Document::parse(text);
        document.is_ok_and(|document| self.root.matches(document.root_element()))
    }

    /// The first thing that differs: where, what was expected and what was found.
    pub(crate) fn mismatch(&self, text: &str) -> Option<(String, String, String)> {
        match Document::parse(text) {
            Ok(document) => self.root.mismatch(document.root_element(), ""),
            Err(error) => Some((String::new(), "XML".to_owned(), format!("no XML: {error}"))),
        }
    }
}

/// Deeper documents are refused, because each level is compared within the one above.
const DEEPEST: usize = 256;

impl Element {
    fn read(node: XmlNode<'_, '_>, depth: usize) -> Result<Self, String> {
        if depth > DEEPEST {
            return Err("is nested too deeply".to_owned());
        }
        let attributes = node.attributes().map(|attribute| {
            let name = Name::new(attribute.namespace(), attribute.name());
            Content::read(attribute.value()).map(|value| (name, value))
        });
        let children = node.children().filter(XmlNode::is_element);
        Ok(Self {
            name: Name::of(node),
            attributes: attributes.collect::<Result<_, _>>()?,
            texts: texts(node)
                .iter()
                .map(|text| Content::read(text))
                .collect::<Result<_, _>>()?,
            children: children
                .map(|child| Self::read(child, depth + 1))
                .collect::<Result<_, _>>()?,
        })
    }

    fn matches(&self, node: XmlNode<'_, '_>) -> bool {
        self.name == Name::of(node)
            && self.attributes_match(node)
            && self.texts_match(node)
            && self.pair(node).is_some_and(|pairs| {
                pairs
                    .iter()
                    .all(|(expected, found)| expected.matches(*found))
            })
    }

    fn attributes_match(&self, node: XmlNode<'_, '_>) -> bool {
        self.attributes.len() == node.attributes().len()
            && self.attributes.iter().all(|(name, expected)| {
                let mut attributes = node.attributes();
                let found = attributes.find(|found| name.is(found.namespace(), found.name()));
                found.is_some_and(|found| expected.matches(found.value()))
            })
    }

    fn texts_match(&self, node: XmlNode<'_, '_>) -> bool {
        let found = texts(node);
        if let [Content::Anything] = self.texts.as_slice() {
            return found.len() < 2;
        }
        let mut both = self.texts.iter().zip(&found);
        self.texts.len() == found.len() && both.all(|(expected, found)| expected.matches(found))
    }

    /// Each expected element with the first of its name that no other has, if none is left over.
    fn pair<'s, 'd, 'i>(
        &'s self,
        node: XmlNode<'d, 'i>,
    ) -> Option<Vec<(&'s Self, XmlNode<'d, 'i>)>> {
        let found: Vec<_> = node.children().filter(XmlNode::is_element).collect();
        if found.len() != self.children.len() {
            return None;
        }
        let mut taken = vec![false; found.len()];
        let pairs = self.children.iter().map(|child| {
            let mut free = found.iter().enumerate().filter(|(at, _)| !taken[*at]);
            let (at, node) = free.find(|(_, node)| child.name == Name::of(**node))?;
            taken[at] = true;
            Some((child, *node))
        });
        pairs.collect()
    }

    fn mismatch(&self, node: XmlNode<'_, '_>, above: &str) -> Option<(String, String, String)> {
        if self.matches(node) {
            return None;
        }
        let at = format!("{above}/{}", self.name.local);
        let inner = self.pair(node).and_then(|pairs| {
            pairs
                .iter()
                .find_map(|(expected, found)| expected.mismatch(*found, &at))
        });
        inner.or_else(|| Some((at, self.summary(), summary(node))))
    }

    fn summary(&self) -> String {
        let attributes = self.attributes.iter();
        let attributes = attributes.map(|(name, value)| format!(" {}={value}", name.local));
        let texts = self.texts.iter().map(|text| format!(" {text}"));
        let children = self
            .children
            .iter()
            .map(|child| format!(" <{}>", child.name.local));
        let inner: String = texts.chain(children).collect();
        format!(
            "<{}{}>{inner}",
            self.name.local,
            attributes.collect::<String>()
        )
    }
}

fn summary(node: XmlNode<'_, '_>) -> String {
    let attributes = node.attributes();
    let attributes =
        attributes.map(|attribute| format!(" {}={:?}", attribute.name(), attribute.value()));
    let texts = texts(node).into_iter().map(|text| format!(" {text:?}"));
    let children = node.children().filter(XmlNode::is_element);
    let children = children.map(|child| format!(" <{}>", child.tag_name().name()));
    let inner: String = texts.chain(children).collect();
    format!(
        "<{}{}>{inner}",
        node.tag_name().name(),
        attributes.collect::<String>()
    )
}

/// The texts between elements, with single blanks.
fn texts(node: XmlNode<'_, '_>) -> Vec<String> {
    let mut texts = vec![String::new()];
    for child in node.children() {
        match (child.text(), texts.last_mut()) {
            (Some(text), Some(last)) if child.is_text() => last.push_str(text),
            _ if child.is_element() => texts.push(String::new()),
            _ => {}
        }
    }
    let normalised = texts.iter().map(|text| normalise(text));
    normalised.filter(|text| !text.is_empty()).collect()
}

fn normalise(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

impl Name {
    fn new(namespace: Option<&str>, local: &str) -> Self {
        Self {
            namespace: namespace.map(Into::into),
            local: local.into(),
        }
    }

    fn of(node: XmlNode<'_, '_>) -> Self {
        Self::new(node.tag_name().namespace(), node.tag_name().name())
    }

    fn is(&self, namespace: Option<&str>, local: &str) -> bool {
        self.namespace.as_deref() == namespace && &*self.local == local
    }
}

impl Content {
    fn read(text: &str) -> Result<Self, String> {
        let text = normalise(text);
        let placeholder = text
            .strip_prefix("${xmlunit.")
            .and_then(|rest| rest.strip_suffix('}'));
        match placeholder {
            None => Ok(Self::Text(text.into())),
            Some("ignore") => Ok(Self::Anything),
            Some("isNumber") => Ok(Self::Number),
            Some(other) => other
                .strip_prefix("matchesRegex(")
                .and_then(|rest| rest.strip_suffix(')'))
                .and_then(java::translate)
                .and_then(|pattern| Regex::new(&format!(r"\A(?:{pattern})\z")).ok())
                .map(|regex| Self::Regex(Box::new(regex)))
                .ok_or_else(|| format!("the placeholder {text:?} is not supported")),
        }
    }

    fn matches(&self, found: &str) -> bool {
        match self {
            Self::Anything => true,
            Self::Text(text) => **text == *normalise(found),
            Self::Number => found.trim().parse::<f64>().is_ok(),
            Self::Regex(regex) => regex.is_match(found.trim()).unwrap_or(false),
        }
    }
}

impl fmt::Display for Content {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => write!(formatter, "{text:?}"),
            Self::Anything => formatter.write_str("anything"),
            Self::Number => formatter.write_str("a number"),
            Self::Regex(regex) => write!(formatter, "a text like {:?}", regex.as_str()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matcher(text: &str) -> XmlMatcher {
        XmlMatcher::read(&Node::from(text), &Place::root()).unwrap()
    }

    fn check(expected: &str, found: &str, result: bool) {
        assert_eq!(
            matcher(expected).matches(found),
            result,
            "{expected} {found}"
        );
    }

    #[test]
    fn documents_are_compared() {
        check("<a><b>x</b></a>", "<a>\n  <b> x </b>\n</a>", true);
        check("<a b='1' c='2'/>", "<a c='2' b='1'></a>", true);
        check("<a b='1'/>", "<a b='2'/>", false);
        check("<a/>", "<a b='1'/>", false);
        check("<a>x</a>", "<a>y</a>", false);
        check("<a>x  y</a>", "<a>x\ny</a>", true);
        check("<a/>", "<b/>", false);
        check("<a><b/><c/></a>", "<a><c/><b/></a>", true);
        check("<a><b>1</b><b>2</b></a>", "<a><b>2</b><b>1</b></a>", false);
        check("<a><b/></a>", "<a><b/><b/></a>", false);
        check("<a/>", "<a><!-- nothing --></a>", true);
        check("<a><![CDATA[x]]></a>", "<a>x</a>", true);
        check("<p:a xmlns:p='u'/>", "<q:a xmlns:q='u'/>", true);
        check("<a xmlns='u'/>", "<a/>", false);
        check("<a/>", "no xml", false);
        check("<a/>", "<!DOCTYPE a [<!ENTITY x 'y'>]><a/>", false);
    }

    #[test]
    fn placeholders_are_filled() {
        check("<a>${xmlunit.ignore}</a>", "<a>x</a>", true);
        check("<a>${xmlunit.ignore}</a>", "<a/>", true);
        check("<a b='${xmlunit.ignore}'/>", "<a b='x'/>", true);
        check("<a>${xmlunit.isNumber}</a>", "<a> 1.5 </a>", true);
        check("<a>${xmlunit.isNumber}</a>", "<a>x</a>", false);
        check("<a>${xmlunit.matchesRegex([0-9]+)}</a>", "<a>12</a>", true);
        check("<a>${xmlunit.matchesRegex([0-9]+)}</a>", "<a>x</a>", false);
    }

    #[test]
    fn what_is_no_document_is_refused() {
        let reason = |text: &str| {
            XmlMatcher::read(&Node::from(text), &Place::root()).unwrap_err()[0].to_string()
        };
        assert!(reason("<a>").starts_with("is no XML: "));
        assert_eq!(
            reason("<a>${xmlunit.isDateTime}</a>"),
            "the placeholder \"${xmlunit.isDateTime}\" is not supported"
        );
        let deep = format!("{}{}", "<a>".repeat(300), "</a>".repeat(300));
        assert_eq!(reason(&deep), "is nested too deeply");
    }

    #[test]
    fn the_first_difference_is_placed() {
        let difference = matcher("<a><b c='1'>x</b></a>")
            .mismatch("<a><b c='2'>x</b></a>")
            .unwrap();
        let (at, expected, found) = difference;
        assert_eq!(
            (&*at, &*expected, &*found),
            ("/a/b", "<b c=\"1\"> \"x\"", "<b c=\"2\"> \"x\"")
        );
    }
}
