//! Checks a project file: prints its problems, or what its stack is called.
//!
//! ```text
//! cargo run -p automock-model --example check -- automock.toml
//! ```
//!
//! Without an argument it shows the file of a new project.

use std::error::Error;
use std::process::ExitCode;
use std::{env, fs};

use automock_model::{Names, Project};

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let Some(path) = env::args().nth(1) else {
        show(&Project::template(&"petstore".parse()?));
        return Ok(ExitCode::SUCCESS);
    };
    match Project::from_toml(&fs::read_to_string(&path)?) {
        Ok(project) => {
            let names = Names::new(&project);
            show(&format!(
                "{}: {} to {} tasks {} behind the load balancer {}\n",
                names.stack_id,
                project.tasks.min,
                project.tasks.max,
                project.tasks.size,
                names.load_balancer,
            ));
            Ok(ExitCode::SUCCESS)
        }
        Err(problems) => {
            show(&format!("{problems}\n"));
            Ok(ExitCode::FAILURE)
        }
    }
}

#[expect(clippy::print_stdout, reason = "an example talks to its reader")]
fn show(text: &str) {
    print!("{text}");
}
