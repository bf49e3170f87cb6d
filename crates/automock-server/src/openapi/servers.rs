//! What comes before every path.

use super::at::At;
use super::context::Context;
use crate::node::Node;

/// An operation is served under so many prefixes at most.
const MOST_PREFIXES: usize = 8;

/// The prefixes of paths that a list of servers names, without a slash at the end.
pub(super) fn prefixes(context: &Context<'_>, servers: &Node, at: &At<'_>) -> Vec<String> {
    let mut prefixes = Vec::new();
    for (index, server) in servers.as_array().unwrap_or_default().iter().enumerate() {
        let Some(url) = server.get("url").and_then(Node::as_str) else {
            continue;
        };
        let prefix = path_of(&with_variables(url, server.get("variables")));
        if prefixes.contains(&prefix) {
            continue;
        }
        if prefixes.len() >= MOST_PREFIXES {
            context.tell(
                &at.item(index),
                "there are too many servers with other paths",
            );
            break;
        }
        prefixes.push(prefix);
    }
    if prefixes.is_empty() {
        prefixes.push(String::new());
    }
    prefixes
}

/// The URL with the default values of its variables.
fn with_variables(url: &str, variables: Option<&Node>) -> String {
    let mut filled = url.to_owned();
    for (name, variable) in variables.and_then(Node::as_object).unwrap_or_default() {
        let default = match variable.get("default") {
            Some(Node::String(text)) => text.clone(),
            Some(other) => other.to_string(),
            None => continue,
        };
        filled = filled.replace(&format!("{{{name}}}"), &default);
    }
    filled
}

fn path_of(url: &str) -> String {
    let path = match url.split_once("://") {
        Some((_, rest)) => rest.find('/').map_or("", |start| &rest[start..]),
        None if url.starts_with("//") => {
            let rest = &url[2..];
            rest.find('/').map_or("", |start| &rest[start..])
        }
        None => url,
    };
    let end = path.find(['?', '#']).unwrap_or(path.len());
    let path = path[..end].trim_end_matches('/').trim_start_matches('.');
    if path.is_empty() || path.starts_with('/') {
        path.to_owned()
    } else {
        format!("/{path}")
    }
}

#[cfg(test)]
mod tests {
    use super::super::context::Version;
    use super::*;

    #[test]
    fn prefixes_are_the_paths_of_servers() {
        let text = r#"[{"url":"https://api.example.com/v1/"},{"url":"http://other.example.com/v1"},
            {"url":"{scheme}://example.com/{base}","variables":{"scheme":{"default":"https"},"base":{"default":"v2"}}},
            {"url":"/"},{"url":"v3"},{"url":"//example.com/v4?x"}]"#;
        let servers = Node::parse(text).unwrap();
        let context = Context::new(&Node::Null, Version::V30);
        let found = prefixes(&context, &servers, &At::root());
        assert_eq!(found, ["/v1", "/v2", "", "/v3", "/v4"]);
        assert_eq!(prefixes(&context, &Node::Null, &At::root()), [""]);
    }
}
