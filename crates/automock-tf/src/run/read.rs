//! Reading what a command prints, without keeping it.

use std::fs::File;
use std::io::{self, BufReader, Read as _};
use std::path::PathBuf;
use std::process::Stdio;

use tokio::io::AsyncReadExt as _;

use super::{Invocation, failure, process};
use crate::error::{Error, Result};
use crate::workspace::Workspace;

/// Enough to keep a fast writer busy, little enough not to matter.
const BUFFER_BYTES: usize = 64 * 1024;

/// Runs a command and gives its output to `parse` as it comes.
///
/// When the returned future is dropped, the process is killed: it holds no lock.
pub(crate) async fn read<T, E>(
    workspace: &Workspace,
    invocation: &Invocation,
    parse: impl FnOnce(&mut BufReader<File>) -> Result<T, E> + Send + 'static,
) -> Result<Result<T, E>>
where
    T: Send + 'static,
    E: Send + 'static,
{
    let io_error = |source| Error::Io {
        path: PathBuf::from("the pipe from terraform"),
        source,
    };
    let mut command = process::prepare(workspace, invocation)?;
    command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    let mut child = process::spawn(workspace, command)?;
    let (Some(stdout), Some(mut stderr)) = (child.stdout.take(), child.stderr.take()) else {
        return Err(io_error(io::Error::other("the process has no pipes")));
    };
    let file = File::from(stdout.into_owned_fd().map_err(io_error)?);
    let parsing = tokio::task::spawn_blocking(move || {
        let mut reader = BufReader::with_capacity(BUFFER_BYTES, file);
        let parsed = parse(&mut reader);
        // To the end, or terraform would be ended by its next line and its exit code lost.
        io::copy(&mut reader, &mut io::sink()).map(|_| parsed)
    });
    let mut errors = Vec::new();
    let (parsed, read) = tokio::join!(parsing, stderr.read_to_end(&mut errors));
    read.map_err(io_error)?;
    let parsed = parsed
        .map_err(|panic| io_error(io::Error::other(panic)))?
        .map_err(io_error)?;
    let status = child.wait().await.map_err(io_error)?;
    if status
        .code()
        .is_some_and(|code| invocation.accepts.contains(&code))
    {
        return Ok(parsed);
    }
    let failure = failure(
        invocation.command,
        status,
        &String::from_utf8_lossy(&errors),
        Vec::new(),
    );
    Err(Error::Failed(Box::new(failure)))
}

/// Runs a command and returns its whole output, for output that is known to be small.
pub(crate) async fn read_text(workspace: &Workspace, invocation: &Invocation) -> Result<String> {
    let text = read(workspace, invocation, |reader| {
        let mut bytes = Vec::new();
        reader
            .read_to_end(&mut bytes)
            .map(|_| String::from_utf8_lossy(&bytes).into_owned())
    });
    text.await?.map_err(|source| Error::Io {
        path: PathBuf::from("the pipe from terraform"),
        source,
    })
}
