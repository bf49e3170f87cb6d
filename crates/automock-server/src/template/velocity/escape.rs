//! The tool `$esc`.

use std::fmt::Write;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::template::budget::Budget;
use crate::template::error::RenderError;
use crate::template::value::Value;

/// Its functions.
pub(super) const FUNCTIONS: &[&str] = &[
    "b",
    "backslash",
    "d",
    "dollar",
    "e",
    "exclamation",
    "h",
    "hash",
    "html",
    "java",
    "javascript",
    "json",
    "n",
    "newline",
    "q",
    "quote",
    "s",
    "singleQuote",
    "url",
    "xml",
];

/// What stays as it is in a form. A blank becomes a plus.
const FORM: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'*')
    .remove(b' ');

/// Calls a function: signs that are special in a template, and texts made fit for other languages.
pub(super) fn call(
    name: &str,
    arguments: &[Value],
    budget: &mut Budget,
) -> Result<Value, RenderError> {
    let [value] = arguments else {
        return Ok(sign(name).map_or(Value::Null, Value::from));
    };
    if *value == Value::Null {
        return Ok(Value::Null);
    }
    let text = budget.text(value)?;
    let escaped = match name {
        "html" | "xml" => markup(&text, if name == "html" { "&#39;" } else { "&apos;" }),
        "json" | "java" => string(&text, &['"', '\\']),
        "javascript" => string(&text, &['"', '\'', '\\', '/']),
        "url" => utf8_percent_encode(&text, FORM)
            .to_string()
            .replace(' ', "+"),
        _ => return Ok(Value::Null),
    };
    budget.spend(escaped.len())?;
    Ok(escaped.into())
}

fn sign(name: &str) -> Option<&'static str> {
    Some(match name {
        "d" | "dollar" => "$",
        "h" | "hash" => "#",
        "b" | "backslash" => "\\",
        "q" | "quote" => "\"",
        "s" | "singleQuote" => "'",
        "e" | "exclamation" => "!",
        "n" | "newline" => "\n",
        _ => return None,
    })
}

fn markup(text: &str, apostrophe: &str) -> String {
    let text = text
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;");
    text.replace('"', "&quot;").replace('\'', apostrophe)
}

fn string(text: &str, special: &[char]) -> String {
    let mut escaped = String::with_capacity(text.len());
    for sign in text.chars() {
        match sign {
            '\n' => escaped += "\\n",
            '\r' => escaped += "\\r",
            '\t' => escaped += "\\t",
            sign if special.contains(&sign) => {
                escaped.push('\\');
                escaped.push(sign);
            }
            sign if sign.is_control() => {
                // Writing into a text does not fail.
                let _ = write!(escaped, "\\u{:04x}", u32::from(sign));
            }
            sign => escaped.push(sign),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_escaped() {
        let cases = [
            ("html", "<a b='c'>&\"", "&lt;a b=&#39;c&#39;&gt;&amp;&quot;"),
            ("xml", "'", "&apos;"),
            ("json", "a\"b\\\n\u{1}/'", "a\\\"b\\\\\\n\\u0001/'"),
            ("javascript", "a'b/", "a\\'b\\/"),
            ("url", "a b&ä", "a+b%26%C3%A4"),
        ];
        for (name, text, expected) in cases {
            let escaped = call(name, &[text.into()], &mut Budget::new()).unwrap();
            assert_eq!(escaped.to_string(), expected, "{name}");
        }
        assert_eq!(call("d", &[], &mut Budget::new()), Ok("$".into()));
    }
}
