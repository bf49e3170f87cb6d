//! What makes up a stack, in the order in which it is created.

use automock_ttl::inventory::OWNERSHIP_TAG;
use automock_ttl::kind::ResourceKind as K;
use automock_ttl::record::StackRecord;
use serde_json::Value;

use super::terraform::managed;
use crate::random::Random;
use crate::thing::{Body, Tags, Thing, Truth};
use crate::time::Moment;

/// A stack's things, in the order of their creation.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The record of the stack.
    pub record: StackRecord,
    /// One step for each thing that Terraform creates.
    pub steps: Vec<Step>,
    truth: Truth,
    count: u64,
}

/// What comes into being together.
#[derive(Clone, Debug)]
pub struct Step {
    /// The thing, and those that AWS creates with it.
    pub things: Vec<Thing>,
    /// What Terraform writes into its state.
    pub state: Vec<Value>,
}

impl Plan {
    pub(super) fn new(record: StackRecord, truth: Truth) -> Self {
        Self {
            record,
            steps: Vec::new(),
            truth,
            count: 0,
        }
    }

    /// An id that no other thing has.
    pub(super) fn id(&mut self, prefix: &str) -> String {
        self.count += 1;
        let stack = self.record.stack_id.as_str();
        let number = Random::of(self.count, &[stack, prefix]).draw();
        format!("{prefix}-{:017x}", u128::from(number))
    }

    /// The ARN of something of the stack.
    pub(super) fn arn(&self, service: &str, rest: &str) -> String {
        let (region, account) = (&self.record.region, &self.record.account);
        format!("arn:aws:{service}:{region}:{account}:{rest}")
    }

    fn thing(&self, kind: K, id: &str, name: &str, body: Body) -> Thing {
        let mut tags = Tags::new();
        tags.insert(
            OWNERSHIP_TAG.to_owned(),
            self.record.stack_id.as_str().to_owned(),
        );
        tags.insert("Name".to_owned(), name.to_owned());
        let without_tags = matches!(
            kind,
            K::DnsRecord | K::Dashboard | K::NetworkInterface | K::EcsTask
        );
        Thing {
            kind,
            id: id.to_owned(),
            arn: id.starts_with("arn:").then(|| id.to_owned()),
            name: name.to_owned(),
            tags: if without_tags { Tags::new() } else { tags },
            body,
            truth: self.truth,
            born: Moment::default(),
            seen_from: Moment::default(),
            end: None,
        }
    }

    /// Creates a thing that Terraform calls by an address.
    pub(super) fn make(&mut self, address: &str, kind: K, id: &str, name: &str, body: Body) {
        let thing = self.thing(kind, id, name, body);
        let state = vec![managed(address, &thing)];
        self.steps.push(Step {
            things: vec![thing],
            state,
        });
    }

    /// Adds a part to what was made last: only Terraform knows it as something of its own.
    pub(super) fn part(&mut self, address: &str, id: &str) {
        if let Some(step) = self.steps.last_mut() {
            let value = super::terraform::part(address, id);
            step.state.push(value);
        }
    }

    /// Adds what AWS creates with what was made last.
    pub(super) fn along(&mut self, kind: K, id: &str, name: &str, body: Body) {
        let thing = self.thing(kind, id, name, body);
        if let Some(step) = self.steps.last_mut() {
            step.things.push(thing);
        }
    }

    /// Gives the thing that was made last an ARN.
    pub(super) fn with_arn(&mut self, arn: &str) {
        let Some(step) = self.steps.last_mut() else {
            return;
        };
        if let Some(thing) = step.things.first_mut() {
            thing.arn = Some(arn.to_owned());
        }
        if let Some(attributes) = step
            .state
            .first_mut()
            .and_then(|state| state.pointer_mut("/instances/0/attributes"))
        {
            attributes["arn"] = Value::from(arn);
        }
    }
}
