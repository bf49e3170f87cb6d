//! The texts that people are sent.
//!
//! Each says what it is about and where, what happens next by itself, and the one command with
//! which a person can change that.

use std::fmt::Write as _;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Journal, Receipt, Remains};
use crate::record::StackRecord;

/// SNS takes up to 100 characters: <https://docs.aws.amazon.com/sns/latest/api/API_Publish.html>.
const MAX_SUBJECT: usize = 100;

/// SNS takes up to 256 KiB in all; the rest is room for the envelope.
const MAX_TEXT: usize = 200 * 1024;

/// Which notice it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum NoticeKind {
    /// The stack's time is almost up.
    Warning,
    /// The teardown has begun.
    Start,
    /// The teardown does not move; `because` is what the last run ended with, if it was not what
    /// is left.
    Stuck,
    /// Nothing is left.
    Finish,
}

/// A message for everybody who has subscribed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// One line of at most 100 printable ASCII characters.
    pub subject: String,
    /// The whole text.
    pub text: String,
}

impl NoticeKind {
    /// The word that logs use.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Warning => "warning",
            Self::Start => "start",
            Self::Stuck => "stuck",
            Self::Finish => "finish",
        }
    }
}

impl Message {
    fn new(subject: &str, text: String) -> Self {
        Self {
            subject: subject_line(subject),
            text: within(text, MAX_TEXT),
        }
    }

    /// The stack ends soon, and how to keep it.
    #[must_use]
    pub fn warning(record: &StackRecord, expires_at: Timestamp) -> Self {
        let stack = &record.stack_id;
        let mut text = format!(
            "The stack {stack} ends at {expires_at:.0}. {}\n\n",
            place(record.account.as_str(), &record.region)
        );
        if let Some(url) = &record.url {
            let _ = writeln!(text, "Its mock answers at {url} until then.\n");
        }
        let _ = write!(
            text,
            "What happens next: from then on everything of the stack is deleted, and you get a \
             receipt. Nobody has to do anything for that.\n\n\
             To keep it longer, before then:\n  {}\n",
            extend(record)
        );
        Self::new(
            &format!("AutoMock: {stack} ends at {}", minute(expires_at)),
            text,
        )
    }

    /// The teardown has begun.
    #[must_use]
    pub fn start(record: &StackRecord, journal: &Journal) -> Self {
        let stack = &record.stack_id;
        let left = journal.open_items().count();
        let why = match record.expires_at {
            Some(end) if end <= journal.started_at => format!("Its time was up at {end:.0}."),
            _ => "Somebody asked for it.".to_owned(),
        };
        let text = format!(
            "The teardown of the stack {stack} began at {:.0}, by {}. {why} {}\n\n\
             {left} resources of it are there now. What carries its tag is deleted; what does \
             not is left alone.\n\n\
             What happens next: it goes on by itself until nothing is left, and then you get a \
             receipt. It can't be extended any more.\n\n\
             To watch or to hurry it:\n  {}\n",
            journal.started_at,
            journal.actors.join(", "),
            place(record.account.as_str(), &record.region),
            destroy(record),
        );
        Self::new(&format!("AutoMock: teardown of {stack} has begun"), text)
    }

    /// The teardown does not move.
    #[must_use]
    pub fn stuck(record: &StackRecord, remains: &Remains, because: Option<String>) -> Self {
        let stack = &record.stack_id;
        let because = because.map_or_else(String::new, |it| format!("It ended with: {it}.\n\n"));
        let text = format!(
            "The teardown of the stack {stack} has not moved for {} runs. {}\n\n\
             {because}{remains}\n\n\
             What happens next: it is tried again with every run, for as long as it takes. What \
             is left may cost money until then.\n\n\
             After removing what holds it, or to see it happen:\n  {}\n",
            remains.idle_ticks,
            place(record.account.as_str(), &record.region),
            destroy(record),
        );
        Self::new(&format!("AutoMock: teardown of {stack} is stuck"), text)
    }

    /// Nothing is left.
    #[must_use]
    pub fn finish(receipt: &Receipt) -> Self {
        let stack = &receipt.stack;
        let text = format!(
            "{receipt}\nWhat happens next: nothing. The stack's own reaper goes as the last, \
             Terraform's state is deleted, and the receipt stays.\n\n\
             To see what else there is:\n  automock list --region {}\n",
            receipt.region
        );
        Self::new(&format!("AutoMock: nothing of {stack} is left"), text)
    }
}

/// The command that keeps a stack.
fn extend(record: &StackRecord) -> String {
    format!(
        "automock extend {} --by 2h --region {}",
        record.stack_id, record.region
    )
}

/// The command that carries a teardown to its end.
fn destroy(record: &StackRecord) -> String {
    format!(
        "automock destroy {} --region {}",
        record.stack_id, record.region
    )
}

fn place(account: &str, region: &str) -> String {
    format!("It is in account {account}, region {region}.")
}

fn minute(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

/// What SNS takes as a subject.
fn subject_line(subject: &str) -> String {
    subject
        .chars()
        .map(|it| if it.is_ascii_graphic() { it } else { ' ' })
        .take(MAX_SUBJECT)
        .collect::<String>()
        .trim_end()
        .to_owned()
}

/// The text, cut at the end of a line where it is too long.
fn within(mut text: String, most: usize) -> String {
    const CUT: &str = "\n[the rest is in the receipt]\n";
    if text.len() <= most {
        return text;
    }
    let mut end = most - CUT.len();
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.truncate(text[..end].rfind('\n').unwrap_or(end));
    text.push_str(CUT);
    text
}

#[cfg(test)]
mod tests;
