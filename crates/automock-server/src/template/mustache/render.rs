//! Renders the tree of a template.

use crate::template::budget::Budget;
use crate::template::error::RenderError;
use crate::template::globals::Globals;
use crate::template::json_path;
use crate::template::methods;
use crate::template::value::{Value, count};
use crate::template::xml;
use crate::template::xpath::XPath;

use super::tree::{Name, Path, Segment};

/// Methods without arguments that a name may call on a text or a list.
const CALLS: [&str; 6] = [
    "size",
    "length",
    "isEmpty",
    "trim",
    "toLowerCase",
    "toUpperCase",
];

/// A render at work.
pub(super) struct Renderer<'a> {
    globals: Globals<'a>,
    budget: Budget,
    output: String,
    stack: Vec<Frame>,
    json_path_result: Option<Value>,
}

/// A section that is being rendered.
#[derive(Clone)]
struct Frame {
    value: Value,
    index: usize,
    is_first: bool,
    is_last: bool,
}

impl<'a> Renderer<'a> {
    /// A render that has not begun.
    pub(super) fn new(globals: Globals<'a>) -> Self {
        Self {
            globals,
            budget: Budget::new(),
            output: String::new(),
            stack: Vec::new(),
            json_path_result: None,
        }
    }

    /// What has been rendered.
    pub(super) fn finish(self) -> String {
        self.output
    }

    /// Renders segments.
    pub(super) fn run(&mut self, segments: &[Segment]) -> Result<(), RenderError> {
        segments
            .iter()
            .try_for_each(|segment| self.segment(segment))
    }

    fn segment(&mut self, segment: &Segment) -> Result<(), RenderError> {
        self.budget.step()?;
        match segment {
            Segment::Text(text) => self.budget.push(&mut self.output, text),
            Segment::Variable { name, escapes } => self.variable(name, *escapes),
            Segment::Section { name, body } => self.section(name, body),
            Segment::Inverted { name, body } => {
                if self.value(name)?.is_true() {
                    Ok(())
                } else {
                    self.run(body)
                }
            }
            Segment::JsonPath(path) => self.json_path(path),
            Segment::XPath(path) => self.xpath(path),
        }
    }

    fn variable(&mut self, name: &Name, escapes: bool) -> Result<(), RenderError> {
        let value = self.value(name)?;
        if value == Value::Null {
            return Ok(());
        }
        let text = self.budget.text(&value)?;
        if !escapes {
            return self.budget.push(&mut self.output, &text);
        }
        let mut rest = text.as_str();
        while let Some((at, escape)) = next_escape(rest) {
            self.budget.push(&mut self.output, &rest[..at])?;
            self.budget.push(&mut self.output, escape)?;
            rest = &rest[at + 1..];
        }
        self.budget.push(&mut self.output, rest)
    }

    fn section(&mut self, name: &Name, body: &[Segment]) -> Result<(), RenderError> {
        let value = self.value(name)?;
        if !value.is_true() {
            return Ok(());
        }
        match value {
            Value::Bool(_) => self.run(body),
            Value::List(list) => self.each(list.items(), body),
            Value::Xml(selection) => self.each(&selection.each(), body),
            value => {
                let frame = self.stack.last();
                let frame = Frame {
                    value,
                    index: frame.map_or(0, |frame| frame.index),
                    is_first: frame.is_some_and(|frame| frame.is_first),
                    is_last: frame.is_some_and(|frame| frame.is_last),
                };
                self.within(frame, body)
            }
        }
    }

    fn each(&mut self, items: &[Value], body: &[Segment]) -> Result<(), RenderError> {
        for (place, item) in items.iter().enumerate() {
            self.budget.iterate()?;
            let frame = Frame {
                value: item.clone(),
                index: place + 1,
                is_first: place == 0,
                is_last: place + 1 == items.len(),
            };
            self.within(frame, body)?;
        }
        Ok(())
    }

    fn within(&mut self, frame: Frame, body: &[Segment]) -> Result<(), RenderError> {
        self.stack.push(frame);
        self.run(body)?;
        self.stack.pop();
        Ok(())
    }

    fn value(&mut self, name: &Name) -> Result<Value, RenderError> {
        let frame = self.stack.last();
        Ok(match name {
            Name::This => frame.map_or(Value::Null, |frame| frame.value.clone()),
            Name::First => frame.is_some_and(|frame| frame.is_first).into(),
            Name::Last => frame.is_some_and(|frame| frame.is_last).into(),
            Name::Index => count(frame.map_or(0, |frame| frame.index)),
            Name::Path { whole, parts } => self.look_up(whole, parts)?,
        })
    }

    /// The whole name may be one key; or else its first part is looked up, and the others in it.
    fn look_up(&mut self, whole: &str, parts: &[String]) -> Result<Value, RenderError> {
        if let Some(found) = self.find(whole)? {
            return Ok(found);
        }
        let [first, rest @ ..] = parts else {
            return Ok(Value::Null);
        };
        let mut value = match (first.as_str(), self.stack.last()) {
            ("this", Some(frame)) => frame.value.clone(),
            _ => self.find(first)?.unwrap_or(Value::Null),
        };
        for part in rest {
            let found = member(&value, part, &mut self.budget)?;
            value = found.unwrap_or(Value::Null);
        }
        Ok(value)
    }

    /// The value of a name in the innermost section that has it.
    fn find(&mut self, name: &str) -> Result<Option<Value>, RenderError> {
        for frame in self.stack.iter().rev() {
            self.budget.step()?;
            if let Some(found) = member(&frame.value, name, &mut self.budget)? {
                return Ok(Some(found));
            }
        }
        Ok(match name {
            "jsonPathResult" => self.json_path_result.clone(),
            _ => self.globals.get(name),
        })
    }

    fn json_path(&mut self, path: &Path<json_path::Path>) -> Result<(), RenderError> {
        let rendered;
        let path = match path {
            Path::Known(path) => path,
            Path::Rendered(body) => {
                let text = self.aside(body)?;
                rendered = json_path::Path::parse(&text).map_err(RenderError::unsupported)?;
                &rendered
            }
        };
        self.json_path_result = Some(self.globals.pick(path, &mut self.budget)?);
        Ok(())
    }

    fn xpath(&mut self, path: &Path<XPath>) -> Result<(), RenderError> {
        let rendered;
        let path = match path {
            Path::Known(path) => path,
            Path::Rendered(body) => {
                let text = self.aside(body)?;
                rendered = xml::parse_path(&text)?;
                &rendered
            }
        };
        let body = self.globals.body();
        let body = body.as_text().map_or("", |text| text);
        let found = xml::find_text(path, body, &mut self.budget)?;
        self.budget.push(&mut self.output, &found)
    }

    fn aside(&mut self, body: &[Segment]) -> Result<String, RenderError> {
        let output = std::mem::take(&mut self.output);
        self.run(body)?;
        Ok(std::mem::replace(&mut self.output, output))
    }
}

/// What a name means within a value.
fn member(value: &Value, name: &str, budget: &mut Budget) -> Result<Option<Value>, RenderError> {
    match value {
        Value::Map(map) => match map.get(name) {
            Some(found) => Ok(Some(found.clone())),
            None => methods::view(map, name, budget),
        },
        Value::List(list) => match name.parse::<usize>() {
            Ok(index) => Ok(list.items().get(index).cloned()),
            Err(_) => call(value, name, budget),
        },
        Value::Text(_) => call(value, name, budget),
        Value::Xml(selection) => Ok(Some(selection.property(name)).filter(|it| *it != Value::Null)),
        _ => Ok(None),
    }
}

fn call(value: &Value, name: &str, budget: &mut Budget) -> Result<Option<Value>, RenderError> {
    if !CALLS.contains(&name) {
        return Ok(None);
    }
    let answer = methods::call(value, name, &[], budget)?;
    Ok(Some(answer).filter(|answer| *answer != Value::Null))
}

fn next_escape(text: &str) -> Option<(usize, &'static str)> {
    text.bytes().enumerate().find_map(|(at, byte)| {
        let escape = match byte {
            b'&' => "&amp;",
            b'\'' => "&#39;",
            b'"' => "&quot;",
            b'<' => "&lt;",
            b'>' => "&gt;",
            b'`' => "&#x60;",
            b'=' => "&#x3D;",
            _ => return None,
        };
        Some((at, escape))
    })
}
