//! A world with a stack in it, and with things beside it that nobody may touch.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::LazyLock;
use std::time::Duration;

use automock_model::{Expectations, Foundation, Project};
use automock_stack::{
    BootstrapOptions, CancellationToken, DeployOptions, Events, Settings as StackSettings, Stack,
    bootstrap,
};
use automock_testkit::{
    Census, Emulator, ImageRegistry, LambdaFunction, Resource, Settings, Tooling,
    placeholder_engine, placeholder_reaper,
};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::aws::Aws;

pub(crate) const STACK: &str = "shop-dev";
pub(crate) const FUNCTION: &str = "automock-shop-dev-reaper";
pub(crate) const FOUNDATION: &str = "automock-123456789012-us-east-1";
const ACCOUNT: &str = "123456789012";
const INBOX: &str = "inbox";

/// A stack with everything that a stack can have in one network mode.
const PROJECT: &str = r#"name = "shop"

[tasks]
min = 2
max = 20
capacity = "mixed"

[scaling]
policy = "seed"

[ttl]
duration = "4h"
warning = "1h"

[network]
mode = "private"
zones = 2

[domain]
name = "mock.example.com"
zone = "example.com"
"#;

const EXPECTATIONS: &str =
    r#"[{"id": "hello", "httpRequest": {"path": "/hello"}, "httpResponse": {"body": "hello"}}]"#;

/// Objects of the foundation that are another stack's.
const FOREIGN_OBJECTS: [&str; 4] = [
    "registry/shop-dev2.json",
    "journals/shop-dev2/journal.json",
    "stacks/shop-dev2/terraform.tfstate",
    "stacks/shop-dev2/terraform.tfstate.tflock",
];

/// The stack is applied once; each test gets a copy of the world.
static DEPLOYED: LazyLock<(Emulator, Census)> = LazyLock::new(deploy);

/// One world with the stack.
pub(crate) struct Stage {
    pub(crate) world: Emulator,
    /// What there was before the stack was deployed.
    before: Census,
}

/// A message that everybody who has subscribed got.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mail {
    pub(crate) subject: String,
    pub(crate) text: String,
}

impl Stage {
    /// A copy of the world in which deletions take as long as given, in seconds of its clock.
    pub(crate) fn deployed(delay: f64) -> Self {
        let (deployed, before) = &*DEPLOYED;
        let world = deployed.fork().unwrap();
        let settings = Settings {
            nat_delete_seconds: Some(delay),
            drain_seconds: Some(delay),
            eni_release_seconds: Some(delay),
            ..Settings::default()
        };
        world.configure(&settings).unwrap();
        let before = before.clone();
        Self { world, before }
    }

    pub(crate) fn fork(&self) -> Self {
        Self {
            world: self.world.fork().unwrap(),
            before: self.before.clone(),
        }
    }

    pub(crate) fn aws(&self) -> Aws {
        Aws::new(&self.world)
    }

    /// What exists that did not before the deploy, but for what tells how the stack ended.
    pub(crate) fn left(&self) -> Vec<Resource> {
        let mut left = self.world.census().unwrap().diff(&self.before).added;
        let journal = object(&format!("journals/{STACK}/journal.json"));
        let receipts = object(&format!("receipts/{STACK}/"));
        left.retain(|resource| {
            let path = format!("/{}", resource.name);
            resource.service != "s3" || path != journal && !path.starts_with(&receipts)
        });
        left
    }

    /// The stack's record.
    pub(crate) fn record(&self) -> Option<Value> {
        self.aws()
            .get_json(&object(&format!("registry/{STACK}.json")))
    }

    /// Makes the stack's time end then, counted from now; negative for the past.
    pub(crate) fn expire_in(&self, time: SignedDuration) {
        let mut record = self.record().unwrap();
        record["expires_at"] = json!(Timestamp::now() + time);
        let path = object(&format!("registry/{STACK}.json"));
        self.aws().put(&path, &record.to_string());
    }

    /// Whatever was sent since the last call.
    pub(crate) fn mails(&self) -> Vec<Mail> {
        let aws = self.aws();
        let mut mails = Vec::new();
        loop {
            let ask = json!({
                "QueueUrl": format!("{}/{ACCOUNT}/{INBOX}", self.world.endpoint()),
                "MaxNumberOfMessages": 10,
                "VisibilityTimeout": 43200,
            });
            let answer = aws.json("sqs", "AmazonSQS.ReceiveMessage", &ask);
            let Some(messages) = answer["Messages"]
                .as_array()
                .filter(|list| !list.is_empty())
            else {
                return mails;
            };
            mails.extend(messages.iter().map(Mail::read));
        }
    }

    /// Starts the reaper with the environment that the deploy gave it.
    pub(crate) fn reaper(&self) -> LambdaFunction {
        self.try_reaper().expect("the function exists")
    }

    /// Starts the reaper if there still is such a function.
    pub(crate) fn try_reaper(&self) -> Option<LambdaFunction> {
        let mut command = self.try_bootstrap()?;
        self.world.prepare(&mut command);
        Some(LambdaFunction::start(FUNCTION, command).unwrap())
    }

    /// The reaper's command, with the variables of its function and none that lead to an AWS.
    pub(crate) fn bootstrap(&self) -> Command {
        self.try_bootstrap().expect("the function exists")
    }

    fn try_bootstrap(&self) -> Option<Command> {
        let function = self.aws().function(FUNCTION)?;
        let variables = &function["Configuration"]["Environment"]["Variables"];
        let variables = variables.as_object().expect("it has variables").iter();
        let mut command = program();
        command
            .env_clear()
            .envs(variables.map(|(name, value)| (name, value.as_str().unwrap())));
        Some(command)
    }

    /// Whether the rule that calls the function exists.
    pub(crate) fn has_rule(&self) -> bool {
        let left = self.left();
        left.iter()
            .any(|it| it.service == "events" && it.kind == "rule")
    }

    /// Fails unless the stack is gone without a trace, its receipt excepted, and everything else
    /// is as it was.
    #[track_caller]
    pub(crate) fn assert_gone(&self) {
        assert_eq!(self.left(), [], "something is left");
        self.assert_ended();
    }

    /// Fails unless all that belongs to the stack is gone, and everything else is as it was.
    ///
    /// In the foundation there may be a lease, and a record that says that the stack is gone: who
    /// dies after its own function can't remove them, and nobody calls it again.
    #[track_caller]
    pub(crate) fn assert_ended(&self) {
        let diff = self.world.census().unwrap().diff(&self.before);
        assert_eq!(diff.removed, [], "something foreign is gone");
        let mut left = self.left();
        let expiring = [
            object(&format!("registry/{STACK}.json")),
            object(&format!("journals/{STACK}/lease.json")),
        ];
        left.retain(|it| it.service != "s3" || !expiring.contains(&format!("/{}", it.name)));
        assert_eq!(left, [], "something is left");
        if let Some(record) = self.record() {
            assert_eq!(record["phase"], "done", "{record:#}");
            assert!(self.aws().function(FUNCTION).is_none());
        }
        let aws = self.aws();
        let receipts = aws.keys_with_history(FOUNDATION, &format!("receipts/{STACK}/"));
        assert_eq!(receipts.len(), 1, "{receipts:?}");
        for key in FOREIGN_OBJECTS {
            assert_eq!(aws.get(&object(key)).as_deref(), Some(key), "{key}");
        }
    }

    /// The receipt of the teardown.
    pub(crate) fn receipt(&self) -> Value {
        let aws = self.aws();
        let keys = aws.keys_with_history(FOUNDATION, &format!("receipts/{STACK}/"));
        let key = keys.first().expect("there is a receipt");
        aws.get_json(&object(key)).expect("the receipt is JSON")
    }
}

impl Mail {
    fn read(message: &Value) -> Self {
        let body: Value = serde_json::from_str(message["Body"].as_str().unwrap()).unwrap();
        Self {
            subject: body["Subject"].as_str().unwrap_or_default().to_owned(),
            text: body["Message"].as_str().unwrap().to_owned(),
        }
    }
}

/// Path of an object in the foundation's bucket.
pub(crate) fn object(key: &str) -> String {
    format!("/{FOUNDATION}/{key}")
}

#[expect(
    clippy::disallowed_methods,
    reason = "end-to-end tests start the binary as Lambda does"
)]
pub(crate) fn program() -> Command {
    Command::new(env!("CARGO_BIN_EXE_bootstrap"))
}

/// Foundation, decoys, and then the stack. Takes about two minutes, most of them sleeps of the AWS
/// provider.
fn deploy() -> (Emulator, Census) {
    let folder = tempfile::tempdir().unwrap();
    let world = Emulator::start().unwrap();
    world.create_hosted_zone("example.com").unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let registry = ImageRegistry::start().unwrap();
    let settings = settings(&world, &registry, folder.path());
    let project = Project::from_toml(PROJECT).unwrap();
    runtime.block_on(found(&project, &settings));
    subscribe(&Aws::new(&world), &project);
    make_decoys(&Aws::new(&world));
    let before = world.census().unwrap();
    runtime.block_on(apply(project, settings));
    // The worlds that tests see are forks of a fork, so that each is left as it was applied.
    (world, before)
}

fn settings(world: &Emulator, registry: &ImageRegistry, folder: &Path) -> StackSettings {
    Tooling::provider_cli_config(folder).unwrap();
    let package = folder.join("reaper.zip");
    fs::write(&package, placeholder_reaper()).unwrap();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let text = |value: &OsStr| value.to_string_lossy().into_owned();
    let mut variables = world.env();
    variables.extend([
        ("PATH".to_owned(), text(&path)),
        ("HOME".to_owned(), text(folder.as_os_str())),
        ("USER".to_owned(), "ana".to_owned()),
        ("AUTOMOCK_IMAGE_REGISTRY".to_owned(), registry.url()),
        (
            "TF_CLI_CONFIG_FILE".to_owned(),
            text(folder.join("terraform.rc").as_os_str()),
        ),
    ]);
    let mut settings = StackSettings::new(folder).with_environment(variables);
    settings.terraform = Some(Tooling::terraform().unwrap());
    settings.reaper_package = Some(package);
    let image = folder.join("engine");
    fs::create_dir(&image).unwrap();
    placeholder_engine(&image).unwrap();
    settings.engine_image = Some(image);
    settings
}

async fn found(project: &Project, settings: &StackSettings) {
    let options = BootstrapOptions {
        mail: BTreeSet::from(["team@example.com".to_owned()]),
        ..BootstrapOptions::default()
    };
    let (events, cancel) = (Events::ignore(), CancellationToken::new());
    bootstrap(
        &project.region,
        settings,
        &options,
        &events,
        &cancel,
        |_| true,
    )
    .await
    .unwrap();
}

async fn apply(project: Project, settings: StackSettings) {
    let (events, cancel) = (Events::ignore(), CancellationToken::new());
    let expectations = Expectations::parse(EXPECTATIONS).unwrap();
    let stack = Stack::open(project, settings).await.unwrap();
    let options = DeployOptions::default();
    let deploy = stack.deploy(&expectations, options, &events, &cancel, |_| true);
    deploy.await.unwrap();
}

/// A queue that gets what people get by mail.
fn subscribe(aws: &Aws, project: &Project) {
    let queue = json!({"QueueName": INBOX});
    aws.json("sqs", "AmazonSQS.CreateQueue", &queue);
    let account = ACCOUNT.parse().unwrap();
    let topic = Foundation::new(account, project.region.clone()).topic_arn();
    let region = &project.region;
    aws.query(
        "sns",
        &format!(
            "Action=Subscribe&Version=2010-03-31&TopicArn={topic}&Protocol=sqs&Endpoint=arn:aws:sqs:{region}:{ACCOUNT}:{INBOX}"
        ),
    );
}

/// What lies beside the stack, looks like a part of it, and is not.
fn make_decoys(aws: &Aws) {
    for _ in 0..2 {
        let form = "Action=AllocateAddress&Domain=vpc&Version=2016-11-15";
        aws.query("ec2", form);
    }
    let group = json!({"logGroupName": format!("/automock/{STACK}/audit")});
    aws.json("logs", "Logs_20140328.CreateLogGroup", &group);
    aws.query(
        "monitoring",
        "Action=PutMetricAlarm&Version=2010-08-01&AlarmName=automock-shop-dev-noise&MetricName=m&Namespace=n&Statistic=Sum&Period=60&EvaluationPeriods=1&Threshold=1&ComparisonOperator=GreaterThanThreshold",
    );
    aws.query(
        "iam",
        "Action=CreateRole&Version=2010-05-08&RoleName=automock-shop-dev-audit&Path=/automock/shop/&AssumeRolePolicyDocument=%7B%7D",
    );
    for key in FOREIGN_OBJECTS {
        aws.put(&object(key), key);
    }
}

/// Long enough for a whole teardown, as Lambda gives it.
pub(crate) const LAMBDA_LIMIT: Duration = Duration::from_mins(15);
