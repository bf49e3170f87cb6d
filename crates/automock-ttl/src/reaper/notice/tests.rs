//! What people are sent.

use proptest::prelude::*;

use super::*;
use crate::deadline::after;
use crate::fixture::{record, start};
use crate::inventory::{Inventory, Ownership, Resource};
use crate::kind::ResourceKind;
use crate::reaper::{Actor, Left};

fn stack() -> StackRecord {
    let mut stack = record("petstore", Some(3600));
    stack.url = Some("http://mock.example.com".to_owned());
    stack
}

fn vpc() -> Resource {
    Resource::untagged(ResourceKind::Vpc, "vpc-1", "us-east-1", Ownership::Tagged)
}

fn journal() -> Journal {
    let mut journal = Journal::open(&stack(), after(start(), 3660));
    journal.join(&Actor::new("reaper", "run-1"));
    let found = vec![vpc()];
    let unreadable = Vec::new();
    journal.see(&Inventory { found, unreadable }, after(start(), 3661));
    journal
}

#[test]
fn a_warning_has_the_command_that_keeps_the_stack() {
    let message = Message::warning(&stack(), after(start(), 3600));
    assert_eq!(
        message.subject,
        "AutoMock: petstore-dev ends at 2026-01-02 04:04 UTC"
    );
    assert_eq!(
        message.text,
        "The stack petstore-dev ends at 2026-01-02T04:04:05Z. \
         It is in account 123456789012, region us-east-1.\n\
         \n\
         Its mock answers at http://mock.example.com until then.\n\
         \n\
         What happens next: from then on everything of the stack is deleted, and you get a \
         receipt. Nobody has to do anything for that.\n\
         \n\
         To keep it longer, before then:\n  \
         automock extend petstore-dev --by 2h --region us-east-1\n"
    );
}

#[test]
fn the_start_says_why_and_what_is_there() {
    let message = Message::start(&stack(), &journal());
    assert_eq!(
        message.subject,
        "AutoMock: teardown of petstore-dev has begun"
    );
    assert_eq!(
        message.text,
        "The teardown of the stack petstore-dev began at 2026-01-02T04:05:05Z, by reaper. Its \
         time was up at 2026-01-02T04:04:05Z. It is in account 123456789012, region us-east-1.\n\
         \n\
         1 resources of it are there now. What carries its tag is deleted; what does not is left \
         alone.\n\
         \n\
         What happens next: it goes on by itself until nothing is left, and then you get a \
         receipt. It can't be extended any more.\n\
         \n\
         To watch or to hurry it:\n  \
         automock destroy petstore-dev --region us-east-1\n"
    );
}

#[test]
fn a_teardown_ahead_of_time_was_asked_for() {
    let stack = record("petstore", None);
    let text = Message::start(&stack, &Journal::open(&stack, start())).text;
    assert!(text.contains("Somebody asked for it."), "{text}");
}

#[test]
fn stuck_says_what_holds_what_and_what_to_do() {
    let mut remains = journal().remains();
    remains.idle_ticks = 3;
    remains.left = vec![Left {
        resource: vpc(),
        because: "too early: DependencyViolation".to_owned(),
    }];
    remains.unreadable = vec!["subnet: access denied".to_owned()];
    let message = Message::stuck(&stack(), &remains, None);
    assert_eq!(
        message.subject,
        "AutoMock: teardown of petstore-dev is stuck"
    );
    assert_eq!(
        message.text,
        "The teardown of the stack petstore-dev has not moved for 3 runs. It is in account \
         123456789012, region us-east-1.\n\
         \n\
         0 gone, 1 left\n  \
         VPC vpc-1: too early: DependencyViolation\n  \
         not seen: subnet: access denied\n\
         \n\
         What happens next: it is tried again with every run, for as long as it takes. What is \
         left may cost money until then.\n\
         \n\
         After removing what holds it, or to see it happen:\n  \
         automock destroy petstore-dev --region us-east-1\n"
    );
}

#[test]
fn the_finish_carries_the_receipt() {
    let mut journal = journal();
    journal.gone(&vpc(), "reaper", after(start(), 3700));
    journal.prove(after(start(), 3731));
    let receipt = Receipt::of(&journal);
    let message = Message::finish(&receipt);
    assert_eq!(message.subject, "AutoMock: nothing of petstore-dev is left");
    assert!(message.text.starts_with(&receipt.to_string()));
    assert!(message.text.ends_with("automock list --region us-east-1\n"));
}

#[test]
fn a_long_text_is_cut_at_a_line() {
    let text = "a line of ä text\n".repeat(20);
    let cut = within(text.clone(), 100);
    assert!(cut.len() <= 100);
    assert!(
        cut.ends_with("text\n[the rest is in the receipt]\n"),
        "{cut}"
    );
    assert_eq!(within(text.clone(), text.len()), text);
}

proptest! {
    #[test]
    fn a_subject_is_one_line_that_sns_takes(text in ".{0,300}") {
        let subject = subject_line(&text);
        prop_assert!(subject.len() <= 100);
        prop_assert!(subject.chars().all(|it| it.is_ascii_graphic() || it == ' '));
    }

    #[test]
    fn no_text_is_longer_than_sns_takes(text in "[a-zä\n]{0,400}", most in 40..200_usize) {
        prop_assert!(within(text, most).len() <= most);
    }
}
