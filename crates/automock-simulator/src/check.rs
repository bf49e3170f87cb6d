//! What has to be true once a stack is gone.

use std::collections::{BTreeMap, BTreeSet};

use automock_model::Foundation;
use automock_ttl::kind::ResourceKind;
use automock_ttl::reaper::{Lease, Receipt, lease_key, terraform_lock_key};
use automock_ttl::record::{Phase, StackRecord};

use crate::state::State;
use crate::thing::{Thing, Truth};

/// The mails that go out at most once, by a word of their subjects.
const MAILS: [(&str, &str); 3] = [
    ("warning", "ends at"),
    ("start", "has begun"),
    ("finish", "nothing of"),
];

/// What was there before, and whose it was.
#[derive(Clone, Debug)]
pub struct Expected {
    record: StackRecord,
    foreign: Vec<Thing>,
    foreign_objects: BTreeMap<String, Vec<u8>>,
    own: BTreeSet<(ResourceKind, String)>,
    /// What has to stay although the stack made it.
    unprovable: BTreeSet<String>,
}

impl Expected {
    /// What has to survive, and what has to go, of a world.
    #[must_use]
    pub fn of(world: &State, record: &StackRecord) -> Self {
        let whose = |truth| world.things.iter().filter(move |it| it.truth == truth);
        let stack = record.stack_id.as_str();
        let objects = world.objects.iter();
        let foreign_objects = objects.filter(|(key, _)| !is_of(key, stack));
        Self {
            record: record.clone(),
            foreign: whose(Truth::Foreign)
                .chain(whose(Truth::Unprovable))
                .cloned()
                .collect(),
            foreign_objects: foreign_objects
                .map(|(key, bytes)| (key.clone(), bytes.clone()))
                .collect(),
            own: whose(Truth::Stack)
                .filter(|it| !it.kind.is_wait_only())
                .map(|it| (it.kind, it.id.clone()))
                .collect(),
            unprovable: whose(Truth::Unprovable).map(|it| it.id.clone()).collect(),
        }
    }

    /// Everything that is wrong with the world after a teardown.
    #[must_use]
    pub fn problems(&self, world: &State) -> Vec<String> {
        let mut found = self.damage(world);
        found.extend(
            world
                .left()
                .map(|it| format!("{} {} is left", it.kind, it.id)),
        );
        found.extend(self.objects_left(world));
        found.extend(self.receipt(world));
        found
    }

    /// What may not be at any time, whether or not the teardown is over.
    #[must_use]
    pub fn damage(&self, world: &State) -> Vec<String> {
        let mut found = world.violations.clone();
        found.extend(self.foreign.iter().filter_map(|it| changed(world, it)));
        found.extend(self.objects_changed(world));
        for (name, word) in MAILS {
            let count = world.mails.iter().filter(|it| it.1.contains(word)).count();
            if count > 1 {
                found.push(format!("{count} mails of the {name}"));
            }
        }
        found
    }

    fn objects_changed(&self, world: &State) -> Vec<String> {
        let stack = self.record.stack_id.as_str();
        let now = world.objects.iter().filter(|(key, _)| !is_of(key, stack));
        let now: BTreeMap<_, _> = now.collect();
        let before: BTreeMap<_, _> = self.foreign_objects.iter().collect();
        let changed = |key: &&&String| now.get(**key) != before.get(**key);
        let keys: BTreeSet<_> = now.keys().chain(before.keys()).copied().collect();
        let keys = keys.iter().filter(|key| changed(key));
        keys.map(|key| format!("the foreign object {key} was changed"))
            .collect()
    }

    /// Objects of the stack that should be gone.
    ///
    /// A run that dies after it has deleted its own function has nobody to come after it. What it
    /// leaves then are a record that says "done" and a lease that is over, in the foundation's
    /// bucket: neither is in anybody's way, and a sweep or the bucket's own rules remove them.
    fn objects_left(&self, world: &State) -> Vec<String> {
        let stack = &self.record.stack_id;
        let state = Foundation::stack_state_key(stack);
        let gone = [terraform_lock_key(&state), state];
        let left = gone.iter().filter(|key| world.objects.contains_key(*key));
        let mut found: Vec<_> = left.map(|key| format!("{key} is left")).collect();
        let key = Foundation::registry_key(stack);
        if let Some(bytes) = world.objects.get(&key)
            && !StackRecord::from_json(bytes).is_ok_and(|record| record.phase == Phase::Done)
        {
            found.push(format!("{key} does not say that the stack is gone"));
        }
        let key = lease_key(stack);
        let now = world.now.timestamp();
        if let Some(bytes) = world.objects.get(&key)
            && !Lease::from_json(bytes).is_ok_and(|lease| lease.is_over(now))
        {
            found.push(format!("{key} is still held"));
        }
        found
    }

    /// What a death after the function's own deletion leaves in the foundation.
    #[must_use]
    pub fn traces(&self, world: &State) -> Vec<String> {
        let stack = &self.record.stack_id;
        let keys = [Foundation::registry_key(stack), lease_key(stack)];
        let left = keys.into_iter();
        left.filter(|key| world.objects.contains_key(key)).collect()
    }

    fn receipt(&self, world: &State) -> Vec<String> {
        let prefix = Foundation::receipt_prefix(&self.record.stack_id);
        let keys = world.objects.iter();
        let receipts: Vec<_> = keys.filter(|(key, _)| key.starts_with(&prefix)).collect();
        let [(key, bytes)] = receipts[..] else {
            return vec![format!("{} receipts", receipts.len())];
        };
        match Receipt::from_json(bytes) {
            Ok(receipt) => self.inaccuracies(&receipt),
            Err(error) => vec![format!("{key}: {error}")],
        }
    }

    /// What the receipt does not tell as it was.
    fn inaccuracies(&self, receipt: &Receipt) -> Vec<String> {
        let gone = receipt.resources.iter().map(|it| (it.kind, it.id.clone()));
        let last = receipt.going_last.iter().map(|it| (it.kind, it.id.clone()));
        let listed: BTreeSet<_> = gone.chain(last).collect();
        let missing = self.own.difference(&listed);
        let mut found: Vec<_> = missing
            .map(|(kind, id)| format!("the receipt does not list {kind} {id}"))
            .collect();
        for id in &self.unprovable {
            if !receipt.left_alone.iter().any(|it| it.id == *id) {
                found.push(format!("the receipt does not say that {id} was left alone"));
            }
        }
        for it in &receipt.left_alone {
            if self.own.contains(&(it.kind, it.id.clone())) {
                found.push(format!("the receipt says that {} was left alone", it.id));
            }
        }
        let when = receipt.started_at..=receipt.finished_at;
        let odd = receipt.resources.iter();
        let odd = odd.filter(|it| !when.contains(&it.deleted_at));
        found.extend(odd.map(|it| format!("{} went at {}", it.id, it.deleted_at)));
        found
    }
}

/// What happened to a foreign thing, if anything did.
fn changed(world: &State, before: &Thing) -> Option<String> {
    let same = |it: &&Thing| it.kind == before.kind && it.id == before.id;
    let now = world.things.iter().find(same);
    (now != Some(before)).then(|| format!("the foreign {} {} was changed", before.kind, before.id))
}

/// Whether an object is a stack's: `stacks/<stack>/…`, `registry/<stack>.json` and so on.
fn is_of(key: &str, stack: &str) -> bool {
    let mut parts = key.split('/').skip(1);
    parts
        .next()
        .is_some_and(|part| part.trim_end_matches(".json") == stack)
}
