//! `cargo xtask test`: prepares the machine and runs every test.

use std::cell::OnceCell;
use std::env;
use std::ffi::OsString;
use std::path::PathBuf;

use automock_testkit::Setup;
use clap::Args;

use crate::error::Error;
use crate::printer;
use crate::process::Tool;
use crate::steps::{self, OnFailure, Step};
use crate::terraform::{ModuleCopy, Terraform};
use crate::workspace::Workspace;

/// Names a Python interpreter that can run the AWS emulator already.
const PYTHON_VARIABLE: &str = "AUTOMOCK_EMULATOR_PYTHON";

/// Names a directory that has MockServer's clients already.
const CLIENTS_VARIABLE: &str = "AUTOMOCK_CLIENTS";

/// Crates whose tests need neither the AWS SDK nor the emulator. They are built in seconds and go
/// first.
const LIGHT: [&str; 2] = ["automock-model", "automock-ttl"];

/// The crate with the long simulations. It is built with optimisation and left out elsewhere.
const SIMULATOR: &str = "automock-simulator";

/// Which tests to run.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct TestArguments {
    /// Runs the unit tests only: neither terraform nor the AWS emulator is needed.
    #[arg(long)]
    pub(crate) fast: bool,
    /// Runs the remaining steps after a failed one.
    #[arg(long)]
    pub(crate) keep_going: bool,
}

/// Runs the tests, one step after the other.
pub(crate) fn run(workspace: &Workspace, arguments: TestArguments) -> Result<(), Error> {
    let on_failure = if arguments.keep_going {
        OnFailure::KeepGoing
    } else {
        OnFailure::Stop
    };
    if arguments.fast {
        return steps::run_all(vec![unit_tests(workspace)], on_failure);
    }
    let terraform = OnceCell::new();
    let python = OnceCell::new();
    let copy = OnceCell::new();
    let modules = workspace.terraform_modules()?;
    let mut steps = vec![
        find_terraform(workspace, &terraform),
        light_tests(workspace),
        simulations(workspace),
        set_up_emulator(workspace, &python),
        set_up_clients(workspace),
        cargo_tests(workspace, &terraform, &python),
        copy_modules(workspace, &copy),
    ];
    for module in &modules {
        steps.push(module_tests(module, &terraform, &copy));
    }
    steps::run_all(steps, on_failure)
}

fn unit_tests(workspace: &Workspace) -> Step<'_> {
    Step::new("cargo test (unit tests)", || {
        cargo(workspace, &["test", "--workspace", "--lib", "--bins"], &[])
    })
}

/// Tests without features: that is how the crates are when nobody asks for the SDK.
fn light_tests(workspace: &Workspace) -> Step<'_> {
    Step::new("cargo test (crates without the AWS SDK)", || {
        let packages = LIGHT.iter().flat_map(|name| ["--package", name]);
        let arguments: Vec<_> = ["test"].into_iter().chain(packages).collect();
        cargo(workspace, &arguments, &[])
    })
}

/// Tens of thousands of teardowns. They use every core themselves, and say how many there were.
fn simulations(workspace: &Workspace) -> Step<'_> {
    Step::new("cargo test (simulated teardowns)", || {
        let build = ["test", "--profile", "simulation", "--package", SIMULATOR];
        let run = ["--", "--nocapture", "--test-threads", "1"];
        cargo(workspace, &[&build[..], &run].concat(), &[])
    })
}

fn find_terraform<'a>(workspace: &'a Workspace, found: &'a OnceCell<Terraform>) -> Step<'a> {
    Step::new("terraform", || {
        let terraform = Terraform::prepare(workspace)?;
        printer::progress(format_args!("    version {}", terraform.version()));
        found.get_or_init(|| terraform);
        Ok(())
    })
}

fn set_up_emulator<'a>(workspace: &'a Workspace, python: &'a OnceCell<PathBuf>) -> Step<'a> {
    Step::new("AWS emulator", || {
        if env::var_os(PYTHON_VARIABLE).is_none() {
            // The test kit looks for it there, wherever cargo builds.
            let target = workspace.root().join("target");
            let word = match automock_testkit::setup_venv(&target)? {
                Setup::Installed => "installed",
                _ => "up to date",
            };
            printer::progress(format_args!("    Python environment {word}"));
        }
        let found = automock_testkit::find_python()?;
        python.get_or_init(|| found);
        Ok(())
    })
}

/// The engine's tests look for the clients themselves.
fn set_up_clients(workspace: &Workspace) -> Step<'_> {
    Step::new("MockServer's clients", || {
        if env::var_os(CLIENTS_VARIABLE).is_some() {
            return Ok(());
        }
        let target = workspace.root().join("target");
        let word = match automock_testkit::setup_clients(&target)? {
            Setup::Installed => "installed",
            _ => "up to date",
        };
        printer::progress(format_args!("    packages {word}"));
        Ok(())
    })
}

fn cargo_tests<'a>(
    workspace: &'a Workspace,
    terraform: &'a OnceCell<Terraform>,
    python: &'a OnceCell<PathBuf>,
) -> Step<'a> {
    Step::new("cargo test (unit, integration and documentation)", || {
        let mut variables = terraform
            .get()
            .ok_or(Error::Unprepared)?
            .environment()
            .to_vec();
        let python = python.get().ok_or(Error::Unprepared)?;
        variables.push((PYTHON_VARIABLE.into(), python.into()));
        let all = ["test", "--workspace", "--all-features"];
        let arguments = [&all[..], &["--exclude", SIMULATOR]].concat();
        cargo(workspace, &arguments, &variables)
    })
}

fn copy_modules<'a>(workspace: &'a Workspace, copied: &'a OnceCell<ModuleCopy>) -> Step<'a> {
    Step::new("copy the Terraform modules", || {
        let copy = ModuleCopy::create(workspace, workspace.scratch().join("modules"))?;
        copied.get_or_init(|| copy);
        Ok(())
    })
}

fn module_tests<'a>(
    module: &'a str,
    terraform: &'a OnceCell<Terraform>,
    copy: &'a OnceCell<ModuleCopy>,
) -> Step<'a> {
    Step::new(format!("terraform test {module}"), move || {
        let terraform = terraform.get().ok_or(Error::Unprepared)?;
        copy.get().ok_or(Error::Unprepared)?.test(terraform, module)
    })
}

fn cargo(
    workspace: &Workspace,
    arguments: &[&str],
    variables: &[(OsString, OsString)],
) -> Result<(), Error> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    Tool::new(cargo, workspace.root())
        .args(arguments)
        .envs(variables)
        .run()
}
