//! `cargo xtask deploy`: builds the reaper's package and the engine's image, then deploys with them.

use std::env;
use std::ffi::OsString;

use clap::Args;

use super::image::{self, ImageArguments};
use super::package::{self, PackageArguments};
use crate::error::Error;
use crate::process::Tool;
use crate::workspace::Workspace;

/// Options of `cargo xtask deploy`.
#[derive(Debug, Clone, Args)]
pub(crate) struct DeployArguments {
    #[command(flatten)]
    pub(crate) package: PackageArguments,
    /// Arguments of `automock deploy`.
    #[arg(last = true, value_name = "ARGUMENTS")]
    pub(crate) deploy: Vec<OsString>,
}

/// Runs `automock deploy` in the caller's directory, with the caller's AWS account.
pub(crate) fn run(workspace: &Workspace, arguments: &DeployArguments) -> Result<(), Error> {
    package::run(workspace, &arguments.package)?;
    let package = package::destination(workspace, arguments.package.out.as_deref());
    image::run(workspace, &ImageArguments::default())?;
    let image = image::destination(workspace, None);
    let directory = env::current_dir().map_err(Error::file(".".as_ref()))?;
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    Tool::for_an_account(cargo, &directory)
        .args([
            "run",
            "--quiet",
            "--package",
            "automock-cli",
            "--manifest-path",
        ])
        .args([workspace.root().join("Cargo.toml")])
        .args(["--", "deploy", "--reaper-package"])
        .args([package])
        .args(["--engine-image"])
        .args([image])
        .args(&arguments.deploy)
        .run()
}
