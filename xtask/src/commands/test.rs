//! `cargo xtask test`: prepares the machine and runs every test.

use std::cell::{OnceCell, RefCell};
use std::env;
use std::ffi::OsString;
use std::path::PathBuf;

use automock_testkit::Setup;
use clap::Args;

use crate::binaries::{self, TestBinary};
use crate::browser;
use crate::error::Error;
use crate::lanes;
use crate::printer;
use crate::process::Tool;
use crate::steps::{self, OnFailure, Step};
use crate::terraform::{ModuleCopy, Terraform};
use crate::workspace::Workspace;

/// Names a Python interpreter that can run the AWS emulator already.
const PYTHON_VARIABLE: &str = "AUTOMOCK_EMULATOR_PYTHON";

/// Names a directory that has MockServer's clients already.
const CLIENTS_VARIABLE: &str = "AUTOMOCK_CLIENTS";

/// Crates that other tools use without the AWS SDK.
const LIGHT: [&str; 2] = ["automock-model", "automock-ttl"];

/// The crate with the long simulations. It is built with optimisation and left out elsewhere.
const SIMULATOR: &str = "automock-simulator";

/// Cargo's words for all crates but that one. Another choice of crates would build the AWS SDK anew.
const EVERYTHING_ELSE: [&str; 4] = ["--workspace", "--all-features", "--exclude", SIMULATOR];

/// What the tests find in their environment.
type Variables = RefCell<Vec<(OsString, OsString)>>;

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
    let copy = OnceCell::new();
    let binaries = RefCell::new(Vec::new());
    let variables = RefCell::new(Vec::new());
    let modules = workspace.terraform_modules()?;
    let steps = vec![
        find_terraform(workspace, &terraform, &variables),
        check_light(workspace),
        set_up_emulator(workspace, &variables),
        set_up_clients(workspace),
        set_up_image_registry(workspace),
        set_up_s3_server(workspace),
        find_browser(workspace, &variables),
        build_simulations(workspace, &binaries),
        build_tests(workspace, &binaries),
        run_tests(&variables, &binaries, on_failure),
        documentation_tests(workspace),
        copy_modules(workspace, &copy),
        module_tests(&modules, &terraform, &copy, on_failure),
    ];
    steps::run_all(steps, on_failure)
}

fn unit_tests(workspace: &Workspace) -> Step<'_> {
    Step::new("cargo test (unit tests)", || {
        cargo(workspace, &["test", "--workspace", "--lib", "--bins"], &[])
    })
}

/// Without features: that is how the crates are when nobody asks for the SDK. Their tests run with it.
fn check_light(workspace: &Workspace) -> Step<'_> {
    Step::new("cargo check (crates without the AWS SDK)", || {
        let packages = LIGHT.iter().flat_map(|name| ["--package", name]);
        let arguments: Vec<_> = ["check"].into_iter().chain(packages).collect();
        cargo(workspace, &arguments, &[])
    })
}

/// Tens of thousands of teardowns. They use every core themselves, and say how many there were.
fn build_simulations<'a>(
    workspace: &'a Workspace,
    binaries: &'a RefCell<Vec<TestBinary>>,
) -> Step<'a> {
    Step::new("build the simulated teardowns", || {
        let what = ["--profile", "simulation", "--package", SIMULATOR];
        let how = ["--nocapture", "--test-threads", "1"];
        binaries.borrow_mut().extend(build(workspace, &what, &how)?);
        Ok(())
    })
}

fn build_tests<'a>(workspace: &'a Workspace, binaries: &'a RefCell<Vec<TestBinary>>) -> Step<'a> {
    Step::new("build the tests of all crates", || {
        let built = build(workspace, &EVERYTHING_ELSE, &[])?;
        binaries.borrow_mut().extend(built);
        Ok(())
    })
}

/// Builds tests and returns the programs.
fn build(
    workspace: &Workspace,
    what: &[&str],
    arguments: &[&str],
) -> Result<Vec<TestBinary>, Error> {
    let format = "--message-format=json-render-diagnostics";
    let messages = Tool::new(cargo_program(), workspace.root())
        .args(["test", "--no-run", format])
        .args(what)
        .capture()?;
    Ok(TestBinary::all_in(&messages, arguments))
}

fn run_tests<'a>(
    variables: &'a Variables,
    built: &'a RefCell<Vec<TestBinary>>,
    on_failure: OnFailure,
) -> Step<'a> {
    Step::new("unit tests, integration tests and simulations", move || {
        let built = built.take();
        let keeps_going = on_failure == OnFailure::KeepGoing;
        binaries::run_all(built, &variables.borrow(), keeps_going)
    })
}

fn documentation_tests(workspace: &Workspace) -> Step<'_> {
    Step::new("cargo test (examples in the documentation)", || {
        let all = [&["test", "--doc"][..], &EVERYTHING_ELSE].concat();
        cargo(workspace, &all, &[])
    })
}

fn find_terraform<'a>(
    workspace: &'a Workspace,
    found: &'a OnceCell<Terraform>,
    variables: &'a Variables,
) -> Step<'a> {
    Step::new("terraform", || {
        let terraform = Terraform::prepare(workspace)?;
        printer::progress(format_args!("    version {}", terraform.version()));
        variables
            .borrow_mut()
            .extend_from_slice(terraform.environment());
        found.get_or_init(|| terraform);
        Ok(())
    })
}

fn set_up_emulator<'a>(workspace: &'a Workspace, variables: &'a Variables) -> Step<'a> {
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
        set(variables, PYTHON_VARIABLE, found);
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

/// Tests look for it themselves.
fn set_up_image_registry(workspace: &Workspace) -> Step<'_> {
    Step::new("container registry", || {
        let target = workspace.root().join("target");
        let word = match automock_testkit::setup_image_registry(&target)? {
            Setup::Installed => "unpacked",
            _ => "there",
        };
        printer::progress(format_args!("    registry {word}"));
        Ok(())
    })
}

/// Without Go the tests of the second S3 are skipped, and say so.
fn set_up_s3_server(workspace: &Workspace) -> Step<'_> {
    Step::new("second S3 server", || {
        let target = workspace.root().join("target");
        match automock_testkit::setup_s3_server(&target) {
            Ok(Setup::Installed) => printer::progress("    versitygw built"),
            Ok(_) => printer::progress("    versitygw is there"),
            Err(error) => printer::progress(format_args!(
                "    not there, so its tests are skipped: {error}"
            )),
        }
        Ok(())
    })
}

fn find_browser<'a>(workspace: &'a Workspace, variables: &'a Variables) -> Step<'a> {
    Step::new("browser", || {
        let found = browser::prepare(workspace.root())?;
        printer::progress(format_args!("    {}", found.display()));
        set(variables, browser::VARIABLE, found);
        Ok(())
    })
}

/// Tells the tests of something that has been found.
fn set(variables: &Variables, name: &str, value: PathBuf) {
    variables.borrow_mut().push((name.into(), value.into()));
}

fn copy_modules<'a>(workspace: &'a Workspace, copied: &'a OnceCell<ModuleCopy>) -> Step<'a> {
    Step::new("copy the Terraform modules", || {
        let copy = ModuleCopy::create(workspace, workspace.scratch().join("modules"))?;
        copied.get_or_init(|| copy);
        Ok(())
    })
}

fn module_tests<'a>(
    modules: &'a [String],
    terraform: &'a OnceCell<Terraform>,
    copy: &'a OnceCell<ModuleCopy>,
    on_failure: OnFailure,
) -> Step<'a> {
    Step::new("terraform test of the modules", move || {
        let terraform = terraform.get().ok_or(Error::Unprepared)?;
        let copy = copy.get().ok_or(Error::Unprepared)?;
        let test = |module: &String| match copy.test(terraform, module) {
            Ok(()) => {
                printer::progress(format_args!("    passed: {module}"));
                true
            }
            Err(error) => {
                printer::progress(format_args!("    FAILED: {module}\n{}", error.chain()));
                false
            }
        };
        lanes::run_all(modules, test, on_failure == OnFailure::KeepGoing)
    })
}

fn cargo(
    workspace: &Workspace,
    arguments: &[&str],
    variables: &[(OsString, OsString)],
) -> Result<(), Error> {
    Tool::new(cargo_program(), workspace.root())
        .args(arguments)
        .envs(variables)
        .run()
}

fn cargo_program() -> OsString {
    env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}
