//! What a receipt says.

use proptest::prelude::*;

use super::*;
use crate::deadline::after;
use crate::fixture::{record, start};
use crate::inventory::Inventory;
use crate::reaper::Actor;

fn resource(kind: ResourceKind, id: &str, ownership: Ownership) -> Resource {
    Resource::untagged(kind, id, "us-east-1", ownership)
}

fn tagged(kind: ResourceKind, id: &str) -> Resource {
    resource(kind, id, Ownership::Tagged)
}

fn foreign(kind: ResourceKind, id: &str) -> Resource {
    let because = "it has no tag automock:stack".to_owned();
    resource(kind, id, Ownership::Foreign { because })
}

fn journal() -> Journal {
    let mut journal = Journal::open(&record("petstore", Some(3600)), after(start(), 3600));
    journal.join(&Actor::new("reaper", "run-1"));
    let service = tagged(ResourceKind::EcsService, "arn:service").named("mock");
    let vpc = tagged(ResourceKind::Vpc, "vpc-1");
    let found = vec![
        vpc.clone(),
        service.clone(),
        tagged(ResourceKind::EventRule, "automock-petstore-dev-reaper"),
        foreign(ResourceKind::ElasticIp, "eipalloc-9"),
        foreign(ResourceKind::NatGateway, "nat-9"),
        foreign(ResourceKind::Subnet, "subnet-9"),
    ];
    let unreadable = Vec::new();
    journal.see(&Inventory { found, unreadable }, after(start(), 3601));
    journal.requested(&service, "reaper", after(start(), 3602));
    journal.gone(&service, "reaper", after(start(), 3762));
    journal.gone(&vpc, "terraform", after(start(), 3800));
    journal.clean(after(start(), 3801));
    journal.prove(after(start(), 3831));
    journal
}

#[test]
fn a_receipt_says_what_went_when_and_what_was_left_alone() {
    let receipt = Receipt::of(&journal());
    assert_eq!(
        receipt.to_string(),
        "Nothing of petstore-dev is left in account 123456789012, us-east-1.\n\
         Made 2026-01-02T03:04:05Z; teardown 2026-01-02T04:04:05Z to 2026-01-02T04:07:56Z by reaper.\n\
         \n\
         2 resources are gone:\n  \
         ECS service mock (arn:service): 2026-01-02T04:06:47Z by reaper, 160 s\n  \
         VPC vpc-1: 2026-01-02T04:07:25Z by terraform\n  \
         event rule automock-petstore-dev-reaper: goes last\n\
         \n\
         Left alone, because it is not the stack's (about $36.50 a month at the prices of us-east-1):\n  \
         NAT gateway nat-9: it has no tag automock:stack ($32.85 a month)\n  \
         elastic IP eipalloc-9: it has no tag automock:stack ($3.65 a month)\n  \
         subnet subnet-9: it has no tag automock:stack\n"
    );
    assert!((receipt.seconds() - 231.0).abs() < 0.001);
}

#[test]
fn the_layout_is_the_one_that_scripts_read() {
    let text = Receipt::of(&journal()).to_json();
    let value: serde_json::Value = serde_json::from_slice(&text).unwrap();
    assert_eq!(value["schema_version"], 1);
    assert_eq!(value["stack"], "petstore-dev");
    assert_eq!(value["finished_at"], "2026-01-02T04:07:56Z");
    assert_eq!(value["resources"][0]["kind"], "ecs-service");
    assert_eq!(value["resources"][0]["deleted_by"], "reaper");
    assert_eq!(value["resources"][0]["seconds"], 160.0);
    assert_eq!(value["resources"][1]["seconds"], serde_json::Value::Null);
    assert_eq!(value["left_alone"][0]["usd_per_month"], 32.85);
    assert_eq!(value["left_alone_usd_per_month"], 36.5);
}

#[test]
fn the_same_journal_gives_the_same_bytes_whoever_takes_it_up() {
    let first = Receipt::of(&journal());
    let mut later = journal();
    later.ticks += 1;
    later.idle_ticks += 1;
    later.revision += 7;
    later.claim(super::super::NoticeKind::Finish, "run-2", start());
    later.written_by = "run-2".to_owned();
    assert_eq!(Receipt::of(&later).to_json(), first.to_json());
    assert_eq!(Receipt::from_json(&first.to_json()).unwrap(), first);
}

#[test]
fn a_newer_schema_is_refused() {
    let text = String::from_utf8(Receipt::of(&journal()).to_json()).unwrap();
    let newer = text.replacen("\"schema_version\": 1", "\"schema_version\": 9", 1);
    let error = Receipt::from_json(newer.as_bytes()).unwrap_err();
    assert!(matches!(
        error,
        DocumentError::NewerSchema { found: 9, known: 1 }
    ));
}

#[test]
fn a_lost_journal_is_admitted() {
    let receipt = Receipt::without_journal(&record("petstore", None));
    assert!(receipt.resources.is_empty());
    assert!(
        receipt
            .to_string()
            .contains("the journal of this teardown is not there")
    );
}

proptest! {
    #[test]
    fn every_resource_is_on_the_receipt_once(
        kinds in prop::collection::vec((prop::sample::select(&ResourceKind::ALL[..]), 0..4_u8), 0..40),
    ) {
        let mut journal = Journal::open(&record("petstore", None), start());
        let mut found = Vec::new();
        for (number, (kind, fate)) in kinds.iter().enumerate() {
            let id = number.to_string();
            found.push(if *fate == 0 { foreign(*kind, &id) } else { tagged(*kind, &id) });
        }
        journal.see(&Inventory { found: found.clone(), unreadable: Vec::new() }, start());
        for resource in found.iter().filter(|it| it.belongs_to_stack() && !it.kind.is_reaper()) {
            journal.gone(resource, "reaper", after(start(), 5));
        }
        let receipt = Receipt::of(&journal);
        let listed =
            receipt.resources.len() + receipt.going_last.len() + receipt.left_alone.len();
        prop_assert_eq!(listed, found.len());
        let sorted = receipt.resources.is_sorted_by_key(|it| (it.deleted_at, it.kind, it.id.clone()));
        prop_assert!(sorted);
    }
}
