//! A file that is rewritten again and again while it is served under full load.
//!
//! Each revision answers several paths, with its number in a header and in the body. Clients ask for all
//! of them in one pipelined batch. What must not happen:
//!
//! * a response fails: another status than 200, or the connection ends;
//! * a response is mixed: its header and its body are of different revisions;
//! * a connection goes back: a response is of an older revision than one before it there;
//! * a response is stale: it is older than what was known to be served when its batch was sent.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use automock_server::engine::Engine;
use automock_server::source::Local;

use super::client::{Client, Response, said};
use super::scene::Scene;

/// How much to do.
pub struct Plan {
    pub reloads: u64,
    pub clients: usize,
}

/// What was done.
#[derive(Debug)]
pub struct Report {
    pub answers: u64,
    pub elapsed: Duration,
}

const PATHS: [&str; 3] = ["/text", "/pattern/x7", "/json"];

/// How often each path is asked for in a batch.
const ROUNDS: usize = 8;

/// How long a revision may take until it is served.
const PATIENCE: Duration = Duration::from_secs(30);

/// Says what was done, or what was not as it should be.
pub fn run(plan: &Plan) -> Result<Report, String> {
    let scene = Scene::start()?;
    let folder = tempfile::tempdir().map_err(said("make a folder"))?;
    let path = folder.path().join("mock.json");
    std::fs::write(&path, expectations(0)).map_err(said("write"))?;
    let source = Local::named(&path).map_err(said("find"))?;
    load(&source, &scene.engine)?;
    let _watch = serve_changes(&source, &scene.engine)?;
    let (served, answers, stop) = (AtomicU64::new(0), AtomicU64::new(0), AtomicBool::new(false));
    let start = Instant::now();
    thread::scope(|scope| {
        let clients: Vec<_> = (0..plan.clients)
            .map(|_| scope.spawn(|| hammer(&scene, &served, &answers, &stop)))
            .collect();
        let rewritten = (1..=plan.reloads).try_for_each(|revision| {
            let all_run = !clients.iter().any(thread::ScopedJoinHandle::is_finished);
            if all_run {
                rewrite(&path, revision)?;
                wait_for(&scene, revision)?;
                served.store(revision, Ordering::SeqCst);
            }
            Ok::<_, String>(())
        });
        stop.store(true, Ordering::SeqCst);
        for client in clients {
            client.join().map_err(|_| "a client panicked")??;
        }
        rewritten
    })?;
    Ok(Report {
        answers: answers.into_inner(),
        elapsed: start.elapsed(),
    })
}

/// Many expectations, so that reading them takes a while, and some that are asked for.
fn expectations(revision: u64) -> String {
    let others: Vec<_> = (0..200)
        .map(|number| {
            format!(r#"{{"httpRequest":{{"path":"/other/{number}/.*"}},"httpResponse":{{}}}}"#)
        })
        .collect();
    let headers = format!(r#""headers":{{"x-revision":["{revision}"]}}"#);
    format!(
        r#"[{}, {{"httpRequest":{{"path":"/text"}},"httpResponse":{{{headers},"body":"{revision}:text"}}}},
        {{"httpRequest":{{"path":"/pattern/[a-z]\\d"}},"httpResponse":{{{headers},"body":"{revision}:pattern"}}}},
        {{"httpRequest":{{"path":"/json"}},"httpResponse":{{{headers},"body":{{"revision":{revision}}}}}}}]"#,
        others.join(",")
    )
}

/// As editors do it: half of the time another file takes the place, otherwise the file is overwritten,
/// so that it can be seen half.
fn rewrite(path: &Path, revision: u64) -> Result<(), String> {
    let text = expectations(revision);
    if revision.is_multiple_of(2) {
        return std::fs::write(path, text).map_err(said("write"));
    }
    let other = path.with_extension("new");
    std::fs::write(&other, text).map_err(said("write"))?;
    std::fs::rename(&other, path).map_err(said("rename"))
}

fn load(source: &Local, engine: &Engine) -> Result<(), String> {
    let loaded = source.read().map_err(said("read"))?;
    let done = engine.load(loaded.revision.as_str(), loaded.expectations);
    done.map_err(said("load"))
}

/// A file that is broken for a moment leaves what is served.
fn serve_changes(
    source: &Local,
    engine: &Arc<Engine>,
) -> Result<Option<automock_server::source::Watch>, String> {
    let (watched, engine) = (source.clone(), Arc::clone(engine));
    let tell = move || {
        let _ = load(&watched, &engine);
    };
    source.watch(tell).map_err(said("watch"))
}

fn wait_for(scene: &Scene, revision: u64) -> Result<(), String> {
    let start = Instant::now();
    let mut client = Client::connect(scene.address)?;
    loop {
        let mut found = 0;
        client.batch(
            b"GET /text HTTP/1.1\r\nhost: a\r\n\r\n",
            1,
            |_, response| {
                found = revision_of(response)?;
                Ok(())
            },
        )?;
        if found == revision {
            return Ok(());
        }
        if start.elapsed() > PATIENCE {
            return Err(format!("revision {revision} is not served, but {found}"));
        }
        thread::sleep(Duration::from_millis(1));
    }
}

fn hammer(
    scene: &Scene,
    served: &AtomicU64,
    answers: &AtomicU64,
    stop: &AtomicBool,
) -> Result<(), String> {
    let mut client = Client::connect(scene.address)?;
    let round = PATHS.map(|path| format!("GET {path} HTTP/1.1\r\nhost: a\r\n\r\n"));
    let batch = round.concat().repeat(ROUNDS);
    let count = PATHS.len() * ROUNDS;
    let mut latest = 0;
    while !stop.load(Ordering::SeqCst) {
        latest = latest.max(served.load(Ordering::SeqCst));
        client.batch(batch.as_bytes(), count, |_, response| {
            let revision = revision_of(response)?;
            if revision < latest {
                return Err(format!("revision {revision} after {latest}"));
            }
            latest = revision;
            Ok(())
        })?;
        answers.fetch_add(count as u64, Ordering::Relaxed);
    }
    Ok(())
}

/// The one revision that a response is of.
fn revision_of(response: &Response<'_>) -> Result<u64, String> {
    if response.status != 200 {
        return Err(format!("{}: {}", response.status, response.body));
    }
    let header = response.header("x-revision").unwrap_or_default();
    let body = response.body;
    let in_body: String = body.chars().filter(char::is_ascii_digit).collect();
    if header != in_body {
        return Err(format!("mixed: {header:?} in the header, {body:?}"));
    }
    header.parse().map_err(said("read a revision"))
}
