//! Deploys the project in a folder, says where it answers, and removes it again.
//!
//! `cargo run -p automock-stack --example deploy_and_destroy -- examples/petstore`
#![expect(clippy::print_stdout, reason = "an example shows what it did")]

use automock_model::{Expectations, Project};
use automock_stack::{CancellationToken, DeployOptions, DestroyOptions, Events, Settings, Stack};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = std::env::args().nth(1).unwrap_or_else(|| ".".into());
    let project = Project::from_toml(&std::fs::read_to_string(format!("{folder}/automock.toml"))?)?;
    let file = format!("{folder}/{}", project.expectations);
    let expectations = Expectations::parse(&std::fs::read_to_string(file)?)?;
    let mut settings = Settings::new(folder).with_environment(std::env::vars());
    settings.reaper_package = settings.var("AUTOMOCK_REAPER_PACKAGE").map(Into::into);
    settings.engine_image = settings.var("AUTOMOCK_ENGINE_IMAGE").map(Into::into);
    let (events, cancel) = (Events::ignore(), CancellationToken::new());

    let stack = Stack::open(project, settings).await?;
    let options = DeployOptions::default();
    let deploy = stack.deploy(&expectations, options, &events, &cancel, |_| true);
    let up = deploy.await?;
    println!("{} answers until {:?}", up.url, up.expires_at);

    let destroy = stack.destroy(DestroyOptions::default(), &events, &cancel, |_| true);
    println!(
        "{} resources removed, none left",
        destroy.await?.by_terraform
    );
    Ok(())
}
