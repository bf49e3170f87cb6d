//! The state of the world: its things, its small objects, and what must not happen in it.

use std::collections::BTreeMap;

use automock_ttl::kind::ResourceKind;

use crate::delays::{Delays, Wait};
use crate::thing::{Body, Ending, Thing, Truth};
use crate::time::Moment;

/// Everything there is, at one moment.
#[derive(Clone, Debug)]
pub struct State {
    /// The present.
    pub now: Moment,
    /// Everything that exists or did.
    pub things: Vec<Thing>,
    /// Objects of the foundation's bucket.
    pub objects: BTreeMap<String, Vec<u8>>,
    /// Mails that went out: when, subject and text.
    pub mails: Vec<(Moment, String, String)>,
    /// What happened that must never happen.
    pub violations: Vec<String>,
    /// How slow everything is.
    pub delays: Delays,
    /// Kinds that AWS does not let anybody look at.
    pub denied: Vec<ResourceKind>,
    /// How many things came to be after the beginning.
    pub latecomers: u64,
}

impl State {
    /// An empty world.
    #[must_use]
    pub fn new(delays: Delays) -> Self {
        Self {
            now: Moment::default(),
            things: Vec::new(),
            objects: BTreeMap::new(),
            mails: Vec::new(),
            violations: Vec::new(),
            delays,
            denied: Vec::new(),
            latecomers: 0,
        }
    }

    /// The thing, if it exists.
    #[must_use]
    pub fn get(&self, kind: ResourceKind, id: &str) -> Option<&Thing> {
        let now = self.now;
        self.things
            .iter()
            .find(|thing| thing.kind == kind && thing.id == id && thing.exists(now))
    }

    /// The thing to be changed, if it exists. Only what is the stack's may be.
    pub fn change(&mut self, kind: ResourceKind, id: &str, call: &str) -> Option<&mut Thing> {
        let now = self.now;
        let thing = self
            .things
            .iter_mut()
            .find(|thing| thing.kind == kind && thing.id == id && thing.exists(now))?;
        if thing.truth == Truth::Foreign {
            let found = format!("{now}: {call} touched the foreign {kind} {id}");
            self.violations.push(found);
        }
        Some(thing)
    }

    /// The things of a kind that exist.
    pub fn existing(&self, kind: ResourceKind) -> impl Iterator<Item = &Thing> {
        self.things
            .iter()
            .filter(move |thing| thing.kind == kind && thing.exists(self.now))
    }

    /// The things of a kind that lists show.
    pub fn listed(&self, kind: ResourceKind) -> impl Iterator<Item = &Thing> {
        self.things
            .iter()
            .filter(move |thing| thing.kind == kind && thing.is_listed(self.now))
    }

    /// Begins the end of a thing that takes its time.
    pub fn end(&mut self, kind: ResourceKind, id: &str, wait: Wait) -> Moment {
        let gone = self.now + self.delays.of(wait, id);
        self.end_at(kind, id, gone);
        gone
    }

    /// Lets a thing end at a moment, unless its end was decided already.
    pub fn end_at(&mut self, kind: ResourceKind, id: &str, gone: Moment) {
        let ending = Ending {
            asked: self.now,
            gone,
            seen_until: gone + self.delays.of(Wait::List, id),
        };
        let found = self
            .things
            .iter_mut()
            .filter(|thing| thing.kind == kind && thing.id == id);
        for thing in found {
            thing.end.get_or_insert(ending);
        }
    }

    /// Ends the interfaces of a thing.
    pub fn end_interfaces(&mut self, owner: &str, at: Moment) {
        let belongs = |thing: &&Thing| matches!(&thing.body, Body::Interface { owner: of, .. } if of == owner);
        let ids: Vec<_> = self
            .things
            .iter()
            .filter(belongs)
            .map(|thing| thing.id.clone())
            .collect();
        for id in ids {
            self.end_at(ResourceKind::NetworkInterface, &id, at);
        }
    }

    /// Writes an object.
    pub fn put_object(&mut self, key: impl Into<String>, bytes: impl Into<Vec<u8>>) {
        self.objects.insert(key.into(), bytes.into());
    }

    /// The version of an object: like S3's, it depends on nothing but the content.
    #[must_use]
    pub fn version(bytes: &[u8]) -> String {
        // FNV-1a over words, <http://www.isthe.com/chongo/tech/comp/fnv/>: journals are long, and
        // every write of one is compared with the last.
        let (words, rest) = bytes.as_chunks::<8>();
        let words = words.iter().copied().map(u64::from_le_bytes);
        let rest = rest.iter().copied().map(u64::from);
        let hash = words
            .chain(rest)
            .fold(0xcbf2_9ce4_8422_2325_u64, |hash, word| {
                (hash ^ word).wrapping_mul(0x0100_0000_01b3).rotate_left(23)
            });
        format!("\"{hash:016x}-{:x}\"", bytes.len())
    }

    /// What of the stack still exists.
    pub fn left(&self) -> impl Iterator<Item = &Thing> {
        self.things
            .iter()
            .filter(|thing| thing.truth == Truth::Stack && thing.exists(self.now))
    }

    /// What of the stack still exists apart from its reaper.
    pub fn left_besides_reaper(&self) -> impl Iterator<Item = &Thing> {
        let is_reaper =
            |kind| matches!(kind, ResourceKind::EventRule | ResourceKind::LambdaFunction);
        self.left().filter(move |thing| !is_reaper(thing.kind))
    }

    /// Notes something that must never happen.
    pub fn violation(&mut self, what: impl std::fmt::Display) {
        let found = format!("{}: {what}", self.now);
        self.violations.push(found);
    }
}
