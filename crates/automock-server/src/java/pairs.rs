//! Names with values: headers, cookies and parameters.

use super::code::{Code, literal};
use super::text::Text;
use crate::node::Node;

/// Which class a name with its values is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    Header,
    Cookie,
    Parameter,
}

impl Class {
    fn name(self) -> &'static str {
        match self {
            Self::Header => "Header",
            Self::Cookie => "Cookie",
            Self::Parameter => "Parameter",
        }
    }
}

/// `.withHeaders(new Header("a", "1"))` and the like; nothing if there are none.
pub(super) fn call(code: &mut Code, level: usize, method: &str, class: Class, node: Option<&Node>) {
    let Some(node) = node else { return };
    let items = pairs(class, node);
    let style = node.get("keyMatchStyle").and_then(Node::as_str);
    match style {
        _ if items.is_empty() => {}
        None => code.call_lines(level, method, |code, level| code.list(level, &items)),
        Some(style) => code.call_lines(level, method, |code, level| {
            code.line(level, &format!("new {}s(", class.name()));
            code.list(level + 1, &items);
            let style = identifier(style);
            code.line(
                level,
                &format!(").withKeyMatchStyle(KeyMatchStyle.{style})"),
            );
        }),
    }
}

/// Each name with its values: `{"n": ["v"]}`, `{"n": "v"}`, `{"n": {"parameterStyle", "values"}}` or
/// `[{"name": "n", "values": ["v"]}]`.
pub(super) fn pairs(class: Class, node: &Node) -> Vec<String> {
    match node {
        Node::Object(members) => members
            .iter()
            .filter(|(name, _)| name != "keyMatchStyle")
            .map(|(name, values)| pair(class, Text::new(name), values))
            .collect(),
        Node::Array(items) => items
            .iter()
            .map(|item| {
                let name = item.get("name").map_or_else(|| Text::new(""), Text::of);
                let values = item.get("values").or_else(|| item.get("value"));
                pair(class, name, values.unwrap_or(&Node::Array(Vec::new())))
            })
            .collect(),
        _ => Vec::new(),
    }
}

fn pair(class: Class, name: Text, values: &Node) -> String {
    let style = values.get("parameterStyle").and_then(Node::as_str);
    let values = match values.get("values") {
        Some(values) if style.is_some() => values,
        _ => values,
    };
    let values: Vec<Text> = match values {
        Node::Array(items) => items.iter().map(Text::of).collect(),
        one => vec![Text::of(one)],
    };
    let class = class.name();
    // The constructors take either strings alone or texts with marks alone.
    if style.is_none() && name.is_plain() && values.iter().all(Text::is_plain) {
        let values = values.into_iter().map(Text::into_argument);
        let arguments: Vec<String> = std::iter::once(name.into_argument())
            .chain(values)
            .collect();
        return format!("new {class}({})", arguments.join(", "));
    }
    let style = style.map_or_else(String::new, |style| {
        format!(".withStyle(ParameterStyle.{})", identifier(style))
    });
    let values = values.into_iter().map(Text::into_nottable);
    let name = name.into_nottable() + &style;
    let arguments: Vec<String> = std::iter::once(name).chain(values).collect();
    format!("new {class}({})", arguments.join(", "))
}

/// Texts in a list, as modifiers have them.
pub(super) fn texts(node: &Node) -> Vec<String> {
    let items = node.as_array().unwrap_or_default().iter();
    items.filter_map(Node::as_str).map(literal).collect()
}

/// A word that is the name of a constant.
pub(super) fn identifier(text: &str) -> String {
    let fits = |character: &char| character.is_ascii_alphanumeric() || *character == '_';
    text.chars()
        .filter(fits)
        .collect::<String>()
        .to_ascii_uppercase()
}
