//! Writes whose answers are lost, and writes of others.

use std::future::Future;
use std::time::Duration;

use super::port::Port;
use super::world::{Earth, Fate, now_or_never, stack, stack_record};
use crate::fixture::start;
use crate::reaper::held::{HeldJournal, HeldLease, HeldObject, HeldRecord, Taking, Write};
use crate::reaper::io::Io;
use crate::reaper::*;
use crate::registry::{Registry, RegistryError};
use crate::teardown::later;

fn actor(run: &str) -> Actor {
    Actor::new("reaper", run)
}

fn io<'a>(port: &'a Port<'_>, actor: &'a Actor) -> Io<'a> {
    Io {
        world: port.world(),
        actor,
    }
}

fn script(earth: &Earth, fates: &[Fate]) {
    earth.lock().faults.script = fates.iter().copied().collect();
}

fn done<T>(future: impl Future<Output = T>) -> T {
    now_or_never(future).expect("nobody dies")
}

#[test]
fn a_write_whose_answer_was_lost_is_found_to_have_happened() {
    let earth = Earth::new();
    let (port, actor) = (earth.port("a"), actor("a"));
    let mut held = HeldObject::new("key".to_owned(), None);
    script(&earth, &[Fate::FailsAfter]);
    assert_eq!(
        done(held.write(io(&port, &actor), b"1")).unwrap(),
        Write::Stored
    );
    assert_eq!(
        done(held.write(io(&port, &actor), b"2")).unwrap(),
        Write::Stored
    );
    assert_eq!(earth.lock().objects["key"], b"2");
}

#[test]
fn a_write_that_was_given_up_and_happened_does_not_stand_in_the_way_of_the_next() {
    let earth = Earth::new();
    let (port, actor) = (earth.port("a"), actor("a"));
    let mut held = HeldObject::new("key".to_owned(), None);
    let mut fates = vec![Fate::FailsAfter];
    // Refused because of itself, but nobody can read that.
    fates.push(Fate::Happens);
    fates.extend([Fate::FailsBefore; 5]);
    script(&earth, &fates);
    assert!(done(held.write(io(&port, &actor), b"1")).is_err());
    assert_eq!(earth.lock().objects["key"], b"1");
    assert_eq!(
        done(held.write(io(&port, &actor), b"2")).unwrap(),
        Write::Stored
    );
    assert_eq!(earth.lock().objects["key"], b"2");
}

#[test]
fn what_somebody_else_wrote_is_not_overwritten() {
    let earth = Earth::new();
    let (port, actor) = (earth.port("a"), actor("a"));
    let mut held = HeldObject::new("key".to_owned(), None);
    assert_eq!(
        done(held.write(io(&port, &actor), b"1")).unwrap(),
        Write::Stored
    );
    earth
        .lock()
        .objects
        .insert("key".to_owned(), b"theirs".to_vec());
    assert_eq!(
        done(held.write(io(&port, &actor), b"2")).unwrap(),
        Write::Lost
    );
    earth.lock().objects.remove("key");
    assert_eq!(
        done(held.write(io(&port, &actor), b"2")).unwrap(),
        Write::Lost
    );
}

#[test]
fn what_passes_by_itself_is_tried_five_times() {
    let earth = Earth::new();
    let (port, actor) = (earth.port("a"), actor("a"));
    let before = earth.lock().now;
    script(&earth, &[Fate::FailsBefore; 9]);
    let error = done(io(&port, &actor).get("key")).unwrap_err();
    assert!(matches!(error, ReaperError::Objects { action: "read", .. }));
    assert_eq!(
        earth.lock().calls,
        5,
        "what passes by itself is tried five times"
    );
    let waited = before.duration_until(earth.lock().now).as_secs();
    assert!((2..20).contains(&waited), "{waited} s");
}

#[test]
fn a_record_knows_its_own_write_from_another_ones() {
    let earth = Earth::new();
    let (port, actor) = (earth.port("a"), actor("a"));
    let found = done(Registry::get(&port, &stack())).unwrap().unwrap();
    let mut record = HeldRecord::new(io(&port, &actor), found);
    script(&earth, &[Fate::FailsAfter]);
    let claim = |run: &'static str| {
        move |record: &mut crate::record::StackRecord| {
            record.claim_warning(run, start());
            Ok(())
        }
    };
    done(record.update(claim("a"))).expect("its own write");
    done(record.update(claim("b"))).expect("the next one");
    let mut other = stack_record();
    other.claim_warning("c", start());
    earth.lock().record = Some(other);
    let error = done(record.update(claim("d"))).unwrap_err();
    let conflict = matches!(error, ReaperError::Registry(RegistryError::Conflict { .. }));
    assert!(conflict, "{error}");
}

fn take(io: Io<'_>, minutes: Option<u64>) -> Taking<'_> {
    let deadline = minutes.map(|minutes| later(io.now(), Duration::from_mins(minutes)));
    done(HeldLease::take(io, &stack(), deadline)).unwrap()
}

#[test]
fn a_lease_taken_without_an_answer_is_held() {
    let earth = Earth::new();
    let (port, one, two) = (earth.port("a"), actor("a"), actor("b"));
    // The look whether there is one goes first.
    script(&earth, &[Fate::Happens, Fate::FailsAfter]);
    assert!(matches!(take(io(&port, &one), Some(15)), Taking::Taken(_)));
    let Taking::Busy(lease) = take(io(&port, &two), Some(15)) else {
        panic!("two hold it");
    };
    assert_eq!(lease.holder, "a");
    earth.pass(Duration::from_mins(15));
    assert!(matches!(take(io(&port, &two), Some(15)), Taking::Taken(_)));
}

#[test]
fn a_lease_is_renewed_at_half_of_its_term_and_lost_to_whoever_took_it() {
    let earth = Earth::new();
    let (port, one, two) = (earth.port("a"), actor("a"), actor("b"));
    let Taking::Taken(mut lease) = take(io(&port, &one), None) else {
        panic!("busy");
    };
    let until = lease.until();
    earth.pass(Duration::from_secs(59));
    done(lease.keep()).unwrap();
    assert_eq!(lease.until(), until, "not yet");
    earth.pass(Duration::from_secs(2));
    done(lease.keep()).unwrap();
    assert!(lease.until() > until);
    earth.pass(Duration::from_mins(10));
    done(lease.keep()).expect("nobody has taken it in the meantime");
    earth.pass(Duration::from_mins(10));
    assert!(matches!(take(io(&port, &two), None), Taking::Taken(_)));
    assert!(matches!(
        done(lease.keep()),
        Err(ReaperError::LeaseLost { .. })
    ));
    let theirs = earth.lock().objects[&lease_key(&stack())].clone();
    done(lease.release()).expect("somebody else's lease stays");
    assert_eq!(earth.lock().objects[&lease_key(&stack())], theirs);
}

#[test]
fn a_lease_that_cannot_be_renewed_is_held_to_its_end() {
    let earth = Earth::new();
    let (port, one) = (earth.port("a"), actor("a"));
    let Taking::Taken(mut lease) = take(io(&port, &one), None) else {
        panic!("busy");
    };
    earth.pass(Duration::from_secs(70));
    script(&earth, &[Fate::FailsBefore; 5]);
    done(lease.keep()).expect("it still lasts");
    earth.pass(Duration::from_mins(1));
    script(&earth, &[Fate::FailsBefore; 5]);
    assert!(matches!(
        done(lease.keep()),
        Err(ReaperError::LeaseLost { .. })
    ));
}

#[test]
fn a_lease_for_a_run_ends_with_it_and_a_far_deadline_is_renewed_instead() {
    let earth = Earth::new();
    let (port, one) = (earth.port("a"), actor("a"));
    let Taking::Taken(mut lease) = take(io(&port, &one), Some(15)) else {
        panic!("busy");
    };
    earth.pass(Duration::from_mins(14));
    done(lease.keep()).unwrap();
    earth.pass(Duration::from_mins(1));
    assert!(matches!(
        done(lease.keep()),
        Err(ReaperError::LeaseLost { .. })
    ));
    let Taking::Taken(lease) = take(io(&port, &one), Some(600)) else {
        panic!("busy");
    };
    assert!(lease.until() <= later(earth.lock().now, Duration::from_mins(2)));
}

#[test]
fn a_journal_that_somebody_else_wrote_ends_the_run() {
    let earth = Earth::new();
    let (port, one, two) = (earth.port("a"), actor("a"), actor("b"));
    let record = stack_record();
    let mut mine = done(HeldJournal::read(io(&port, &one), &record)).unwrap();
    mine.change().note("mine");
    done(mine.save()).unwrap();
    let calls = earth.lock().calls;
    done(mine.save()).unwrap();
    assert_eq!(
        earth.lock().calls,
        calls,
        "what has not changed is not written"
    );
    let mut theirs = done(HeldJournal::read(io(&port, &two), &record)).unwrap();
    theirs.change().note("theirs");
    done(theirs.save()).unwrap();
    mine.change().note("mine again");
    assert!(matches!(
        done(mine.save()),
        Err(ReaperError::LeaseLost { .. })
    ));
}

#[test]
fn a_journal_of_a_newer_version_is_left_as_it_is_and_a_broken_one_is_begun_anew() {
    let earth = Earth::new();
    let (port, one) = (earth.port("a"), actor("a"));
    let put = |text: &str| {
        let key = journal_key(&stack());
        earth.lock().objects.insert(key, text.as_bytes().to_vec());
    };
    put(r#"{"schema_version": 99}"#);
    let newer = done(HeldJournal::read(io(&port, &one), &stack_record()));
    assert!(matches!(newer, Err(ReaperError::Unreadable { .. })));
    put("{");
    let mut journal = done(HeldJournal::read(io(&port, &one), &stack_record())).unwrap();
    assert!(!journal.is_stored());
    done(journal.save()).expect("it takes the broken one's place");
}
