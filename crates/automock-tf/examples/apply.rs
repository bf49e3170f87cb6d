//! Applies a directory without asking, and stops politely at Ctrl-C.
//!
//! ```sh
//! cargo run -p automock-tf --example apply -- path/to/configuration [path/to/terraform]
//! ```
//!
//! Kill it with `SIGKILL` half-way: terraform goes on, stores its state and releases its lock.
#![expect(clippy::print_stdout, reason = "an example talks to a person")]

use std::error::Error;
use std::path::PathBuf;

use automock_tf::command::{ApplyOptions, InitOptions};
use automock_tf::{Binary, Cancel, Environment, Event, Events, Terraform};
use tokio_util::sync::CancellationToken;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args_os().skip(1).map(PathBuf::from);
    let directory = arguments.next().ok_or("usage: apply DIRECTORY [BINARY]")?;
    let binary = arguments.next().map_or(Binary::Any, Binary::At);
    let terraform = Terraform::locate(&binary, Environment::inherit(std::env::vars_os())).await?;
    let workspace = terraform.workspace(directory);

    let token = CancellationToken::new();
    let stop = token.clone();
    tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            stop.cancel();
        }
    });
    let (events, mut messages) = Events::channel();
    let printer = tokio::spawn(async move {
        while let Some(message) = messages.recv().await {
            match message.event {
                Event::Started(started) => {
                    println!("started {} as process {}", started.command, started.pid);
                }
                _ => println!("{}", message.text),
            }
        }
    });

    let cancel = Cancel::on(token);
    workspace
        .init(&InitOptions::default(), &events, &cancel)
        .await?;
    let applied = workspace
        .apply(&ApplyOptions::unseen(), &events, &cancel)
        .await;
    drop(events);
    printer.await?;
    let applied = applied?;
    println!("log: {}", applied.log.display());
    Ok(())
}
