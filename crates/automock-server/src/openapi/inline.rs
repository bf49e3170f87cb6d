//! Documents that are named by where they are, and put in the place of their names.
//!
//! Who may read a file or ask another server is decided by the caller.

use std::path::PathBuf;

use crate::node::Node;

/// Where a document is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// On a server.
    Url(String),
    /// In a file.
    File(PathBuf),
    /// In the class path of a Java program, which there is none of here.
    ClassPath,
}

/// Where a document is, unless the text is the document.
pub(super) fn location(text: &str) -> Option<Wanted> {
    // A document in YAML has more than one line, and one in JSON begins with a brace.
    if text.contains('\n') {
        return None;
    }
    let text = text.trim();
    if text.is_empty() || text.starts_with(['{', '[']) {
        return None;
    }
    if text.starts_with("http://") || text.starts_with("https://") {
        return Some(Wanted::Url(text.to_owned()));
    }
    if text.starts_with("classpath:") {
        return Some(Wanted::ClassPath);
    }
    let path = text.strip_prefix("file:").unwrap_or(text);
    let path = path.strip_prefix("//").unwrap_or(path);
    Some(Wanted::File(PathBuf::from(path)))
}

/// Where the documents are that a body of the control API names.
pub(crate) fn wanted(body: &Node) -> Vec<Wanted> {
    let items = body.as_array().unwrap_or(std::slice::from_ref(body));
    let named = items.iter().flat_map(|item| {
        let nested = item.get("httpRequest").and_then(|it| it.get(FIELD));
        [item.get(FIELD), nested].into_iter().flatten()
    });
    let texts = named.filter_map(Node::as_str);
    texts.filter_map(location).collect()
}

const FIELD: &str = "specUrlOrPayload";

/// Puts documents in the place of their names, where `read` gives them.
///
/// # Errors
/// What `read` says.
pub(crate) fn inline(
    body: &mut Node,
    read: &mut dyn FnMut(&Wanted) -> Result<Option<String>, String>,
) -> Result<(), String> {
    let items = match body {
        Node::Array(items) => items.as_mut_slice(),
        other => std::slice::from_mut(other),
    };
    for item in items {
        let Node::Object(members) = item else {
            continue;
        };
        for (name, value) in members {
            match (name.as_str(), value) {
                (FIELD, value) => replace(value, read)?,
                ("httpRequest", Node::Object(members)) => {
                    let mut named = members.iter_mut().filter(|(name, _)| name == FIELD);
                    named.try_for_each(|(_, value)| replace(value, read))?;
                }
                _ => {}
            }
        }
    }
    Ok(())
}

fn replace(
    value: &mut Node,
    read: &mut dyn FnMut(&Wanted) -> Result<Option<String>, String>,
) -> Result<(), String> {
    let wanted = value.as_str().and_then(location);
    let Some(wanted) = wanted else {
        return Ok(());
    };
    if let Some(text) = read(&wanted)? {
        // A document of one line would be taken for a name again.
        *value = Node::String(format!("{text}\n\n"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_told_from_documents() {
        let check =
            |text: &str, expected: Option<Wanted>| assert_eq!(location(text), expected, "{text}");
        let file = |path: &str| Some(Wanted::File(PathBuf::from(path)));
        check("openapi: 3.0.0\npaths: {}", None);
        check("{\"openapi\":\"3.0.0\"}", None);
        check("file:/a/b.yaml", file("/a/b.yaml"));
        check("file:///a/b.yaml", file("/a/b.yaml"));
        check("pets.yaml", file("pets.yaml"));
        check("classpath:x", Some(Wanted::ClassPath));
        let url = "https://example.com/x.json";
        check(url, Some(Wanted::Url(url.to_owned())));
    }

    #[test]
    fn documents_take_the_place_of_their_names() {
        let text = r#"[{"specUrlOrPayload":"a.yaml"},{"httpRequest":{"specUrlOrPayload":"b.yaml"}},{"specUrlOrPayload":{}}]"#;
        let mut body = Node::parse(text).unwrap();
        assert_eq!(wanted(&body).len(), 2);
        inline(&mut body, &mut |wanted| Ok(Some(format!("{wanted:?}")))).unwrap();
        assert!(wanted(&body).is_empty());
        let failed = inline(&mut Node::parse(text).unwrap(), &mut |_| {
            Err("no".to_owned())
        });
        assert_eq!(failed, Err("no".to_owned()));
    }
}
