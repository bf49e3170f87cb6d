//! Whether an answer is as it should be.

use std::time::Duration;

use automock_server::node::Node;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::case::Answer;
use super::client::Seen;

/// Says what differs.
pub fn check(expected: &Answer, seen: &mut Seen) -> Result<(), String> {
    if expected.breaks {
        return check_break(expected, seen);
    }
    let Some(status) = seen.status else {
        return Err("the connection broke".to_owned());
    };
    same("status", &expected.status.unwrap_or(200), &status)
        .map_err(|fault| format!("{fault}: {}", String::from_utf8_lossy(&seen.body)))?;
    if let Some(reason) = &expected.reason {
        same("reason", reason, &seen.reason)?;
    }
    for (name, values) in &expected.headers {
        same(name, &values.list(), &seen.values(name))?;
    }
    for name in &expected.absent {
        same(name, &Vec::<String>::new(), &seen.values(name))?;
    }
    check_body(expected, &seen.body)?;
    if seen.took < Duration::from_millis(expected.after_milliseconds) {
        return Err(format!("it came after {:?}", seen.took));
    }
    if let Some(closes) = expected.closes {
        same("closed", &closes, &seen.is_closed())?;
    }
    Ok(())
}

fn check_break(expected: &Answer, seen: &Seen) -> Result<(), String> {
    same("status", &None, &seen.status)?;
    let bytes = expected.base64.as_ref();
    let bytes = bytes.map(|text| STANDARD.decode(text).unwrap());
    same("bytes", &bytes.unwrap_or_default(), &seen.body)
}

fn check_body(expected: &Answer, body: &[u8]) -> Result<(), String> {
    let text = String::from_utf8_lossy(body);
    if let Some(expected) = &expected.body {
        same("body", expected.as_str(), &*text)?;
    }
    if let Some(expected) = &expected.base64 {
        same("body", &STANDARD.decode(expected).unwrap(), &body.to_vec())?;
    }
    if let Some(expected) = &expected.json {
        let found = Node::parse(&text).map_err(|error| format!("body: {error}: {text}"))?;
        same("body", &expected.to_value(), &found.to_value())?;
    }
    if let Some(pattern) = &expected.pattern {
        let regex = fancy_regex::Regex::new(&format!("^(?:{pattern})$")).unwrap();
        if !regex.is_match(&*text).unwrap() {
            return Err(format!("body {text:?} is not {pattern:?}"));
        }
    }
    Ok(())
}

fn same<T: PartialEq + std::fmt::Debug + ?Sized>(
    what: &str,
    expected: &T,
    found: &T,
) -> Result<(), String> {
    if expected == found {
        return Ok(());
    }
    Err(format!("{what} is {found:?}, not {expected:?}"))
}
