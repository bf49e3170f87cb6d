//! Deploys the project in a folder, says where it answers, and removes it again.
//!
//! `cargo run -p automock-stack --example deploy_and_destroy -- examples/petstore`

use automock_model::{Expectations, Project};
use automock_stack::{
    CancellationToken, DeployOptions, DestroyOptions, Event, Events, Settings, Stack,
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = std::env::args().nth(1).unwrap_or_else(|| ".".into());
    let project = Project::from_toml(&std::fs::read_to_string(format!("{folder}/automock.toml"))?)?;
    let file = format!("{folder}/{}", project.expectations);
    let expectations = Expectations::parse(&std::fs::read_to_string(file)?)?;
    let mut settings = Settings::new(folder).with_environment(std::env::vars());
    settings.reaper_package = settings.var("AUTOMOCK_REAPER_PACKAGE").map(Into::into);
    let cancel = CancellationToken::new();
    let events = Events::new(|event| {
        if let Event::Step { what } = event {
            eprintln!("{what}");
        }
    });

    let stack = Stack::open(project, settings).await?;
    let up = stack
        .deploy(
            &expectations,
            DeployOptions::default(),
            &events,
            &cancel,
            |_| true,
        )
        .await?;
    println!("{} answers until {:?}", up.url, up.expires_at);

    let gone = stack
        .destroy(DestroyOptions::default(), &events, &cancel, |_| true)
        .await?;
    println!("{} resources removed, none left", gone.by_terraform);
    Ok(())
}
