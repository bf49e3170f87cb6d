//! XML in templates: what was found in a document.

use std::fmt;
use std::sync::Arc;

use roxmltree::Document;

use super::budget::Budget;
use super::error::RenderError;
use super::methods::strings_getter;
use super::value::{Value, count};
use super::xpath::{Found, XPath};

/// What an XML document costs to read, per byte.
const READ: usize = 20;

/// Elements of a document.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Selection(Arc<[Element]>);

/// An element of a document.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Element {
    name: Arc<str>,
    text: Arc<str>,
    markup: Arc<str>,
}

impl Selection {
    /// The root element of a text, or nothing if the text is no XML.
    pub(super) fn parse(text: &str, budget: &mut Budget) -> Result<Value, RenderError> {
        let Some(document) = read(text, budget)? else {
            return Ok(Value::Null);
        };
        let root = Element::of(document.root_element(), budget)?;
        Ok(Value::Xml(Self([root].into())))
    }

    /// What is in it.
    pub(super) fn elements(&self) -> &[Element] {
        &self.0
    }

    /// The elements one by one.
    pub(super) fn each(&self) -> Vec<Value> {
        let elements = self.0.iter().cloned();
        elements
            .map(|element| Value::Xml(Self([element].into())))
            .collect()
    }

    /// How much is in it.
    pub(super) fn weight(&self) -> usize {
        let markups = self.0.iter().map(|element| element.markup.len() + 1);
        markups.sum::<usize>() + 1
    }

    /// The name or the text of the first element.
    pub(super) fn property(&self, name: &str) -> Value {
        let first = self.0.first();
        let found = first.and_then(|first| match name {
            "name" | "nodeName" => Some(first.name.clone()),
            "text" => Some(first.text.clone()),
            _ => None,
        });
        found.map_or(Value::Null, Value::Text)
    }

    /// Calls a method.
    pub(super) fn call(
        &self,
        name: &str,
        arguments: &[Value],
        budget: &mut Budget,
    ) -> Result<Value, RenderError> {
        match (name, arguments) {
            ("size", []) => Ok(count(self.0.len())),
            ("isEmpty", []) => Ok(self.0.is_empty().into()),
            ("get", [index]) => {
                let element = index.to_index().and_then(|index| self.0.get(index));
                let element = element.cloned();
                Ok(element.map_or(Value::Null, |element| Value::Xml(Self([element].into()))))
            }
            ("find", [path]) => self.find(&budget.text(path)?, budget),
            ("attr", [name]) => self.find(&format!("@{}", budget.text(name)?), budget),
            _ => Ok(strings_getter(&Value::Xml(self.clone()), name, arguments)),
        }
    }

    /// What a path finds, seen from the first element.
    fn find(&self, path: &str, budget: &mut Budget) -> Result<Value, RenderError> {
        let path = parse_path(path)?;
        match self.0.first() {
            Some(first) => find(&path, &first.markup, budget),
            None => Ok(Value::Null),
        }
    }
}

/// The markup of all elements.
impl fmt::Display for Selection {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0
            .iter()
            .try_for_each(|element| formatter.write_str(&element.markup))
    }
}

impl Element {
    fn of(node: roxmltree::Node<'_, '_>, budget: &mut Budget) -> Result<Self, RenderError> {
        let markup = &node.document().input_text()[node.range()];
        budget.spend(markup.len().saturating_mul(2))?;
        Ok(Self {
            name: node.tag_name().name().into(),
            text: text_of(node).into(),
            markup: markup.into(),
        })
    }
}

/// The text within an element.
pub(super) fn text_of(node: roxmltree::Node<'_, '_>) -> String {
    let texts = node.descendants().filter(roxmltree::Node::is_text);
    texts.filter_map(|text| text.text()).collect()
}

/// Reads a path that is only known now.
pub(super) fn parse_path(path: &str) -> Result<XPath, RenderError> {
    XPath::parse(path).map_err(RenderError::unsupported)
}

/// What a path finds in a text: a text if it leads to texts or attributes, or else elements.
/// Nothing if there is none, or if the text is no XML.
pub(super) fn find(path: &XPath, text: &str, budget: &mut Budget) -> Result<Value, RenderError> {
    let Some(document) = read(text, budget)? else {
        return Ok(Value::Null);
    };
    let found = path.select(document.root_element(), budget)?;
    let mut elements = Vec::new();
    for found in found {
        match found {
            Found::Text(text) => return Ok(text.into()),
            Found::Node(node) if node.is_text() => return Ok(text_of(node).into()),
            Found::Node(node) if node.is_element() => elements.push(Element::of(node, budget)?),
            Found::Node(_) => {}
        }
    }
    Ok(if elements.is_empty() {
        Value::Null
    } else {
        Value::Xml(Selection(elements.into()))
    })
}

/// The text of the first thing that a path finds; empty if there is none.
pub(super) fn find_text(
    path: &XPath,
    text: &str,
    budget: &mut Budget,
) -> Result<String, RenderError> {
    let Some(document) = read(text, budget)? else {
        return Ok(String::new());
    };
    let found = path.select(document.root_element(), budget)?;
    Ok(match found.into_iter().next() {
        Some(Found::Text(text)) => text.to_owned(),
        Some(Found::Node(node)) => text_of(node),
        None => String::new(),
    })
}

fn read<'t>(text: &'t str, budget: &mut Budget) -> Result<Option<Document<'t>>, RenderError> {
    budget.spend(text.len().saturating_mul(READ))?;
    Ok(Document::parse(text).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_are_found_from_elements() {
        let budget = &mut Budget::new();
        let text = "<a><b id='1'><c>x</c></b><b id='2'/></a>";
        let root = Selection::parse(text, budget).unwrap();
        let Value::Xml(root) = root else {
            panic!("{root}");
        };
        assert_eq!(root.to_string(), text);
        let bs = root.find("/a/b", budget).unwrap();
        assert_eq!(bs.to_string(), "<b id='1'><c>x</c></b><b id='2'/>");
        let Value::Xml(bs) = bs else {
            panic!("{bs}");
        };
        assert_eq!(bs.property("text"), "x".into());
        assert_eq!(bs.find("c/text()", budget), Ok("x".into()));
        assert_eq!(bs.call("attr", &["id".into()], budget), Ok("1".into()));
        assert_eq!(bs.each().len(), 2);
        assert_eq!(root.find("/nothing", budget), Ok(Value::Null));
    }

    #[test]
    fn deep_documents_are_read() {
        let deep = "<a>".repeat(20_000) + &"</a>".repeat(20_000);
        let path = XPath::parse("//a").unwrap();
        let _ = find_text(&path, &deep, &mut Budget::new());
    }
}
