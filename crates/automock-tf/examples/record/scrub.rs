//! Replacing what differs from machine to machine.

use std::path::Path;

/// Replaces paths, ids, times, users and hosts.
pub(crate) fn scrub(text: &str, paths: &[(&Path, &str)]) -> String {
    let mut clean = text.to_owned();
    for (path, name) in paths {
        clean = clean.replace(&path.display().to_string(), name);
    }
    clean = replace_after(&clean, "\"@timestamp\":\"", "2025-01-01T00:00:00.000000Z");
    clean = replace_after(&clean, "  Who:       ", "user@host");
    clean = replace_after(
        &clean,
        "  Created:   ",
        "2025-01-01 00:00:00.000000000 +0000 UTC",
    );
    ids(&clean)
}

/// Replaces what follows a text, to the end of the line or of the JSON string.
fn replace_after(text: &str, start: &str, replacement: &str) -> String {
    let mut parts = text.split(start);
    let mut clean = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end = part.find(['"', '\\', '\n']).unwrap_or(part.len());
        clean.extend([start, replacement, &part[end..]]);
    }
    clean
}

/// Numbers the UUIDs in the order in which they first come.
fn ids(text: &str) -> String {
    let mut seen: Vec<String> = Vec::new();
    let mut clean = text.to_owned();
    for word in text.split(|c: char| !c.is_ascii_hexdigit() && c != '-') {
        if is_uuid(word) && !seen.iter().any(|id| id == word) {
            seen.push(word.to_owned());
            clean = clean.replace(word, &format!("00000000-0000-4000-8000-{:012}", seen.len()));
        }
    }
    clean
}

fn is_uuid(word: &str) -> bool {
    word.split('-').map(str::len).eq([8, 4, 4, 4, 12])
}
