//! The world in which both functions are measured: the emulator with one stack that may stay.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use automock_model::{AccountId, Foundation, Names, Project, environment};
use automock_testkit::Emulator;
use automock_ttl::record::{NewStack, StackNames, StackRecord, StateLocation};
use jiff::Timestamp;

use crate::error::Error;
use crate::printer;
use crate::process::Tool;
use crate::workspace::Workspace;

const PROJECT: &str = "\
name = \"petstore\"
environment = \"dev\"
region = \"us-east-1\"
expectations = \"expectations.json\"
[ttl]
duration = \"4h\"
";

const ACCOUNT: &str = "123456789012";

/// AWS's runtime client for Python functions, what Lambda has under its own Python.
/// <https://pypi.org/project/awslambdaric/>
const RUNTIME_CLIENT: &str = "awslambdaric==4.2.2";
const RUNTIME_DIRECTORY: &str = "awslambdaric";
const STAMP: &str = "automock-requirement.txt";

/// The Python function.
const FUNCTION: &str = include_str!("reaper.py");

/// Puts a file as an object into a new bucket.
const SEED: &str = "\
import sys, boto3
bucket, key, path = sys.argv[1:]
s3 = boto3.client('s3')
s3.create_bucket(Bucket=bucket)
s3.put_object(Bucket=bucket, Key=key, Body=open(path, 'rb').read())
";

/// The emulator with a stack's record, and what the functions are told about it.
pub(super) struct Scene {
    variables: Vec<(OsString, OsString)>,
    python: PathBuf,
    directory: PathBuf,
    pub(super) function: String,
    pub(super) rule_arn: String,
    // Ends with the scene.
    _emulator: Emulator,
}

impl Scene {
    /// Starts the emulator, installs the Python runtime client and writes the record.
    pub(super) fn set(workspace: &Workspace) -> Result<Self, Error> {
        automock_testkit::setup_venv(&workspace.root().join("target"))?;
        let python = automock_testkit::find_python()?;
        let directory = workspace.scratch().join("bench-lambda");
        install_runtime_client(&python, &directory)?;
        let function = directory.join("reaper.py");
        fs::write(&function, FUNCTION).map_err(Error::file(&function))?;
        let emulator = Emulator::start()?;
        let project = Project::from_toml(PROJECT).map_err(|error| malformed(&error))?;
        let account: AccountId = ACCOUNT.parse().map_err(|error| malformed(&error))?;
        let foundation = Foundation::new(account.clone(), project.region.clone());
        let names = Names::new(&project);
        let mut scene = Self {
            variables: variables(&emulator, &project, &foundation, &names.reaper_rule),
            python,
            directory,
            rule_arn: format!(
                "arn:aws:events:{}:{ACCOUNT}:rule/{}",
                project.region, names.reaper_rule
            ),
            function: names.reaper_function,
            _emulator: emulator,
        };
        scene.write_record(&project, &account, &foundation)?;
        let paths = scene.directory.join(RUNTIME_DIRECTORY);
        scene.variables.push(("PYTHONPATH".into(), paths.into()));
        Ok(scene)
    }

    /// The function in Rust, as Lambda would start it.
    pub(super) fn rust(&self, program: &Path) -> Tool {
        Tool::new(program, &self.directory).envs(&self.variables)
    }

    /// The function in Python, as Lambda would start it.
    pub(super) fn python(&self) -> Tool {
        Tool::new(&self.python, &self.directory)
            .args(["-m", "awslambdaric", "reaper.handler"])
            .envs(&self.variables)
    }

    /// The versions of what the Python function runs on.
    pub(super) fn python_versions(&self) -> Result<String, Error> {
        let script = "import platform, boto3; \
            print(f'Python {platform.python_version()}, boto3 {boto3.__version__}')";
        let versions = Tool::new(&self.python, &self.directory)
            .args(["-c", script])
            .capture()?;
        Ok(format!("{}, {RUNTIME_CLIENT}", versions.trim()))
    }

    fn write_record(
        &self,
        project: &Project,
        account: &AccountId,
        foundation: &Foundation,
    ) -> Result<(), Error> {
        let stack_id = project.stack_id();
        let record = StackRecord::new(
            NewStack {
                project: project.name.clone(),
                environment: project.environment.clone(),
                region: project.region.to_string(),
                account: account.clone(),
                ttl_seconds: project.ttl.duration.seconds(),
                warning_lead_seconds: 3600,
                state: StateLocation::S3 {
                    bucket: foundation.bucket(),
                    key: Foundation::stack_state_key(&stack_id),
                    region: project.region.to_string(),
                },
                operation: None,
                automock_version: env!("CARGO_PKG_VERSION").to_owned(),
                names: StackNames::of(project, account),
                stack_id: stack_id.clone(),
            },
            Timestamp::now(),
        );
        let file = self.directory.join("record.json");
        let bytes = record.to_json().map_err(|error| malformed(&error))?;
        fs::write(&file, bytes).map_err(Error::file(&file))?;
        Tool::new(&self.python, &self.directory)
            .args(["-c", SEED, &foundation.bucket()])
            .args([Foundation::registry_key(&stack_id)])
            .args([file])
            .envs(&self.variables)
            .run_silently()
    }
}

fn variables(
    emulator: &Emulator,
    project: &Project,
    foundation: &Foundation,
    rule: &str,
) -> Vec<(OsString, OsString)> {
    let own = [
        (environment::PROJECT, project.name.to_string()),
        (environment::ENVIRONMENT, project.environment.to_string()),
        (environment::STATE_BUCKET, foundation.bucket()),
        (environment::TOPIC_ARN, foundation.topic_arn()),
        (environment::RULE, rule.to_owned()),
    ];
    let own = own.map(|(name, value)| (name.to_owned(), value));
    let mut variables = emulator.env();
    // boto3 reads the region from another variable than other clients; Lambda sets both.
    variables.push(("AWS_DEFAULT_REGION".to_owned(), project.region.to_string()));
    let all = variables.into_iter().chain(own);
    all.map(|(name, value)| (name.into(), value.into()))
        .collect()
}

/// Installs the client beside the emulator's environment, which has boto3, unless it is there.
fn install_runtime_client(python: &Path, directory: &Path) -> Result<(), Error> {
    let target = directory.join(RUNTIME_DIRECTORY);
    let stamp = target.join(STAMP);
    if fs::read_to_string(&stamp).is_ok_and(|made| made == RUNTIME_CLIENT) {
        return Ok(());
    }
    printer::progress(format_args!("==> installing {RUNTIME_CLIENT} from PyPI"));
    fs::create_dir_all(&target).map_err(Error::file(&target))?;
    Tool::new(python, directory)
        .args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
        ])
        .args(["--upgrade", "--target"])
        .args([&target])
        .args([RUNTIME_CLIENT])
        .run_silently()?;
    fs::write(&stamp, RUNTIME_CLIENT).map_err(Error::file(&stamp))
}

fn malformed(error: &dyn std::error::Error) -> Error {
    Error::Malformed {
        path: "the stack of the measurement".to_owned(),
        reason: error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_functions_have_the_same_clients() {
        let manifest = include_str!("../../../../crates/automock-ttl/Cargo.toml");
        let ours = manifest.matches("\"dep:aws-sdk-").count();
        let (_, services) = FUNCTION.split_once("SERVICES = (").unwrap();
        let (services, _) = services.split_once(')').unwrap();
        assert_eq!(services.matches(',').count(), ours);
    }
}
