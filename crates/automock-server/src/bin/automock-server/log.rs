//! One line of JSON for each event, for a log that machines read.

use std::error::Error;
use std::io::{self, Write as _};

use automock_server::engine::Event;
use automock_server::source::{Reload, Served};
use jiff::{RoundMode, Timestamp, TimestampRound, Unit};
use serde_json::{Value, json};

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
            json!({"method": miss.method, "path": miss.path, "explanation": miss.to_string()}),
        ),
        Event::Failure { id, reason } => write("failure", json!({"id": &**id, "reason": reason})),
        _ => {}
    }
}

pub(crate) fn tell_of_reload(reload: &Reload) {
    match reload {
        Reload::Served(served) => tell_of_load(served),
        Reload::Refused(error) => write("refused", json!({"reason": chain(error)})),
    }
}

pub(crate) fn tell_of_load(served: &Served) {
    write(
        "loaded",
        json!({"revision": served.revision, "expectations": served.expectations}),
    );
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
    fn fields_stand_beside_the_event() {
        let line = line("loaded", json!({"revision": "ab"}));
        assert_eq!(line["event"], "loaded");
        assert_eq!(line["revision"], "ab");
        let time: Timestamp = line["time"].as_str().unwrap().parse().unwrap();
        assert!(time <= Timestamp::now());
    }
}
