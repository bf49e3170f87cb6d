//! Names with values as a response and a modifier have them: plain texts.

use super::fields::{Fields, refuse_type};
use super::{Place, Refusal};
use crate::node::Node;

/// A name with its values.
pub(crate) type Pair = (String, Vec<String>);

/// Reads `{"name": ["value"]}`, `{"name": "value"}` or `[{"name": …, "values": […]}]`.
pub(crate) fn read_values(node: &Node, place: &Place) -> Result<Vec<Pair>, Vec<Refusal>> {
    read_pairs(node, place, &["name", "values"], |node, place| match node {
        Node::String(text) => Ok(vec![text.clone()]),
        _ => read_texts(node, place),
    })
}

/// Reads `{"name": "value"}` or `[{"name": …, "value": …}]`.
pub(crate) fn read_single_values(node: &Node, place: &Place) -> Result<Vec<Pair>, Vec<Refusal>> {
    read_pairs(node, place, &["name", "value"], |node, place| {
        read_text(node, place).map(|text| vec![text])
    })
}

/// Reads an array of strings.
pub(crate) fn read_texts(node: &Node, place: &Place) -> Result<Vec<String>, Vec<Refusal>> {
    let Some(items) = node.as_array() else {
        return Err(vec![refuse_type(node, place, "an array of strings")]);
    };
    let items = items.iter().enumerate();
    collect(items.map(|(index, item)| read_text(item, &place.item(index))))
}

fn read_text(node: &Node, place: &Place) -> Result<String, Vec<Refusal>> {
    let text = node.as_str().map(str::to_owned);
    text.ok_or_else(|| vec![refuse_type(node, place, "a string")])
}

fn read_pairs(
    node: &Node,
    place: &Place,
    names: &[&str; 2],
    values: impl Fn(&Node, &Place) -> Result<Vec<String>, Vec<Refusal>>,
) -> Result<Vec<Pair>, Vec<Refusal>> {
    match node {
        Node::Object(members) => collect(members.iter().map(|(name, node)| {
            values(node, &place.member(name)).map(|values| (name.clone(), values))
        })),
        Node::Array(items) => collect(
            items
                .iter()
                .enumerate()
                .map(|(index, item)| read_named(item, &place.item(index), names, &values)),
        ),
        _ => Err(vec![refuse_type(node, place, "an object or an array")]),
    }
}

fn read_named(
    node: &Node,
    place: &Place,
    names: &[&str; 2],
    values: impl Fn(&Node, &Place) -> Result<Vec<String>, Vec<Refusal>>,
) -> Result<Pair, Vec<Refusal>> {
    let mut fields = Fields::of(node, place)?;
    fields.only(names, &[]);
    let name = fields.required_text(names[0]).map(str::to_owned);
    let values = match fields.get(names[1]) {
        Some(_) => fields.read(names[1], values),
        None => Some(Vec::new()),
    };
    fields.finish(name.zip(values))
}

/// All that was read, or everything that is refused.
pub(crate) fn collect<T>(
    results: impl Iterator<Item = Result<T, Vec<Refusal>>>,
) -> Result<Vec<T>, Vec<Refusal>> {
    let (mut read, mut refused) = (Vec::new(), Vec::new());
    for result in results {
        match result {
            Ok(value) => read.push(value),
            Err(refusals) => refused.extend(refusals),
        }
    }
    if refused.is_empty() {
        Ok(read)
    } else {
        Err(refused)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_forms_say_the_same() {
        let expected = vec![("a".to_owned(), vec!["1".to_owned(), "2".to_owned()])];
        for text in [r#"{"a":["1","2"]}"#, r#"[{"name":"a","values":["1","2"]}]"#] {
            let node = Node::parse(text).unwrap();
            assert_eq!(
                read_values(&node, &Place::root()).unwrap(),
                expected,
                "{text}"
            );
        }
        let expected = vec![("a".to_owned(), vec!["1".to_owned()])];
        for text in [r#"{"a":"1"}"#, r#"[{"name":"a","value":"1"}]"#] {
            let node = Node::parse(text).unwrap();
            assert_eq!(
                read_single_values(&node, &Place::root()).unwrap(),
                expected,
                "{text}"
            );
        }
    }

    #[test]
    fn each_fault_is_placed() {
        let node = Node::parse(r#"[{"name":"a","values":["1",2]},{"nmae":"b"}]"#).unwrap();
        let refusals = read_values(&node, &Place::root()).unwrap_err();
        let words: Vec<_> = refusals.iter().map(ToString::to_string).collect();
        assert_eq!(
            words,
            [
                "[0].values[1]: is a number, not a string",
                "[1].nmae: unknown field (did you mean \"name\"?)",
                "[1]: needs \"name\"",
            ]
        );
    }
}
