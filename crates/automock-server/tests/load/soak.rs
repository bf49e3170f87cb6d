//! Many requests over few connections, of which each is counted.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::client::Client;
use super::memory::resident_kib;
use super::scene::Scene;

/// How much to do.
pub struct Plan {
    pub requests: u64,
    pub clients: usize,
    /// After so many requests, memory is looked at, and after the last one.
    pub looks: Vec<u64>,
}

/// What was done.
#[derive(Debug)]
pub struct Report {
    pub matched: u64,
    pub unmatched: u64,
    pub elapsed: Duration,
    /// After so many requests, so many KiB were resident.
    pub memory: Vec<(u64, u64)>,
}

/// How much memory may grow once the journal is full, in percent.
const GROWTH: u64 = 10;

const EXPECTATIONS: &str = r#"[
    {"id": "text", "httpRequest": {"path": "/ships/7"}, "httpResponse": {"body": "text"}},
    {"id": "pattern", "httpRequest": {"path": "/ships/[a-z]+/decks"},
     "httpResponse": {"headers": {"x-a": ["1", "2"]}, "body": "pattern"}},
    {"id": "body", "httpRequest": {"method": "POST", "path": "/orders", "body": {"kind": "ferry"}},
     "httpResponse": {"statusCode": 201, "body": {"made": true}}}]"#;

/// What a batch asks, how often, and with which status it is answered; by the expectation's id.
const ASKED: [(&str, &str, usize, u16); 4] = [
    ("text", "GET /ships/7 HTTP/1.1\r\nhost: a\r\n\r\n", 24, 200),
    (
        "pattern",
        "GET /ships/wadden/decks?x=1 HTTP/1.1\r\nhost: a\r\n\r\n",
        12,
        200,
    ),
    (
        "body",
        "POST /orders HTTP/1.1\r\nhost: a\r\ncontent-length: 27\r\n\r\n{\"kind\":\"ferry\",\"more\":[1]}",
        12,
        201,
    ),
    ("", "GET /none HTTP/1.1\r\nhost: a\r\n\r\n", 16, 404),
];

/// Says what was done, or what was not as it should be.
///
/// Every response has the status of its request. In the end, as many requests are counted as were sent,
/// matched and unmatched; `verify` holds for the number of each expectation and not for one more; and
/// memory has not grown since the first look.
pub fn run(plan: &Plan) -> Result<Report, String> {
    let scene = Scene::start()?;
    scene.load(EXPECTATIONS)?;
    let batch = Batch::new();
    let size = batch.statuses.len() as u64;
    let batches = plan.requests.div_ceil(size);
    let (claimed, done, stop) = (AtomicU64::new(0), AtomicU64::new(0), AtomicBool::new(false));
    let start = Instant::now();
    let memory = thread::scope(|scope| {
        let clients: Vec<_> = (0..plan.clients)
            .map(|_| {
                scope.spawn(|| {
                    let result = send(&scene, &batch, batches, &claimed, &done);
                    if result.is_err() {
                        stop.store(true, Ordering::Relaxed);
                    }
                    result
                })
            })
            .collect();
        let memory = watch(plan, batches * size, &done, &stop);
        for client in clients {
            client.join().map_err(|_| "a client panicked")??;
        }
        Ok::<_, String>(memory)
    })?;
    let elapsed = start.elapsed();
    check_counts(&scene, batches)?;
    check_memory(&memory)?;
    let counters = scene.engine.journal().counters();
    Ok(Report {
        matched: counters.matched(),
        unmatched: counters.unmatched(),
        elapsed,
        memory,
    })
}

struct Batch {
    bytes: Vec<u8>,
    statuses: Vec<u16>,
}

impl Batch {
    /// Kinds of requests in turn, as long as there are any of them.
    fn new() -> Self {
        let mut left: Vec<_> = ASKED.iter().map(|(.., count, _)| *count).collect();
        let (mut bytes, mut statuses) = (Vec::new(), Vec::new());
        while left.iter().any(|count| *count > 0) {
            for ((_, request, _, status), left) in ASKED.iter().zip(&mut left) {
                if let Some(fewer) = left.checked_sub(1) {
                    *left = fewer;
                    bytes.extend_from_slice(request.as_bytes());
                    statuses.push(*status);
                }
            }
        }
        Self { bytes, statuses }
    }
}

fn send(
    scene: &Scene,
    batch: &Batch,
    batches: u64,
    claimed: &AtomicU64,
    done: &AtomicU64,
) -> Result<(), String> {
    let mut client = Client::connect(scene.address)?;
    while claimed.fetch_add(1, Ordering::Relaxed) < batches {
        client.batch(&batch.bytes, batch.statuses.len(), |number, response| {
            let expected = batch.statuses[number];
            if response.status == expected {
                return Ok(());
            }
            let (status, body) = (response.status, response.body);
            Err(format!("{status} instead of {expected}: {body}"))
        })?;
        done.fetch_add(batch.statuses.len() as u64, Ordering::Relaxed);
    }
    Ok(())
}

/// Looks at memory in the course of the requests.
fn watch(plan: &Plan, total: u64, done: &AtomicU64, stop: &AtomicBool) -> Vec<(u64, u64)> {
    let mut looks = plan.looks.iter().copied().chain([total]).peekable();
    let mut found = Vec::new();
    while let Some(look) = looks.peek() {
        if stop.load(Ordering::Relaxed) {
            break;
        }
        if done.load(Ordering::Relaxed) < *look {
            thread::sleep(Duration::from_millis(2));
            continue;
        }
        found.extend(resident_kib().map(|resident| (*look, resident)));
        looks.next();
    }
    found
}

fn check_counts(scene: &Scene, batches: u64) -> Result<(), String> {
    let counters = scene.engine.journal().counters();
    let counted = |is_match: fn(u16) -> bool| {
        let kinds = ASKED.iter().filter(|(.., status)| is_match(*status));
        kinds.map(|(.., count, _)| *count as u64 * batches).sum()
    };
    same(
        "matched",
        counted(|status| status != 404),
        counters.matched(),
    )?;
    same(
        "unmatched",
        counted(|status| status == 404),
        counters.unmatched(),
    )?;
    for (id, _, count, _) in ASKED.iter().filter(|(id, ..)| !id.is_empty()) {
        let count = *count as u64 * batches;
        for (count, expected) in [(count, 202), (count + 1, 406), (count - 1, 406)] {
            let times = format!(
                r#"{{"expectationId":{{"id":"{id}"}},"times":{{"atLeast":{count},"atMost":{count}}}}}"#
            );
            let status = scene.put("/mockserver/verify", &times)?;
            same(&format!("verify {id} {count}"), expected, u64::from(status))?;
        }
    }
    Ok(())
}

fn check_memory(memory: &[(u64, u64)]) -> Result<(), String> {
    let Some(((_, first), later)) = memory.split_first() else {
        return Ok(());
    };
    let grown = later
        .iter()
        .find(|(_, kib)| *kib * 100 > first * (100 + GROWTH));
    grown.map_or(Ok(()), |_| Err(format!("memory grows: {memory:?} KiB")))
}

fn same(what: &str, expected: u64, found: u64) -> Result<(), String> {
    if expected == found {
        return Ok(());
    }
    Err(format!("{what}: {found} instead of {expected}"))
}
