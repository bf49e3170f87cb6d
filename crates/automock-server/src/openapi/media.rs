//! Media types, as the keys of `content` name them.

/// What is known about a media type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Media {
    Json,
    Form,
    Text,
    Xml,
    Other,
}

impl Media {
    /// The kind of a media type, whatever its parameters.
    pub(super) fn of(name: &str) -> Self {
        let name = name.split(';').next().unwrap_or_default();
        let name = name.trim().to_ascii_lowercase();
        match name.as_str() {
            "*/*" | "application/*" => Self::Json,
            "application/x-www-form-urlencoded" => Self::Form,
            _ if name.ends_with("/json") || name.ends_with("+json") => Self::Json,
            _ if name.ends_with("/xml") || name.ends_with("+xml") => Self::Xml,
            _ if name.starts_with("text/") => Self::Text,
            _ => Self::Other,
        }
    }
}

/// The content type that answers have; a range stands for its commonest member.
pub(super) fn content_type(name: &str) -> String {
    match name.trim() {
        "*/*" | "application/*" => "application/json".to_owned(),
        "text/*" => "text/plain".to_owned(),
        name => name.to_owned(),
    }
}

/// What a request's content type must meet, as a regular expression over the whole of it; nothing
/// if any will do.
pub(super) fn pattern(names: &[&str]) -> Option<String> {
    let names: Vec<_> = names
        .iter()
        .map(|name| name.split(';').next().unwrap_or_default().trim())
        .collect();
    if names.is_empty() || names.contains(&"*/*") {
        return None;
    }
    let escaped: Vec<_> = names.into_iter().map(escape).collect();
    Some(match escaped.as_slice() {
        [one] => format!("{one}(?: *;.*)?"),
        several => format!("(?:{})(?: *;.*)?", several.join("|")),
    })
}

fn escape(name: &str) -> String {
    let mut escaped = String::new();
    for letter in name.chars() {
        match letter {
            '*' => escaped.push_str("[^;]*"),
            _ if letter.is_ascii_alphanumeric() || "/-_".contains(letter) => escaped.push(letter),
            _ => {
                escaped.push('\\');
                escaped.push(letter);
            }
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_and_patterns() {
        assert_eq!(
            Media::of("application/vnd.x+json; charset=utf-8"),
            Media::Json
        );
        assert_eq!(Media::of("text/xml"), Media::Xml);
        assert_eq!(Media::of("image/png"), Media::Other);
        assert_eq!(pattern(&["*/*"]), None);
        assert_eq!(
            pattern(&["application/vnd.x+json", "image/*"]).as_deref(),
            Some(r"(?:application/vnd\.x\+json|image/[^;]*)(?: *;.*)?")
        );
    }
}
