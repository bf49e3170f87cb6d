//! Prints the Terraform root of a project.
//!
//! ```sh
//! cargo run -p automock-hcl --example render                  # of the template
//! cargo run -p automock-hcl --example render -- automock.toml # of a project
//! ```

use std::error::Error;
use std::io::{Write as _, stdout};
use std::{env, fs};

use automock_hcl::{RenderOptions, render};
use automock_model::Project;

fn main() -> Result<(), Box<dyn Error>> {
    let text = match env::args().nth(1) {
        Some(path) => fs::read_to_string(path)?,
        None => Project::template(&"petstore".parse()?),
    };
    let project = Project::from_toml(&text)?;
    let workspace = render(&project, &RenderOptions::default());

    let mut out = stdout().lock();
    for (path, contents) in workspace.files().filter(|(path, _)| !path.contains('/')) {
        writeln!(out, "==> {path}")?;
        out.write_all(contents)?;
        writeln!(out)?;
    }
    Ok(())
}
