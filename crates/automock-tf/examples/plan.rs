//! Plans a directory and prints what would change, and why where something is replaced.
//!
//! ```sh
//! cargo run -p automock-tf --example plan -- path/to/configuration
//! ```
//!
//! Without a path it plans a small configuration that needs neither a provider nor an account.
#![expect(clippy::print_stdout, reason = "an example talks to a person")]

use std::error::Error;
use std::path::PathBuf;

use automock_tf::command::{InitOptions, PlanOptions};
use automock_tf::{Binary, Cancel, Environment, Events, Terraform};

const SAMPLE: &str = r#"
resource "terraform_data" "greeting" {
  input = "hello"
}

output "greeting" {
  value = terraform_data.greeting.output
}
"#;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let sample = tempfile::tempdir()?;
    std::fs::write(sample.path().join("main.tf"), SAMPLE)?;
    let directory = std::env::args_os()
        .nth(1)
        .map_or_else(|| sample.path().to_owned(), PathBuf::from);

    let terraform =
        Terraform::locate(&Binary::Any, Environment::inherit(std::env::vars_os())).await?;
    println!(
        "{} {} at {}",
        terraform.flavour,
        terraform.version,
        terraform.binary.display()
    );
    let workspace = terraform.workspace(directory);

    let (events, mut messages) = Events::channel();
    let printer = tokio::spawn(async move {
        while let Some(message) = messages.recv().await {
            println!("  {}", message.text);
        }
    });
    let cancel = Cancel::never();
    workspace
        .init(&InitOptions::default(), &events, &cancel)
        .await?;
    let plan = workspace
        .plan(
            &PlanOptions::default().out("example.tfplan"),
            &events,
            &cancel,
        )
        .await?;
    drop(events);
    printer.await?;

    println!("changes: {}", plan.has_changes);
    if plan.report.replacements().next().is_some() {
        let details = workspace.show_plan("example.tfplan").await?;
        for change in &details.resource_changes {
            for attribute in change.forcing_attributes() {
                println!(
                    "{} is replaced because of {}",
                    change.address, attribute.path
                );
            }
        }
    }
    Ok(())
}
