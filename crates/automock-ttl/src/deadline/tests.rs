//! Examples and properties of deadlines.

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use super::{Decision, TimeLeft, after, decide, time_left, warning_at};
use crate::fixture::{record, start};
use crate::record::{Phase, StackRecord};

const HOUR: u64 = 3600;

/// What is due `seconds` after the start of a stack that lives an hour, warned ten minutes ahead.
fn due(stack: &StackRecord, seconds: u64) -> Decision {
    decide(stack, after(start(), seconds))
}

#[test]
fn a_life_goes_from_idle_over_the_warning_to_the_end() {
    let mut stack = record("petstore", Some(HOUR));
    let warn = after(start(), 3000);
    let end = after(start(), HOUR);
    assert_eq!(due(&stack, 0), Decision::Idle { until: Some(warn) });
    assert_eq!(due(&stack, 2999), Decision::Idle { until: Some(warn) });
    let left = SignedDuration::from_secs(600);
    assert_eq!(
        due(&stack, 3000),
        Decision::Warn {
            expires_at: end,
            left
        }
    );
    stack.mark_warned(after(start(), 3001));
    assert_eq!(due(&stack, 3002), Decision::Idle { until: Some(end) });
    assert_eq!(
        due(&stack, 3600),
        Decision::Expire {
            overdue: SignedDuration::ZERO
        }
    );
    assert_eq!(
        due(&stack, 3660),
        Decision::Expire {
            overdue: SignedDuration::from_mins(1)
        }
    );
}

#[test]
fn an_extended_stack_is_warned_again() {
    let mut stack = record("petstore", Some(HOUR));
    stack.mark_warned(after(start(), 3001));
    stack
        .set_expiry(Some(after(start(), 2 * HOUR)), after(start(), 3100))
        .unwrap();
    assert!(matches!(due(&stack, 3200), Decision::Idle { .. }));
    assert!(matches!(due(&stack, 6600), Decision::Warn { .. }));
}

#[test]
fn a_warning_for_an_older_end_does_not_count() {
    let mut stack = record("petstore", Some(HOUR));
    stack.mark_warned(after(start(), 3001));
    stack.expires_at = Some(after(start(), 2 * HOUR));
    assert!(matches!(due(&stack, 6600), Decision::Warn { .. }));
}

#[test]
fn the_phase_goes_before_the_time() {
    let mut stack = record("petstore", Some(HOUR));
    stack.phase = Phase::TearingDown;
    assert_eq!(due(&stack, 0), Decision::Resume);
    stack.phase = Phase::Done;
    assert_eq!(due(&stack, 2 * HOUR), Decision::Finished);
}

#[test]
fn an_unfinished_deploy_expires_like_any_other() {
    for phase in [Phase::Creating, Phase::Failed, Phase::Updating] {
        let mut stack = record("petstore", Some(HOUR));
        stack.phase = phase;
        assert!(
            matches!(due(&stack, HOUR), Decision::Expire { .. }),
            "{phase}"
        );
    }
}

#[test]
fn a_stack_without_an_end_is_left_alone() {
    let stack = record("petstore", None);
    assert_eq!(time_left(&stack, Timestamp::MAX), TimeLeft::Unlimited);
    assert_eq!(
        decide(&stack, Timestamp::MAX),
        Decision::Idle { until: None }
    );
}

fn any_timestamp() -> impl Strategy<Value = Timestamp> {
    (Timestamp::MIN.as_second()..=Timestamp::MAX.as_second())
        .prop_map(|second| Timestamp::from_second(second).expect("inside the range"))
}

proptest! {
    #[test]
    fn no_time_and_no_duration_panics(
        created in any_timestamp(), now in any_timestamp(), ttl: u64, lead: u64,
    ) {
        let mut stack = record("petstore", None);
        stack.expires_at = Some(after(created, ttl));
        stack.warning_lead_seconds = lead;
        let _ = (decide(&stack, now), time_left(&stack, now));
        prop_assert!(warning_at(&stack) <= stack.expires_at);
    }

    #[test]
    fn expiry_and_time_left_agree(now in any_timestamp(), end in any_timestamp()) {
        let mut stack = record("petstore", None);
        stack.expires_at = Some(end);
        let expired = matches!(decide(&stack, now), Decision::Expire { .. });
        prop_assert_eq!(expired, matches!(time_left(&stack, now), TimeLeft::Overdue(_)));
        prop_assert_eq!(expired, now >= end);
    }

    #[test]
    fn looking_again_when_told_always_brings_a_change(
        now in any_timestamp(), end in any_timestamp(), lead in 0..10_000_000_u64,
    ) {
        let mut stack = record("petstore", None);
        stack.expires_at = Some(end);
        stack.warning_lead_seconds = lead;
        if let Decision::Idle { until: Some(until) } = decide(&stack, now) {
            prop_assert!(until > now);
            let idle = matches!(decide(&stack, until), Decision::Idle { .. });
            prop_assert!(!idle);
        }
    }

    #[test]
    fn a_stack_never_unexpires_by_waiting(
        now in any_timestamp(), end in any_timestamp(), wait: u64,
    ) {
        let mut stack = record("petstore", None);
        stack.expires_at = Some(end);
        if matches!(decide(&stack, now), Decision::Expire { .. }) {
            let later = matches!(decide(&stack, after(now, wait)), Decision::Expire { .. });
            prop_assert!(later);
        }
    }
}
