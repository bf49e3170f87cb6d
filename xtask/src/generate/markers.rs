//! Files of which only the part between two markers is generated.

use crate::error::Error;

const BEGIN: &str = "<!-- BEGIN GENERATED -->";
const END: &str = "<!-- END GENERATED -->";

/// Replaces what is between the markers of a document and leaves the rest alone.
///
/// # Errors
///
/// Returns [`Error::Malformed`] unless `document` holds each marker once, in order.
pub(crate) fn splice(path: &str, document: &str, generated: &str) -> Result<String, Error> {
    let parts = document
        .split_once(BEGIN)
        .and_then(|(before, rest)| Some((before, rest.split_once(END)?.1)));
    match parts {
        Some((before, after)) if !after.contains(BEGIN) && !after.contains(END) => Ok(format!(
            "{before}{BEGIN}\n\n{}\n\n{END}{after}",
            generated.trim()
        )),
        _ => Err(Error::Malformed {
            path: path.to_owned(),
            reason: format!("it needs the lines `{BEGIN}` and `{END}` once, in this order"),
        }),
    }
}

/// Returns a new document that holds nothing but a title and the markers.
pub(crate) fn empty_document(title: &str) -> String {
    format!("# {title}\n\n{BEGIN}\n{END}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_part_between_the_markers_changes() {
        let document = format!("# Title\n\nWords.\n\n{BEGIN}\nold\n{END}\n\nMore words.\n");
        let spliced = splice("README.md", &document, "new\n").unwrap();
        assert_eq!(
            spliced,
            format!("# Title\n\nWords.\n\n{BEGIN}\n\nnew\n\n{END}\n\nMore words.\n")
        );
        assert_eq!(splice("README.md", &spliced, "new").unwrap(), spliced);
    }

    #[test]
    fn missing_reversed_or_repeated_markers_are_errors() {
        for document in [
            "# Title\n".to_owned(),
            format!("{BEGIN}\n"),
            format!("{END}\n{BEGIN}\n"),
            format!("{BEGIN}\n{END}\n{BEGIN}\n{END}\n"),
        ] {
            let error = splice("README.md", &document, "new").unwrap_err();
            assert!(error.to_string().starts_with("README.md"), "{document}");
        }
    }

    #[test]
    fn an_empty_document_can_be_filled() {
        let document = empty_document("iam");
        assert!(splice("README.md", &document, "new").is_ok());
    }
}
