//! Names with values: headers, parameters and cookies.

use std::borrow::Cow;
use std::fmt;

use super::style::{STYLES, Style};
use super::text::Text;
use crate::definition::{Fields, Place, Refusal, collect, refuse_type};
use crate::node::Node;

/// Expected names with their values.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pairs {
    entries: Vec<Entry>,
    /// Every value of a name must be one of those given (`MATCHING_KEY`).
    all_values: bool,
}

/// A name and what its values are expected to be.
#[derive(Clone, Debug)]
struct Entry {
    name: Text,
    values: Vec<Text>,
    style: Style,
}

/// A name with a value of a request.
pub(crate) type Found<'r> = (Cow<'r, str>, Cow<'r, str>);

/// Something that a name with a value is compared with.
trait Candidate {
    /// Whether its name is the expected one.
    fn has_name(&self, name: &Text) -> bool;
    /// Whether it has the name that is not to be there.
    fn has_plain_name(&self, name: &Text) -> bool;
    /// Whether its value is the expected one.
    fn has_value(&self, value: &Text) -> bool;
}

impl Candidate for Found<'_> {
    fn has_name(&self, name: &Text) -> bool {
        name.matches(&self.0)
    }

    fn has_plain_name(&self, name: &Text) -> bool {
        name.is_present(&self.0)
    }

    fn has_value(&self, value: &Text) -> bool {
        value.matches(&self.1)
    }
}

/// A name with a value of another definition.
impl Candidate for (&Text, &Text) {
    fn has_name(&self, name: &Text) -> bool {
        name.selects(self.0)
    }

    fn has_plain_name(&self, name: &Text) -> bool {
        !self.0.is_not() && name.selects_plainly(self.0)
    }

    fn has_value(&self, value: &Text) -> bool {
        value.selects(self.1)
    }
}

impl Pairs {
    /// Reads `{"name": ["value"]}`, `{"name": "value"}`, `{"name": {"parameterStyle", "values"}}`
    /// or `[{"name", "values"}]`.
    pub(crate) fn read(node: &Node, place: &Place) -> Result<Self, Vec<Refusal>> {
        match node {
            Node::Object(members) => Self::read_object(members, place),
            Node::Array(items) => {
                let items = items.iter().enumerate();
                let entries = items.map(|(at, item)| read_item(item, &place.item(at), "values"));
                collect(entries).map(|entries| Self {
                    entries,
                    all_values: false,
                })
            }
            _ => Err(vec![refuse_type(node, place, "an object or an array")]),
        }
    }

    /// Reads `{"name": "value"}` or `[{"name", "value"}]`.
    pub(crate) fn read_single(node: &Node, place: &Place) -> Result<Self, Vec<Refusal>> {
        let entries = match node {
            Node::Object(members) => collect(members.iter().map(|(name, node)| {
                let value = Text::read(node, &place.member(name));
                value.map(|value| Entry::new(Text::new(name), vec![value]))
            })),
            Node::Array(items) => collect(
                items
                    .iter()
                    .enumerate()
                    .map(|(at, item)| read_item(item, &place.item(at), "value")),
            ),
            _ => Err(vec![refuse_type(node, place, "an object or an array")]),
        };
        entries.map(|entries| Self {
            entries,
            all_values: false,
        })
    }

    fn read_object(members: &[(String, Node)], place: &Place) -> Result<Self, Vec<Refusal>> {
        let style = members.iter().find(|(name, _)| name == "keyMatchStyle");
        let all_values = match style {
            Some((name, node)) => read_key_match_style(node, &place.member(name))?,
            None => false,
        };
        let members = members.iter().filter(|(name, _)| name != "keyMatchStyle");
        let entries = collect(members.map(|(name, node)| {
            let place = place.member(name);
            read_values(node, &place).map(|(values, style)| Entry {
                style,
                ..Entry::new(Text::new(name), values)
            })
        }));
        entries.map(|entries| Self {
            entries,
            all_values,
        })
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Whether the pairs of a request are as expected.
    pub(crate) fn matches(&self, found: &[Found<'_>]) -> bool {
        if self.entries.iter().all(|entry| entry.style == Style::Whole) {
            return self.meets(found);
        }
        self.meets(&self.split(found))
    }

    /// Whether it, as a filter, selects the pairs of another definition.
    pub(crate) fn selects(&self, other: &Self) -> bool {
        let pairs: Vec<_> = other.pairs().collect();
        self.meets(&pairs)
    }

    fn meets(&self, found: &[impl Candidate]) -> bool {
        if self.entries.is_empty() {
            return true;
        }
        if found.is_empty() {
            let mut names = self.entries.iter().map(|entry| &entry.name);
            return names.clone().all(Text::is_not) || names.all(Text::is_optional);
        }
        if self.all_values {
            return self.entries.iter().all(|entry| entry.holds_for_all(found));
        }
        self.is_subset(found)
    }

    /// Every pair meets some pair that is found, and there are as many of those as of the pairs
    /// that must be there.
    fn is_subset(&self, found: &[impl Candidate]) -> bool {
        let mut met = vec![false; found.len()];
        let all = self
            .pairs()
            .all(|(name, value)| meets_some(name, value, found, &mut met));
        let required = self
            .pairs()
            .filter(|(name, value)| is_required(name, value));
        all && met.iter().filter(|met| **met).count() >= required.count()
    }

    fn pairs(&self) -> impl Iterator<Item = (&Text, &Text)> {
        let entries = self.entries.iter();
        entries.flat_map(|entry| entry.values.iter().map(move |value| (&entry.name, value)))
    }

    /// Takes values apart that are written in one.
    fn split<'r>(&self, found: &'r [Found<'r>]) -> Vec<Found<'r>> {
        let styled = |name: &str| {
            let mut entries = self
                .entries
                .iter()
                .filter(|entry| entry.style != Style::Whole);
            entries
                .find(|entry| entry.name.is_present(name))
                .map(|entry| entry.style)
        };
        let split = found.iter().flat_map(|(name, value)| {
            let style = styled(name).unwrap_or(Style::Whole);
            let values = style.split(name, value);
            values
                .into_iter()
                .map(move |value| (Cow::Borrowed(&**name), value))
        });
        split.collect()
    }

    /// What the values of a variable in a path are after they have been taken apart.
    pub(crate) fn split_owned(&self, found: &[Found<'_>]) -> Vec<(String, String)> {
        let split = self.split(found).into_iter();
        split
            .map(|(name, value)| (name.into_owned(), value.into_owned()))
            .collect()
    }

    /// The first expected pair that is not met, and what there is instead.
    pub(crate) fn difference(&self, found: &[Found<'_>]) -> (String, String) {
        let found = self.split(found);
        let unmet = self.entries.iter().find(|entry| {
            let alone = Self {
                entries: vec![(*entry).clone()],
                all_values: self.all_values,
            };
            !alone.meets(&found)
        });
        let Some(entry) = unmet else {
            return (self.to_string(), "fewer of them".to_owned());
        };
        (entry.to_string(), entry.describe(&found))
    }
}

impl Entry {
    /// Without a value any value is meant.
    fn new(name: Text, mut values: Vec<Text>) -> Self {
        if values.is_empty() {
            values.push(Text::new(".*"));
        }
        Self {
            name,
            values,
            style: Style::Whole,
        }
    }

    /// Every value of the name is one of those given.
    fn holds_for_all(&self, found: &[impl Candidate]) -> bool {
        let mut named = found
            .iter()
            .filter(|pair| pair.has_name(&self.name))
            .peekable();
        if named.peek().is_none() {
            return self.name.is_optional();
        }
        named.all(|pair| self.values.iter().any(|value| pair.has_value(value)))
    }

    fn describe(&self, found: &[Found<'_>]) -> String {
        let named = found.iter().filter(|(name, _)| self.name.is_present(name));
        let named: Vec<_> = named
            .map(|(name, value)| format!("{name:?}: {value:?}"))
            .collect();
        if named.is_empty() {
            "none".to_owned()
        } else {
            named.join(", ")
        }
    }
}

fn meets_some(name: &Text, value: &Text, found: &[impl Candidate], met: &mut [bool]) -> bool {
    let mut any = false;
    for (pair, met) in found.iter().zip(met) {
        if pair.has_name(name) && pair.has_value(value) {
            *met = true;
            any = true;
        }
    }
    let absent = || name.is_optional() && !found.iter().any(|pair| pair.has_name(name));
    let forbidden = name.is_not() && found.iter().any(|pair| pair.has_plain_name(name));
    (any || absent()) && !forbidden
}

fn is_required(name: &Text, value: &Text) -> bool {
    let forbids = name.is_not() && !value.is_not();
    !name.is_optional() && !forbids
}

fn read_key_match_style(node: &Node, place: &Place) -> Result<bool, Vec<Refusal>> {
    match node.as_str() {
        Some("SUB_SET") => Ok(false),
        Some("MATCHING_KEY") => Ok(true),
        _ => Err(vec![place.refuse("is none of SUB_SET, MATCHING_KEY")]),
    }
}

fn read_values(node: &Node, place: &Place) -> Result<(Vec<Text>, Style), Vec<Refusal>> {
    let styled = node.get("values").is_some() || node.get("parameterStyle").is_some();
    match node {
        Node::Object(_) if styled => read_styled(node, place),
        Node::Array(items) => read_texts(items, place).map(|values| (values, Style::Whole)),
        _ => Text::read(node, place).map(|value| (vec![value], Style::Whole)),
    }
}

fn read_styled(node: &Node, place: &Place) -> Result<(Vec<Text>, Style), Vec<Refusal>> {
    let mut fields = Fields::of(node, place)?;
    fields.only(&["parameterStyle", "values"], &[]);
    let style = read_style(&mut fields);
    let values = fields.read("values", read_array).unwrap_or_default();
    fields.finish(Some((values, style)))
}

fn read_style(fields: &mut Fields<'_>) -> Style {
    if fields.get("parameterStyle").and_then(Node::as_str) == Some("DEEP_OBJECT") {
        fields.refuse("parameterStyle", "DEEP_OBJECT is not supported");
        return Style::Whole;
    }
    fields
        .word("parameterStyle", &STYLES)
        .unwrap_or(Style::Whole)
}

fn read_item(node: &Node, place: &Place, values_field: &str) -> Result<Entry, Vec<Refusal>> {
    let mut fields = Fields::of(node, place)?;
    fields.only(&["name", values_field, "parameterStyle"], &[]);
    if fields.get("name").is_none() {
        fields.refuse_all("needs \"name\"");
    }
    let style = read_style(&mut fields);
    let name = fields.read("name", Text::read);
    let values = fields.read(values_field, |node, place| match values_field {
        "value" => Text::read(node, place).map(|value| vec![value]),
        _ => read_array(node, place),
    });
    let values = values.unwrap_or_default();
    fields.finish(name.map(|name| Entry {
        style,
        ..Entry::new(name, values)
    }))
}

fn read_array(node: &Node, place: &Place) -> Result<Vec<Text>, Vec<Refusal>> {
    match node {
        Node::Array(items) => read_texts(items, place),
        _ => Err(vec![refuse_type(node, place, "an array")]),
    }
}

fn read_texts(items: &[Node], place: &Place) -> Result<Vec<Text>, Vec<Refusal>> {
    let items = items.iter().enumerate();
    collect(items.map(|(at, item)| Text::read(item, &place.item(at))))
}

impl fmt::Display for Entry {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let values: Vec<_> = self.values.iter().map(ToString::to_string).collect();
        write!(formatter, "{}: {}", self.name, values.join(", "))
    }
}

impl fmt::Display for Pairs {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let entries: Vec<_> = self.entries.iter().map(ToString::to_string).collect();
        formatter.write_str(&entries.join("; "))
    }
}
