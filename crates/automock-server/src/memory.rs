//! How much memory expectations need, known before they are read.
//!
//! A source is replaced as a whole: what is served stays in memory until what follows it is ready. A process that
//! learns only then that both do not fit is killed, and with it every other task of the fleet, which reads the same
//! source in the same seconds.
//!
//! The estimate counts what the text consists of, because texts of the same length differ by more than ten times: a
//! mebibyte of small expectations takes 40 MiB, a mebibyte of long texts 2. It was measured with the program, one
//! kind of expectation at a time (`tests/container/estimate.rs` measures it again), and is rather too high.

use std::sync::atomic::{AtomicU64, Ordering};

/// A byte of text: it is in memory while it is read, and its strings for good.
const BYTE: u64 = 3;

/// A value or the name of a member, with its place in memory while the text is read and afterwards.
const VALUE: u64 = 80;

/// What has a matcher and an answer.
const EXPECTATION: u64 = 1_800;

/// What the words of a document announce, and what each takes besides.
fn announced(word: &str) -> u64 {
    match word {
        "jsonSchema" => 12 << 10,
        "xpath" | "jsonPath" | "regex" => 4 << 10,
        "template" => 3 << 10,
        "queryStringParameters" | "headers" => 3 << 9,
        "JSON" => 1 << 10,
        "httpError" | "responses" => EXPECTATION,
        _ if ACTIONS.iter().any(|action| word.starts_with(action)) => EXPECTATION,
        _ => 0,
    }
}

/// How the names of actions begin. Each expectation has one.
const ACTIONS: [&str; 3] = ["httpResponse", "httpForward", "httpOverride"];

/// The memory in bytes that the expectations of a text need, an array of them or an `OpenAPI` document.
#[must_use]
pub fn needed_for(text: &str) -> u64 {
    let length = u64::try_from(text.len()).unwrap_or(u64::MAX);
    let all = if text.trim_start().starts_with(['[', '{']) {
        of_json(text)
    } else {
        of_yaml(text)
    };
    all.saturating_add(length.saturating_mul(BYTE))
}

/// Signs within strings are not counted.
fn of_json(text: &str) -> u64 {
    let mut sum = 0;
    let mut bytes = text.bytes().enumerate();
    while let Some((index, byte)) = bytes.next() {
        match byte {
            b',' | b':' | b'{' | b'[' => sum += VALUE,
            b'"' => {
                let begin = index + 1;
                let mut end = begin;
                while let Some((index, byte)) = bytes.next() {
                    match byte {
                        b'\\' => drop(bytes.next()),
                        b'"' => {
                            end = index;
                            break;
                        }
                        _ => {}
                    }
                }
                sum += text.get(begin..end).map_or(0, announced);
            }
            _ => {}
        }
    }
    sum
}

/// Each line has a name and a value.
fn of_yaml(text: &str) -> u64 {
    let lines = text.lines().map(|line| {
        let name = line.split(':').next().unwrap_or_default();
        let signs = line.matches([',', '{', '[']).count();
        let signs = u64::try_from(signs).unwrap_or(u64::MAX);
        (signs + 2) * VALUE + announced(name.trim_matches([' ', '-', '"', '\'']))
    });
    lines.sum()
}

/// Expectations that do not fit beside those that are served.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the expectations need about {} MiB of memory, beside {} MiB of those that are served until then, and {} MiB are \
     there for both: give the process more memory, or serve fewer and smaller expectations",
    mebibytes(*.needed), mebibytes(*.served), mebibytes(*.room)
)]
pub struct TooLarge {
    /// What they need, in bytes.
    pub needed: u64,
    /// What those that are served need, in bytes.
    pub served: u64,
    /// What is there for both, in bytes.
    pub room: u64,
}

fn mebibytes(bytes: u64) -> u64 {
    bytes.div_ceil(1 << 20)
}

/// The memory that there is for expectations, and what is served of it.
#[derive(Debug, Default)]
pub(crate) struct Room {
    bytes: Option<u64>,
    served: AtomicU64,
    next: AtomicU64,
}

impl Room {
    pub(crate) fn new(bytes: Option<u64>) -> Self {
        Self {
            bytes,
            ..Self::default()
        }
    }

    /// Whether so many bytes fit beside what is served.
    pub(crate) fn check(&self, needed: u64) -> Result<(), TooLarge> {
        let served = self.served.load(Ordering::Acquire);
        if let Some(room) = self.bytes
            && served.saturating_add(needed) > room
        {
            return Err(TooLarge {
                needed,
                served,
                room,
            });
        }
        Ok(())
    }

    /// The same for what will be served instead.
    pub(crate) fn admit(&self, needed: u64) -> Result<(), TooLarge> {
        self.check(needed)?;
        self.next.store(needed, Ordering::Release);
        Ok(())
    }

    /// What was admitted last is served.
    pub(crate) fn replace(&self) {
        let next = self.next.swap(0, Ordering::AcqRel);
        self.served.store(next, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_counts_what_takes_memory() {
        assert_eq!(of_json(r#"{"a,b:\"{":[1,2]}"#), 4 * VALUE);
        let yaml = "openapi: 3.0.3\npaths:\n  /a:\n    get:\n      responses: {204: {description: none}}\n";
        let json = r#"{"openapi":"3.0.3","paths":{"/a":{"get":{"responses":{"204":{"description":"none"}}}}}}"#;
        assert!(of_yaml(yaml).abs_diff(of_json(json)) < 3 * VALUE);
        let small = r#"{"httpRequest":{"path":"/a"},"httpResponse":{}},"#;
        let long = format!(
            r#"{{"httpRequest":{{"path":"/a"}},"httpResponse":{{"body":"{}"}}}}"#,
            "x".repeat(small.len() * 100)
        );
        let many = small.repeat(100);
        assert!(needed_for(&many) > 10 * needed_for(&long));
        assert!(needed_for("") == 0);
        // The signs of a string are none of JSON, whatever is in it.
        let quoted = format!(
            r#"{{"httpResponse":{{"body":"{}"}}}}"#,
            "\\\",:[{".repeat(1_000)
        );
        assert!(needed_for(&quoted) < 40_000, "{}", needed_for(&quoted));
    }

    #[test]
    fn both_have_to_fit() {
        let room = Room::new(Some(100));
        let refused = TooLarge {
            needed: 101,
            served: 0,
            room: 100,
        };
        assert_eq!(room.admit(101), Err(refused));
        room.admit(60).unwrap();
        room.replace();
        assert!(room.admit(41).is_err());
        room.admit(40).unwrap();
        room.replace();
        room.admit(60).unwrap();
        // One that was refused afterwards for another reason is not served.
        assert!(room.admit(61).is_err());
        room.admit(10).unwrap();
        room.replace();
        room.admit(90).unwrap();
        let mebibytes = TooLarge {
            needed: 200 << 20,
            served: 100 << 20,
            room: 220 << 20,
        };
        let words = mebibytes.to_string();
        assert!(
            words.starts_with("the expectations need about 200 MiB of memory, beside 100 MiB"),
            "{words}"
        );
        assert!(Room::new(None).admit(u64::MAX).is_ok());
    }
}
