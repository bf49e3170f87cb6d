//! Serving what the source holds, and confirming it.

use std::error::Error;
use std::sync::Arc;

use automock_server::engine::Engine;
use automock_server::source::{
    Confirmer, Content, FollowOptions, Follower, S3Client, Source, SourceError, s3_client,
};

use crate::arguments::Arguments;
use crate::log;
use crate::machine::Machine;

/// Follows the source from now on.
///
/// What is wrong with a file at first ends the program, because whoever started it can mend it. A source on
/// the network is tried until it can be read: meanwhile the program is not ready, and gets no traffic.
pub(crate) fn follow(
    source: Source,
    engine: &Arc<Engine>,
    arguments: &Arguments,
    machine: &Machine,
) -> Result<Follower, Box<dyn Error>> {
    let is_remote = source.is_remote();
    let mut options = FollowOptions {
        poll: arguments.poll(),
        keep_trying: is_remote,
        ..FollowOptions::default()
    };
    if let Some(prefix) = &arguments.confirm {
        let task = machine.task.as_ref().map(|task| &task.id);
        let name = arguments.task_id.as_ref().or(task);
        let name = name.ok_or(
            "--confirm needs a name to confirm with: set --task-id, or run in a task of Amazon ECS",
        )?;
        let client = client()?;
        options.s3 = Some(client.clone());
        options.confirmer = Some(Confirmer::new(client, prefix.clone(), name.clone()));
    }
    let mut follower = Follower::start(source, Arc::clone(engine), options, log::tell_of_source)?;
    if !is_remote {
        follower.wait_for_first()?;
    }
    Ok(follower)
}

/// Serves without a source: no expectation, until a client creates some.
pub(crate) fn serve_none(engine: &Engine) -> Result<(), SourceError> {
    let served = Content::named("no source", b"[]".to_vec())
        .load()?
        .serve(engine)?;
    log::tell_of_load(&served);
    Ok(())
}

/// A client with what the environment says. It is used on the follower's own thread.
fn client() -> Result<S3Client, std::io::Error> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    Ok(runtime.block_on(s3_client(None)))
}
