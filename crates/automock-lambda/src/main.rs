//! The program that Lambda starts.

use std::process::ExitCode;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    automock_lambda::run(|name| std::env::var(name).ok()).await
}
