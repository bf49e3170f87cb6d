//! `cargo xtask image`: the engine's container image.

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;

use crate::error::Error;
use crate::image::{Image, Layer};
use crate::printer;
use crate::program::{Build, Linker, Recipe, Target};
use crate::workspace::Workspace;

/// Options of `cargo xtask image`.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct ImageArguments {
    /// Where to write the OCI image layout [default: image/automock-server in the target directory].
    #[arg(long, value_name = "DIRECTORY")]
    pub(crate) out: Option<PathBuf>,
    /// The image's tag [default: the version of the workspace].
    #[arg(long)]
    pub(crate) tag: Option<String>,
    /// Prints the result as JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Builds the program and writes the image. No container engine is needed.
pub(crate) fn run(workspace: &Workspace, arguments: &ImageArguments) -> Result<(), Error> {
    let directory = destination(workspace, arguments.out.as_deref());
    let tag = arguments
        .tag
        .as_deref()
        .unwrap_or(env!("CARGO_PKG_VERSION"));
    printer::progress("==> building the engine (a first build takes some minutes)");
    let build = Build::prepare(
        Recipe::ENGINE,
        Target::X86_64,
        Linker::Host,
        workspace.root(),
        &workspace.artifacts("engine"),
        &workspace.scratch(),
    )?;
    let program = build.run()?;
    let layer = Layer::pack(&program).map_err(Error::file(&directory))?;
    let image = Image::new(layer, tag)?;
    image.write(&directory)?;
    show(&directory, tag, &image, program.len(), arguments.json);
    Ok(())
}

/// Where the image is written.
pub(crate) fn destination(workspace: &Workspace, out: Option<&Path>) -> PathBuf {
    match out {
        // Relative to where the person is, not to the workspace.
        Some(path) => std::path::absolute(path).unwrap_or_else(|_| path.to_owned()),
        None => workspace.artifacts("image").join("automock-server"),
    }
}

fn show(directory: &Path, tag: &str, image: &Image, program: usize, is_json: bool) {
    if is_json {
        printer::result(json!({
            "path": directory,
            "tag": tag,
            "digest": image.digest(),
            "size_bytes": image.size(),
            "program_size_bytes": program,
        }));
        return;
    }
    printer::result(directory.display());
    printer::result(format_args!("  digest   {}", image.digest()));
    printer::result(format_args!(
        "  size     {} bytes to transfer; the program has {program}",
        image.size()
    ));
    printer::result(format_args!(
        "  deploy   automock deploy --engine-image {}",
        directory.display()
    ));
    printer::result(format_args!(
        "  push     skopeo copy oci:{}:{tag} docker://<registry>/<repository>:{tag}",
        directory.display()
    ));
}
