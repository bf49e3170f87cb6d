//! How much memory expectations need in AutoMock's engine, and how much a task has for them.
//!
//! A source is replaced as a whole: what is served stays in memory until what follows it is ready. A process that
//! learns only then that both do not fit is killed, and with it every other task of the fleet, which reads the same
//! source in the same seconds.
//!
//! The estimate counts what the text consists of, because texts of the same length differ by more than ten times: a
//! mebibyte of small expectations takes 40 MiB, a mebibyte of long texts 2. It was measured with the program, one
//! kind of expectation at a time (`crates/automock-server/tests/container/estimate.rs` measures it again), and is
//! rather too high.

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
pub fn expectations_memory(text: &str) -> u64 {
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

/// The part of all memory that request bodies may take together, as a divisor.
pub const BODIES_DIVISOR: u64 = 4;

/// What the journal of requests may take, in bytes, unless an option says otherwise.
pub const JOURNAL_BYTES: u64 = 16 << 20;

/// The program itself, with some thousands of idle connections.
const OWN_MEMORY: u64 = 32 << 20;

/// The memory in bytes that a process with so much of it has for expectations, besides what the program, request
/// bodies, the journal and connections take. Bodies have a quarter of all memory, unless it is given.
#[must_use]
pub fn expectations_room(memory: u64, bodies: Option<u64>, journal: u64) -> u64 {
    let bodies = bodies.unwrap_or(memory / BODIES_DIVISOR);
    let others = [bodies, journal, OWN_MEMORY];
    let others = others.into_iter().fold(0, u64::saturating_add);
    // Whoever gives nearly all memory to bodies still wants to serve something.
    memory.saturating_sub(others).max(memory / 4)
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
        assert!(expectations_memory(&many) > 10 * expectations_memory(&long));
        assert!(expectations_memory("") == 0);
        // The signs of a string are none of JSON, whatever is in it.
        let quoted = format!(
            r#"{{"httpResponse":{{"body":"{}"}}}}"#,
            "\\\",:[{".repeat(1_000)
        );
        assert!(
            expectations_memory(&quoted) < 40_000,
            "{}",
            expectations_memory(&quoted)
        );
    }

    #[test]
    fn the_room_is_what_others_leave() {
        const MIB: u64 = 1 << 20;
        let room = |memory: u64, bodies: Option<u64>| {
            expectations_room(memory * MIB, bodies, JOURNAL_BYTES) / MIB
        };
        assert_eq!(room(512, None), 512 - 128 - 16 - 32);
        assert_eq!(room(512, Some(20 * MIB)), 512 - 20 - 16 - 32);
        assert_eq!(room(512, Some(500 * MIB)), 128);
    }
}
