//! What people are told in the end.

use crate::stage::Stage;

/// Fails unless people were told of the start at most once and of the end at most once, and of
/// nothing else.
#[track_caller]
pub(crate) fn assert_told_at_most_once(stage: &Stage) -> usize {
    let mails = stage.mails();
    let mut subjects: Vec<&str> = mails.iter().map(|mail| mail.subject.as_str()).collect();
    subjects.sort_unstable();
    let count = subjects.len();
    subjects.dedup();
    assert_eq!(
        subjects.len(),
        count,
        "something was told twice: {mails:#?}"
    );
    assert!(count <= 2, "{mails:#?}");
    count
}

/// Fails unless people were told of the start and of the end.
#[track_caller]
pub(crate) fn assert_told_once(stage: &Stage) {
    assert_eq!(assert_told_at_most_once(stage), 2);
}
