//! The tools of a template: `$json`, `$jsonPath`, `$xml`, `$xPath`, `$math` and `$esc`.

use crate::node::Node;
use crate::template::error::RenderError;
use crate::template::json_path::Path;
use crate::template::methods;
use crate::template::value::Value;
use crate::template::xml::{self, Selection};

use super::ast::Step;
use super::render::Renderer;
use super::{escape, math};

/// How deep brackets may nest in a text that is read as JSON with liberties.
const MAX_BRACKETS: usize = 128;

/// A tool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tool {
    /// `$json`
    Json,
    /// `$jsonPath`
    JsonPath,
    /// `$xml`
    Xml,
    /// `$xPath`
    XPath,
    /// `$math`
    Math,
    /// `$esc`
    Escape,
}

impl Tool {
    /// The tool of a name.
    pub(super) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "json" => Self::Json,
            "jsonPath" => Self::JsonPath,
            "xml" => Self::Xml,
            "xPath" => Self::XPath,
            "math" => Self::Math,
            "esc" => Self::Escape,
            _ => return None,
        })
    }

    /// Whether it has such a function.
    pub(super) fn has(self, function: &str) -> bool {
        match self {
            Self::Json => function == "parse",
            Self::JsonPath => matches!(function, "find" | "jsonPath"),
            Self::Xml => matches!(function, "parse" | "find"),
            Self::XPath => matches!(function, "find" | "xPath"),
            Self::Math => math::FUNCTIONS.contains(&function),
            Self::Escape => escape::FUNCTIONS.contains(&function),
        }
    }
}

impl Renderer<'_> {
    /// Calls a function of a tool.
    pub(super) fn use_tool(&mut self, tool: Tool, step: &Step) -> Result<Value, RenderError> {
        let (name, arguments) = match step {
            Step::Property(name) => (name, Vec::new()),
            Step::Call(name, arguments) => (name, self.evaluate_all(arguments)?),
            Step::Index(_) => return Ok(Value::Null),
        };
        match (tool, arguments.as_slice()) {
            (Tool::Json, [text]) => self.json(text),
            (Tool::JsonPath, [path]) => self.json_path(path),
            (Tool::Xml, [text]) if name == "parse" => self.xml(text),
            (Tool::Xml, [_]) => {
                let document = self.document.clone();
                methods::call(&document, "find", &arguments, &mut self.budget)
            }
            (Tool::XPath, [path]) => self.xpath(path),
            (Tool::Math, numbers) => Ok(math::call(name, numbers, &mut self.globals)),
            (Tool::Escape, arguments) => escape::call(name, arguments, &mut self.budget),
            _ => Ok(Value::Null),
        }
    }

    /// JSON as a value; nothing if it is none.
    fn json(&mut self, text: &Value) -> Result<Value, RenderError> {
        let Some(text) = text.as_text() else {
            return Ok(Value::Null);
        };
        self.budget.spend(text.len().saturating_mul(20))?;
        let parsed = if nesting(text) > MAX_BRACKETS {
            None
        } else {
            Node::parse(text).ok()
        };
        self.budget
            .accept(parsed.map_or(Value::Null, |node| Value::from(&node)))
    }

    fn json_path(&mut self, path: &Value) -> Result<Value, RenderError> {
        let path = self.budget.text(path)?;
        let path = Path::parse(&path).map_err(RenderError::unsupported)?;
        self.globals.pick(&path, &mut self.budget)
    }

    fn xml(&mut self, text: &Value) -> Result<Value, RenderError> {
        let text = self.budget.text(text)?;
        self.document = Selection::parse(&text, &mut self.budget)?;
        Ok(self.document.clone())
    }

    fn xpath(&mut self, path: &Value) -> Result<Value, RenderError> {
        let path = self.budget.text(path)?;
        let path = xml::parse_path(&path)?;
        let body = self.globals.body();
        let body = body.as_text().map_or("", |text| text);
        xml::find_text(&path, body, &mut self.budget).map(Value::from)
    }
}

/// How deep brackets nest at most. The reader of JSON with liberties calls itself and has no limit.
fn nesting(text: &str) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    for byte in text.bytes() {
        match byte {
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    deepest
}
