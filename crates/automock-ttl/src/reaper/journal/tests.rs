//! What a journal remembers, and what it refuses.

use proptest::prelude::*;

use super::*;
use crate::deadline::after;
use crate::failure::CloudFailure;
use crate::fixture::{record, start};
use crate::inventory::Unreadable;

fn open() -> Journal {
    Journal::open(&record("petstore", Some(3600)), after(start(), 3600))
}

fn resource(kind: ResourceKind, id: &str, ownership: Ownership) -> Resource {
    Resource::untagged(kind, id, "us-east-1", ownership)
}

fn owned(id: &str) -> Resource {
    resource(ResourceKind::Subnet, id, Ownership::Tagged)
}

fn foreign(id: &str) -> Resource {
    let because = "it has no tag".to_owned();
    resource(ResourceKind::Subnet, id, Ownership::Foreign { because })
}

fn seen(found: &[Resource]) -> Inventory {
    Inventory {
        found: found.to_vec(),
        unreadable: Vec::new(),
    }
}

fn actor(name: &str) -> Actor {
    Actor::new(name, "run-1")
}

#[test]
fn a_journal_is_of_one_life_of_a_stack() {
    let mut stack = record("petstore", None);
    let journal = Journal::open(&stack, after(start(), 60));
    assert!(journal.is_of(&stack));
    assert_eq!(journal.epoch, "20260102T030405.000Z-20260102T030505.000Z");
    stack.created_at = after(start(), 1);
    assert!(!journal.is_of(&stack));
}

#[test]
fn a_newer_schema_is_refused_and_an_unknown_field_is_not() {
    let mut value: serde_json::Value = serde_json::from_slice(&open().to_json()).unwrap();
    value["color"] = "red".into();
    assert!(Journal::from_json(value.to_string().as_bytes()).is_ok());
    value["schema_version"] = 2.into();
    let error = Journal::from_json(value.to_string().as_bytes()).unwrap_err();
    assert!(
        error.to_string().contains("use a newer automock"),
        "{error}"
    );
    let error = Journal::from_json(b"{").unwrap_err();
    assert!(matches!(error, DocumentError::Malformed(_)));
}

#[test]
fn who_asked_first_is_who_made_it_go() {
    let mut journal = open();
    journal.see(&seen(&[owned("a"), owned("b")]), start());
    journal.requested(&owned("a"), "ana", after(start(), 5));
    journal.requested(&owned("a"), "reaper", after(start(), 9));
    journal.gone(&owned("a"), "somebody", after(start(), 20));
    journal.gone(&owned("b"), "terraform", after(start(), 30));
    let entry = |id| journal.entry(ResourceKind::Subnet, id).unwrap();
    assert_eq!(entry("a").gone_by.as_deref(), Some("ana"));
    assert_eq!(entry("a").requested_at, Some(after(start(), 5)));
    assert_eq!(entry("b").gone_by.as_deref(), Some("terraform"));
    assert_eq!(journal.open_items().count(), 0);
}

#[test]
fn what_is_not_the_stacks_is_never_an_item() {
    let mut journal = open();
    journal.see(&seen(&[foreign("x"), owned("a")]), start());
    assert_eq!(journal.items.len(), 1);
    assert_eq!(journal.remains().left_alone, ["subnet x: it has no tag"]);
    journal.see(&seen(&[owned("a")]), start());
    assert!(
        journal.remains().left_alone.is_empty(),
        "the last look counts"
    );
}

#[test]
fn what_loses_its_tag_is_given_up() {
    let mut journal = open();
    journal.see(&seen(&[owned("a")]), start());
    journal.see(&seen(&[foreign("a")]), start());
    assert_eq!(journal.open_items().count(), 0);
    assert_eq!(journal.left_alone().count(), 1);
}

#[test]
fn a_proof_from_something_that_is_gone_is_kept_until_the_resource_changes() {
    let proof = Ownership::Proven {
        by: "the load balancer".to_owned(),
    };
    let record = resource(ResourceKind::DnsRecord, "z/mock/A", proof).with_detail("value", "lb-1");
    let mut orphan = record.clone();
    orphan.ownership = Ownership::Foreign {
        because: "it points at no load balancer of the stack".to_owned(),
    };
    let mut journal = open();
    journal.see(&seen(&[record]), start());
    journal.see(&seen(&[orphan.clone()]), start());
    assert_eq!(journal.open_items().count(), 1);
    journal.see(&seen(&[orphan.with_detail("value", "lb-2")]), start());
    assert_eq!(journal.open_items().count(), 0);
}

#[test]
fn what_comes_back_is_open_again_but_moves_nothing_any_more() {
    let mut journal = open();
    journal.see(&seen(&[owned("a")]), start());
    journal.join(&actor("reaper"));
    journal.gone(&owned("a"), "x", start());
    assert_eq!(journal.idle_ticks, 0);
    journal.join(&actor("reaper"));
    journal.see(&seen(&[owned("a")]), start());
    assert_eq!(journal.open_items().count(), 1);
    journal.gone(&owned("a"), "x", start());
    assert_eq!(journal.idle_ticks, 1, "coming and going is no progress");
    journal.see(&seen(&[foreign("a")]), start());
    let entry = journal.entry(ResourceKind::Subnet, "a").unwrap();
    assert!(entry.gone_at.is_some(), "somebody else has the name now");
}

#[test]
fn three_runs_without_movement_are_told_once_until_something_moves() {
    let mut journal = open();
    journal.see(&seen(&[owned("a"), owned("b")]), start());
    for _ in 0..3 {
        assert!(!journal.is_stuck());
        journal.join(&actor("reaper"));
    }
    assert!(journal.is_stuck());
    assert!(journal.claim(NoticeKind::Stuck, "run-1", start()));
    assert!(!journal.claim(NoticeKind::Stuck, "run-2", start()));
    journal.requested(&owned("a"), "reaper", start());
    assert!(!journal.is_stuck());
    assert!(
        journal.claim(NoticeKind::Stuck, "run-3", start()),
        "another episode"
    );
}

#[test]
fn a_notice_is_claimed_once_unless_it_was_certainly_not_sent() {
    for kind in [NoticeKind::Start, NoticeKind::Finish] {
        let mut journal = open();
        assert!(journal.claim(kind, "run-1", start()));
        assert!(!journal.claim(kind, "run-1", start()));
        journal.unclaim(kind);
        assert!(journal.claim(kind, "run-2", start()));
        journal.confirm(kind, after(start(), 1));
        let notices = journal.notices.clone();
        let notice = notices.start.or(notices.finish).unwrap();
        assert_eq!(
            (notice.run.as_str(), notice.sent_at),
            ("run-2", Some(after(start(), 1)))
        );
    }
    let mut journal = open();
    assert!(
        !journal.claim(NoticeKind::Warning, "run-1", start()),
        "the record has that one"
    );
}

#[test]
fn a_clean_look_counts_until_one_is_not_clean() {
    let mut journal = open();
    journal.clean(start());
    journal.clean(after(start(), 30));
    assert_eq!(journal.clean_since, Some(start()));
    journal.not_clean();
    journal.clean(after(start(), 60));
    assert_eq!(journal.clean_since, Some(after(start(), 60)));
}

#[test]
fn what_the_state_names_is_matched_by_id_or_arn() {
    let named = |id: &str, arn: Option<&str>| NamedByState {
        kind: ResourceKind::Subnet,
        address: format!("aws_subnet.{id}"),
        id: id.to_owned(),
        arn: arn.map(str::to_owned),
        name: None,
    };
    let mut journal = open();
    journal.see(&seen(&[owned("a"), owned("b").with_arn("arn:b")]), start());
    journal.unexamined = vec![
        named("a", None),
        named("bb", Some("arn:b")),
        named("c", None),
    ];
    journal.match_named();
    assert_eq!(journal.unexamined, [named("c", None)]);
    let entry = journal.entry(ResourceKind::Subnet, "b").unwrap();
    assert_eq!(entry.address.as_deref(), Some("aws_subnet.bb"));
    journal.examined(&named("c", None), None, start());
    assert!(journal.unexamined.is_empty());
    assert!(journal.notes[0].starts_with("aws_subnet.c (c) is in Terraform's state"));
}

#[test]
fn the_reapers_own_parts_are_not_waited_for() {
    let rule = resource(ResourceKind::EventRule, "rule", Ownership::Tagged);
    let mut journal = open();
    journal.see(&seen(&[rule]), start());
    assert_eq!(journal.open_items().count(), 0);
    assert!(journal.remains().left.is_empty());
}

fn any_resource() -> impl Strategy<Value = Resource> {
    let ownership = prop_oneof![
        Just(Ownership::Tagged),
        Just(Ownership::Proven { by: "x".to_owned() }),
        Just(Ownership::Attached { to: "x".to_owned() }),
        Just(Ownership::Foreign {
            because: "x".to_owned()
        }),
    ];
    (
        prop::sample::select(&ResourceKind::ALL[..]),
        0..6_u8,
        ownership,
    )
        .prop_map(|(kind, id, ownership)| resource(kind, &id.to_string(), ownership))
}

#[derive(Clone, Debug)]
enum Happening {
    Seen(Vec<Resource>),
    Requested(Resource),
    Gone(Resource),
    Joined,
    Unreadable,
}

fn any_happening() -> impl Strategy<Value = Happening> {
    prop_oneof![
        prop::collection::vec(any_resource(), 0..8).prop_map(Happening::Seen),
        any_resource().prop_map(Happening::Requested),
        any_resource().prop_map(Happening::Gone),
        Just(Happening::Joined),
        Just(Happening::Unreadable),
    ]
}

fn happen(journal: &mut Journal, happening: &Happening, now: Timestamp) {
    match happening {
        Happening::Seen(found) => journal.see(&seen(found), now),
        Happening::Requested(resource) => journal.requested(resource, "reaper", now),
        Happening::Gone(resource) => journal.gone(resource, "reaper", now),
        Happening::Joined => journal.join(&actor("reaper")),
        Happening::Unreadable => {
            let mut inventory = Inventory::default();
            inventory.unreadable.push(Unreadable {
                kind: ResourceKind::Vpc,
                reason: CloudFailure::RegionUnreachable {
                    message: String::new(),
                },
            });
            journal.see(&inventory, now);
        }
    }
}

proptest! {
    #[test]
    fn whatever_happens_a_journal_reads_back(
        happenings in prop::collection::vec(any_happening(), 0..30),
    ) {
        let mut journal = open();
        for (second, happening) in (0..).zip(&happenings) {
            happen(&mut journal, happening, after(start(), second));
        }
        prop_assert_eq!(&Journal::from_json(&journal.to_json()).unwrap(), &journal);
        prop_assert_eq!(journal.to_json(), journal.clone().to_json());
    }

    #[test]
    fn nothing_is_forgotten_and_nothing_foreign_gets_in(
        happenings in prop::collection::vec(any_happening(), 0..30),
    ) {
        let mut journal = open();
        let mut known = std::collections::BTreeSet::new();
        for (second, happening) in (0..).zip(&happenings) {
            if let Happening::Seen(found) = happening {
                let ours = found.iter().filter(|it| it.belongs_to_stack());
                known.extend(ours.map(|it| (it.kind, it.id.clone())));
            }
            happen(&mut journal, happening, after(start(), second));
        }
        let items: std::collections::BTreeSet<_> =
            journal.items.iter().map(|it| (it.resource.kind, it.resource.id.clone())).collect();
        prop_assert_eq!(items.len(), journal.items.len(), "no item is there twice");
        prop_assert_eq!(items, known);
        for entry in journal.open_items() {
            prop_assert!(entry.resource.belongs_to_stack());
        }
    }
}
