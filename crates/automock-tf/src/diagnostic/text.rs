//! Diagnostics out of the text that terraform writes for people.

use super::{Diagnostic, Position, Range, Severity};
use crate::address::Address;
use crate::escapes::without_escapes;

/// See [`Diagnostic::parse_text`].
pub(super) fn parse(text: &str) -> Vec<Diagnostic> {
    let clean = without_escapes(text);
    let blocks = if clean.lines().any(is_frame_start) {
        framed(&clean)
    } else {
        unframed(&clean)
    };
    let found: Vec<_> = blocks
        .iter()
        .filter_map(|lines| diagnostic(lines))
        .collect();
    if found.is_empty() {
        bare(&clean).into_iter().collect()
    } else {
        found
    }
}

/// Some commands fail with plain words. They are one error: first line, then the rest.
fn bare(clean: &str) -> Option<Diagnostic> {
    let (summary, detail) = clean.trim().split_once('\n').unwrap_or((clean.trim(), ""));
    (!summary.is_empty()).then(|| {
        new(
            Severity::Error,
            summary.to_owned(),
            detail.trim_end().to_owned(),
        )
    })
}

fn new(severity: Severity, summary: String, detail: String) -> Diagnostic {
    Diagnostic {
        severity,
        summary,
        detail,
        address: None,
        range: None,
        snippet: None,
    }
}

fn is_frame_start(line: &str) -> bool {
    line.trim() == "╷"
}

/// One block for each `╷ … ╵`, without the frame.
fn framed(clean: &str) -> Vec<Vec<&str>> {
    let mut blocks = Vec::new();
    let mut open: Option<Vec<&str>> = None;
    for line in clean.lines() {
        if is_frame_start(line) {
            blocks.extend(open.replace(Vec::new()));
        } else if line.trim() == "╵" {
            blocks.extend(open.take());
        } else if let (Some(block), Some(inner)) = (&mut open, line.strip_prefix('│')) {
            block.push(inner.strip_prefix(' ').unwrap_or(inner));
        }
    }
    blocks.extend(open);
    blocks
}

/// One block for each line that starts like a diagnostic.
fn unframed(clean: &str) -> Vec<Vec<&str>> {
    let mut blocks: Vec<Vec<&str>> = Vec::new();
    for line in clean.lines() {
        if heading(line).is_some() {
            blocks.push(vec![line]);
        } else if let Some(block) = blocks.last_mut() {
            block.push(line);
        }
    }
    blocks
}

fn heading(line: &str) -> Option<(Severity, &str)> {
    let severities = [
        ("Error: ", Severity::Error),
        ("Warning: ", Severity::Warning),
    ];
    severities
        .into_iter()
        .find_map(|(prefix, severity)| Some((severity, line.strip_prefix(prefix)?)))
}

fn diagnostic(lines: &[&str]) -> Option<Diagnostic> {
    let (first, rest) = lines.split_first()?;
    let (severity, summary) = heading(first)?;
    // A wrapped summary goes on until the first empty line.
    let wrapped = rest
        .iter()
        .take_while(|line| !line.trim().is_empty())
        .count();
    let summary = std::iter::once(summary)
        .chain(rest[..wrapped].iter().copied())
        .map(str::trim);
    let mut found = new(
        severity,
        summary.collect::<Vec<_>>().join(" "),
        String::new(),
    );
    let mut detail = Vec::new();
    let mut body = rest[wrapped..].iter().peekable();
    while let Some(line) = body.next() {
        if let Some(address) = line
            .strip_prefix("  with ")
            .and_then(|rest| rest.strip_suffix(','))
        {
            found.address = Some(Address::from(address));
        } else if let Some(range) = place(line) {
            found.range = Some(range);
            // The snippet below repeats the file; it ends at an empty line.
            while body.next_if(|line| !line.trim().is_empty()).is_some() {}
        } else {
            detail.push(*line);
        }
    }
    let detail = detail.join("\n");
    Some(Diagnostic {
        detail: detail.trim_matches('\n').to_owned(),
        ..found
    })
}

/// Reads `  on main.tf line 3, in resource "x" "y":`.
fn place(line: &str) -> Option<Range> {
    let (filename, rest) = line.strip_prefix("  on ")?.split_once(" line ")?;
    let digits = rest
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(rest.len());
    let at = Position {
        line: rest[..digits].parse().ok()?,
        column: 0,
        byte: 0,
    };
    Some(Range {
        filename: filename.to_owned(),
        start: at,
        end: at,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRAMED: &str = "\u{1b}[31m╷\u{1b}[0m\n\u{1b}[31m│\u{1b}[0m \u{1b}[1m\u{1b}[31mError: \u{1b}[0mNo valid credential sources found\n\
        │ \n│ Please see the manual.\n│ \n│ Error: failed to refresh cached credentials\n╵\n\
        ╷\n│ Warning: Old\n│ \n│   with terraform_data.a,\n│   on main.tf line 12, in resource \"terraform_data\" \"a\":\n│   12:   x = 1\n│ \n│ Use the new one.\n╵\n";

    #[test]
    fn frames_keep_a_nested_error_inside_its_diagnostic() {
        let found = parse(FRAMED);
        assert_eq!(found.len(), 2);
        assert_eq!(found[0].summary, "No valid credential sources found");
        assert_eq!(
            found[0].detail,
            "Please see the manual.\n\nError: failed to refresh cached credentials"
        );
        assert_eq!(found[1].severity, Severity::Warning);
        assert_eq!(found[1].address, Some(Address::from("terraform_data.a")));
        assert_eq!(
            found[1]
                .range
                .as_ref()
                .map(|range| (range.filename.as_str(), range.start.line)),
            Some(("main.tf", 12))
        );
        assert_eq!(found[1].detail, "Use the new one.");
    }

    #[test]
    fn text_without_frames_starts_anew_at_each_heading() {
        let found = parse("\nError: One that is\nwrapped\n\nBecause.\n\nError: Two\n\n");
        let words: Vec<_> = found
            .iter()
            .map(|d| (d.summary.as_str(), d.detail.as_str()))
            .collect();
        assert_eq!(words, [("One that is wrapped", "Because."), ("Two", "")]);
    }

    #[test]
    fn plain_words_become_one_error() {
        let found = parse(
            "\u{1b}[31mFailed to unlock state: no\nLock Info:\n  ID: 7\n\u{1b}[0m\u{1b}[0m\n",
        );
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].summary, "Failed to unlock state: no");
        assert_eq!(found[0].detail, "Lock Info:\n  ID: 7");
        assert!(parse(" \n").is_empty());
    }
}
