//! Finds schemas by which no validation would end.

use std::collections::HashMap;

use crate::node::Node;

/// What applies to the same value as the schema around it.
const IN_PLACE: [&str; 4] = ["not", "if", "then", "else"];
const IN_PLACE_LISTS: [&str; 3] = ["allOf", "anyOf", "oneOf"];

/// Whether a definition leads back to itself without going on to a part of the value.
pub(super) fn is_endless(schema: &Node) -> bool {
    let definitions = schema.get("definitions").and_then(Node::as_object);
    let definitions = definitions.unwrap_or_default();
    let edges: HashMap<&str, Vec<&str>> = definitions
        .iter()
        .map(|(name, node)| {
            let mut names = Vec::new();
            collect(node, &mut names);
            (name.as_str(), names)
        })
        .collect();
    // Those that lead nowhere else are taken away until nothing changes; a circle stays.
    let mut left = edges;
    loop {
        let ended: Vec<&str> = left
            .iter()
            .filter(|(_, names)| !names.iter().any(|name| left.contains_key(name)))
            .map(|(name, _)| *name)
            .collect();
        if ended.is_empty() {
            return !left.is_empty();
        }
        for name in ended {
            left.remove(name);
        }
    }
}

/// The definitions that apply to the same value.
fn collect<'n>(node: &'n Node, names: &mut Vec<&'n str>) {
    let reference = node.get("$ref").and_then(Node::as_str);
    names.extend(reference.and_then(|it| it.strip_prefix("#/definitions/")));
    for word in IN_PLACE {
        if let Some(inner) = node.get(word) {
            collect(inner, names);
        }
    }
    for word in IN_PLACE_LISTS {
        let items = node.get(word).and_then(Node::as_array).unwrap_or_default();
        for item in items {
            collect(item, names);
        }
    }
    let dependent = node.get("dependentSchemas").and_then(Node::as_object);
    for (_, inner) in dependent.unwrap_or_default() {
        collect(inner, names);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_circles_in_place_are_endless() {
        let check = |text: &str, expected: bool| {
            assert_eq!(is_endless(&Node::parse(text).unwrap()), expected, "{text}");
        };
        check(
            r##"{"definitions":{"A":{"properties":{"a":{"$ref":"#/definitions/A"}}}}}"##,
            false,
        );
        check(
            r##"{"definitions":{"A":{"anyOf":[{"$ref":"#/definitions/B"}]},"B":{}}}"##,
            false,
        );
        check(
            r##"{"definitions":{"A":{"anyOf":[{"$ref":"#/definitions/B"}]},"B":{"not":{"$ref":"#/definitions/A"}}}}"##,
            true,
        );
        check("{}", false);
    }
}
