//! Reads the members of an object and remembers everything that is refused.

use super::suggest;
use super::{Place, Refusal};
use crate::node::Node;

/// The members of an object that is being read.
pub(crate) struct Fields<'n> {
    node: &'n Node,
    place: &'n Place,
    refusals: Vec<Refusal>,
}

impl<'n> Fields<'n> {
    /// Begins to read an object.
    pub(crate) fn of(node: &'n Node, place: &'n Place) -> Result<Self, Vec<Refusal>> {
        if node.as_object().is_none() {
            return Err(vec![refuse_type(node, place, "an object")]);
        }
        Ok(Self {
            node,
            place,
            refusals: Vec::new(),
        })
    }

    /// Refuses every member whose name is not known; `known_elsewhere` are names that exist in
    /// `MockServer`, with the reason why they are not taken.
    pub(crate) fn only(&mut self, known: &[&str], known_elsewhere: &[(&str, &str)]) {
        for (name, _) in self.members() {
            if known.contains(&name.as_str()) {
                continue;
            }
            let elsewhere = known_elsewhere.iter().find(|(other, _)| other == name);
            let reason = elsewhere.map_or_else(
                || {
                    format!(
                        "unknown field{}",
                        suggest::hint(name, known.iter().copied())
                    )
                },
                |(_, reason)| (*reason).to_owned(),
            );
            self.refuse(name, reason);
        }
    }

    /// The members in their order.
    pub(crate) fn members(&self) -> &'n [(String, Node)] {
        self.node.as_object().unwrap_or_default()
    }

    /// A member.
    pub(crate) fn get(&self, name: &str) -> Option<&'n Node> {
        self.node.get(name)
    }

    /// Where a member stands.
    pub(crate) fn place(&self, name: &str) -> Place {
        self.place.member(name)
    }

    /// Refuses a member.
    pub(crate) fn refuse(&mut self, name: &str, reason: impl Into<String>) {
        let refusal = self.place.member(name).refuse(reason);
        self.refusals.push(refusal);
    }

    /// Refuses the object.
    pub(crate) fn refuse_all(&mut self, reason: impl Into<String>) {
        self.refusals.push(self.place.refuse(reason));
    }

    /// Adds what another reader refused.
    pub(crate) fn take<T>(&mut self, result: Result<T, Vec<Refusal>>) -> Option<T> {
        result
            .map_err(|refusals| self.refusals.extend(refusals))
            .ok()
    }

    /// Reads a member with another reader.
    pub(crate) fn read<T>(
        &mut self,
        name: &str,
        reader: impl FnOnce(&Node, &Place) -> Result<T, Vec<Refusal>>,
    ) -> Option<T> {
        let node = self.get(name)?;
        let result = reader(node, &self.place.member(name));
        self.take(result)
    }

    /// A member that is a string.
    pub(crate) fn text(&mut self, name: &str) -> Option<&'n str> {
        self.typed(name, "a string", Node::as_str)
    }

    /// A member that is a string and must be there.
    pub(crate) fn required_text(&mut self, name: &str) -> Option<&'n str> {
        if self.get(name).is_none() {
            self.refuse_all(format!("needs {name:?}"));
        }
        self.text(name)
    }

    /// A member that is a boolean.
    pub(crate) fn flag(&mut self, name: &str) -> Option<bool> {
        self.typed(name, "a boolean", Node::as_bool)
    }

    /// A member that is a whole number in a range.
    pub(crate) fn number<N: TryFrom<i64>>(&mut self, name: &str) -> Option<N> {
        let number = self.typed(name, "a whole number", Node::as_i64)?;
        let fitting = N::try_from(number).ok();
        if fitting.is_none() {
            self.refuse(name, format!("{number} is out of range"));
        }
        fitting
    }

    /// A member that is one of several words.
    pub(crate) fn word<T: Copy>(&mut self, name: &str, words: &[(&str, T)]) -> Option<T> {
        let text = self.text(name)?;
        let found = words.iter().find(|(word, _)| *word == text);
        if found.is_none() {
            let names: Vec<_> = words.iter().map(|(word, _)| *word).collect();
            self.refuse(name, format!("{text:?} is none of {}", names.join(", ")));
        }
        found.map(|(_, value)| *value)
    }

    fn typed<T>(
        &mut self,
        name: &str,
        expected: &str,
        cast: impl FnOnce(&'n Node) -> Option<T>,
    ) -> Option<T> {
        let node = self.get(name)?;
        let value = cast(node);
        if value.is_none() {
            let refusal = refuse_type(node, &self.place.member(name), expected);
            self.refusals.push(refusal);
        }
        value
    }

    /// What was read, or everything that is refused.
    pub(crate) fn finish<T>(mut self, value: Option<T>) -> Result<T, Vec<Refusal>> {
        if value.is_none() && self.refusals.is_empty() {
            self.refuse_all("is not complete");
        }
        match value {
            Some(value) if self.refusals.is_empty() => Ok(value),
            _ => Err(self.refusals),
        }
    }
}

/// A refusal of a node that is of another type.
pub(crate) fn refuse_type(node: &Node, place: &Place, expected: &str) -> Refusal {
    place.refuse(format!("is {}, not {expected}", node.type_name()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_that_is_refused_is_kept() {
        let node = Node::parse(r#"{"name":1,"flag":"yes","port":70000,"nmae":"x"}"#).unwrap();
        let place = Place::root().item(2);
        let mut fields = Fields::of(&node, &place).unwrap();
        fields.only(&["name", "flag", "port"], &[]);
        fields.text("name");
        fields.flag("flag");
        fields.number::<u16>("port");
        fields.required_text("host");
        let refusals = fields.finish(Some(())).unwrap_err();
        let words: Vec<_> = refusals.iter().map(ToString::to_string).collect();
        assert_eq!(
            words,
            [
                "[2].nmae: unknown field (did you mean \"name\"?)",
                "[2].name: is a number, not a string",
                "[2].flag: is a string, not a boolean",
                "[2].port: 70000 is out of range",
                "[2]: needs \"host\"",
            ]
        );
    }

    #[test]
    fn only_an_object_has_members() {
        let refusals = Fields::of(&Node::Null, &Place::root()).err().unwrap();
        assert_eq!(refusals[0].to_string(), "is null, not an object");
    }
}
