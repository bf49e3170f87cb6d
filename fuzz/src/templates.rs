//! Response templates.

use automock_server::definition::TemplateKind;
use automock_server::template::{Context, Template};
use jiff::Timestamp;

use crate::input::{parts, request};

/// A template and a request in, a text out. The first byte chooses the language.
///
/// The same request at the same time with the same seed renders the same text; what fails says why.
///
/// # Panics
/// When one of these does not hold.
pub fn templates(data: &[u8]) {
    let Some((first, rest)) = data.split_first() else {
        return;
    };
    let kind = if first & 1 == 0 {
        TemplateKind::Velocity
    } else {
        TemplateKind::Mustache
    };
    let parts = parts(rest);
    let Ok(text) = std::str::from_utf8(parts[0]) else {
        return;
    };
    let template = match Template::compile(kind, text) {
        Ok(template) => template,
        Err(error) => {
            assert!(!error.to_string().is_empty());
            return;
        }
    };
    let request = request(parts.get(1).copied().unwrap_or(b"GET /a/b?c=d"));
    let path_parameters = [("id".to_owned(), "7".to_owned())];
    let context = Context {
        request: &request,
        path_parameters: &path_parameters,
        now: Timestamp::UNIX_EPOCH,
        random: 7,
    };
    let rendered = template.render(&context);
    if let Err(error) = &rendered {
        assert!(!error.to_string().is_empty());
    }
    assert_eq!(rendered, template.render(&context), "a render is repeated");
}
