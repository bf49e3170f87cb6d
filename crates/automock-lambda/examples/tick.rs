//! Does one tick of a stack from anywhere, with the caller's credentials.
//!
//! `cargo run -p automock-lambda --example tick`, with the variables of the stack's function.
#![expect(clippy::print_stdout, reason = "an example shows what it did")]

use automock_lambda::{Function, Outcome, Settings};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let settings = Settings::read(|name| std::env::var(name).ok())?;
    let function = Function::connect(settings).await?;
    let run = format!("by-hand-{}", std::process::id());
    let tick = function.tick(&run, None).await?;
    println!("{}", Outcome::new(function.stack(), &tick));
    Ok(())
}
