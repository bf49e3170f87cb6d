//! One line of JSON for each event, for a log that machines read.

use std::error::Error;
use std::io::{self, Write as _};

use automock_server::engine::Event;
use automock_server::source::{Served, SourceEvent};
use jiff::{RoundMode, Timestamp, TimestampRound, Unit};
use serde_json::{Value, json};

/// Bytes of JSON that a request gets in its line: whoever sends long paths must not fill the log, which is
/// paid for by the byte. A whole line has no more than 512 with CloudWatch's own 26.
const LONGEST_METHOD: usize = 16;
const LONGEST_PATH: usize = 112;
const LONGEST_EXPLANATION: usize = 240;

/// Writes an event with its fields, an object.
///
/// A log that cannot be written must not stop the mock, so a failure is nobody's concern.
pub(crate) fn write(event: &str, fields: Value) {
    let _ = writeln!(io::stdout().lock(), "{}", line(event, fields));
}

pub(crate) fn tell(event: &Event) {
    match event {
        Event::Miss(miss) => write(
            "miss",
            json!({
                "method": cut(&miss.method, LONGEST_METHOD),
                "path": cut(&miss.path, LONGEST_PATH),
                "explanation": cut(&miss.to_string(), LONGEST_EXPLANATION),
            }),
        ),
        Event::Failure { id, reason } => write("failure", json!({"id": &**id, "reason": reason})),
        _ => {}
    }
}

pub(crate) fn tell_of_source(event: &SourceEvent) {
    match event {
        SourceEvent::Served(served) => tell_of_load(served),
        SourceEvent::Refused { revision, error } => write(
            "refused",
            json!({"revision": revision, "reason": chain(error)}),
        ),
        SourceEvent::Unreadable(error) => write("unreadable", json!({"reason": chain(error)})),
        SourceEvent::Readable => write("readable", json!({})),
        SourceEvent::Confirmed { revision } => write("confirmed", json!({"revision": revision})),
        SourceEvent::NotConfirmed { revision, reason } => write(
            "not_confirmed",
            json!({"revision": revision, "reason": reason}),
        ),
        _ => {}
    }
}

pub(crate) fn tell_of_load(served: &Served) {
    write(
        "loaded",
        json!({"revision": served.revision, "expectations": served.expectations}),
    );
}

/// A text whose JSON has no more than so many bytes; what is cut off is marked.
fn cut(text: &str, most: usize) -> String {
    const MARK: char = '…';
    let encoded = |character: char| match character {
        '"' | '\\' => 2,
        character if character.is_ascii_control() => 6,
        character => character.len_utf8(),
    };
    if text.chars().map(encoded).sum::<usize>() <= most {
        return text.to_owned();
    }
    let mut left = most.saturating_sub(MARK.len_utf8());
    let fits = |character: &char| match left.checked_sub(encoded(*character)) {
        Some(rest) => {
            left = rest;
            true
        }
        None => false,
    };
    let mut short: String = text.chars().take_while(fits).collect();
    short.push(MARK);
    short
}

/// The words of an error with those of its causes.
pub(crate) fn chain(error: &dyn Error) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(current) = cause {
        words = format!("{words}: {current}");
        cause = current.source();
    }
    words
}

fn line(event: &str, fields: Value) -> Value {
    let now = Timestamp::now();
    // Rounded to the nearest, it could lie in the future.
    let whole = TimestampRound::new()
        .smallest(Unit::Millisecond)
        .mode(RoundMode::Trunc);
    let now = now.round(whole).unwrap_or(now);
    let mut line = json!({"time": now.to_string(), "event": event});
    if let (Value::Object(line), Value::Object(fields)) = (&mut line, fields) {
        line.extend(fields);
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_clients_send_is_cut() {
        assert_eq!(cut("/pets", 112), "/pets");
        assert_eq!(cut("abcdefgh", 6), "abc…");
        assert_eq!(cut("ääää", 7), "ää…");
        for text in ["a", "\"", "\n", "€", "😀"] {
            let long = text.repeat(1_000);
            let json = Value::from(cut(&long, 112)).to_string();
            assert!(json.len() <= 112 + 2, "{json}");
        }
    }

    #[test]
    fn fields_stand_beside_the_event() {
        let line = line("loaded", json!({"revision": "ab"}));
        assert_eq!(line["event"], "loaded");
        assert_eq!(line["revision"], "ab");
        let time: Timestamp = line["time"].as_str().unwrap().parse().unwrap();
        assert!(time <= Timestamp::now());
    }
}
