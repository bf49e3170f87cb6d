//! What is recorded.

use automock_tf::command::{
    ApplyOptions, BackendMode, DestroyOptions, InitOptions, Lock, PlanMode, PlanOptions,
};
use automock_tf::{Address, Cancel, Event, Events, Message};
use tokio::sync::mpsc::UnboundedReceiver;
use tokio_util::sync::CancellationToken;

use crate::{Outcome, Recorder};

const CREATE: &str = r#"
variable "word" {
  default = "one"
}

variable "secret" {
  default   = "hush-hush"
  sensitive = true
}

resource "terraform_data" "plain" {
  input = var.word
}

resource "terraform_data" "keyed" {
  for_each         = toset(["x", "y"])
  input            = { secret = var.secret, word = terraform_data.plain.output }
  triggers_replace = [var.word]
}

resource "terraform_data" "counted" {
  count = 2
  provisioner "local-exec" {
    command = "echo made"
  }
}

output "word" {
  value = terraform_data.plain.output
}

output "secret" {
  value     = var.secret
  sensitive = true
}

check "word" {
  assert {
    condition     = var.word == "one"
    error_message = "The word is no longer one."
  }
}
"#;

const SLOW: &str = r#"
resource "terraform_data" "first" {
}

resource "terraform_data" "slow" {
  depends_on = [terraform_data.first]
  provisioner "local-exec" {
    command = "sleep 12"
  }
}

resource "terraform_data" "never" {
  depends_on = [terraform_data.slow]
}
"#;

const FAILING: &str = r#"
resource "terraform_data" "fine" {
}

resource "terraform_data" "failing" {
  provisioner "local-exec" {
    command = "echo no luck >&2; exit 3"
  }
}
"#;

const MOVED: &str = r#"
resource "terraform_data" "new" {
}

moved {
  from = terraform_data.old
  to   = terraform_data.new
}
"#;

const FORGET: &str = r#"
removed {
  from = terraform_data.old
  lifecycle {
    destroy = false
  }
}

import {
  to = terraform_data.taken
  id = "11111111-1111-1111-1111-111111111111"
}

resource "terraform_data" "taken" {
}
"#;

pub(crate) async fn all(recorder: &Recorder) -> Outcome {
    life(recorder).await?;
    addresses(recorder).await?;
    apply_failures(recorder).await?;
    locked(recorder).await?;
    interrupted(recorder).await?;
    init_failures(recorder).await?;
    configuration_failures(recorder).await
}

/// Create, no change, update and replace, destroy.
async fn life(recorder: &Recorder) -> Outcome {
    let (events, cancel) = (Events::none(), Cancel::never());
    let scene = recorder.scene(CREATE)?;
    let init = scene
        .workspace
        .init(&InitOptions::default(), &events, &cancel)
        .await?;
    scene.keep("init", &init.log)?;
    let options = PlanOptions::default().out("p");
    let plan = scene.workspace.plan(&options, &events, &cancel).await?;
    scene.keep("plan_create", &plan.log)?;
    let apply = scene
        .workspace
        .apply(&ApplyOptions::plan("p"), &events, &cancel)
        .await?;
    scene.keep("apply_create", &apply.log)?;
    let plan = scene
        .workspace
        .plan(&PlanOptions::default(), &events, &cancel)
        .await?;
    scene.keep("plan_no_changes", &plan.log)?;

    let changed = CREATE
        .replacen("\"one\"", "\"two\"", 1)
        .replace("count = 2", "count = 1");
    scene.configure(&changed)?;
    let plan = scene.workspace.plan(&options, &events, &cancel).await?;
    scene.keep("plan_change", &plan.log)?;
    let apply = scene
        .workspace
        .apply(&ApplyOptions::plan("p"), &events, &cancel)
        .await?;
    scene.keep("apply_change", &apply.log)?;
    let stale = scene
        .workspace
        .apply(&ApplyOptions::plan("p"), &events, &cancel)
        .await;
    scene.keep_failed("apply_stale", stale)?;
    let unknown = [Address::from("terraform_data.nobody")];
    scene.keep_words(
        "state_rm_unknown",
        scene.workspace.state_rm(&unknown, Lock::Take).await,
    )?;

    let plan = scene
        .workspace
        .plan(
            &PlanOptions::default().mode(PlanMode::Destroy),
            &events,
            &cancel,
        )
        .await?;
    scene.keep("plan_destroy", &plan.log)?;
    let destroy = scene
        .workspace
        .destroy(&DestroyOptions::default(), &events, &cancel)
        .await?;
    scene.keep("destroy", &destroy.log)
}

/// Moves, imports and forgotten resources.
async fn addresses(recorder: &Recorder) -> Outcome {
    let (events, cancel) = (Events::none(), Cancel::never());
    let scene = recorder
        .ready("resource \"terraform_data\" \"old\" {\n}\n")
        .await?;
    scene
        .workspace
        .apply(&ApplyOptions::unseen(), &events, &cancel)
        .await?;
    scene.configure(FORGET)?;
    let plan = scene
        .workspace
        .plan(&PlanOptions::default(), &events, &cancel)
        .await?;
    scene.keep("plan_forget_and_import", &plan.log)?;
    scene.configure(MOVED)?;
    let plan = scene
        .workspace
        .plan(&PlanOptions::default(), &events, &cancel)
        .await?;
    scene.keep("plan_moved", &plan.log)?;
    let options = PlanOptions::default().mode(PlanMode::RefreshOnly);
    let plan = scene.workspace.plan(&options, &events, &cancel).await?;
    scene.keep("plan_drift", &plan.log)
}

async fn apply_failures(recorder: &Recorder) -> Outcome {
    let (events, cancel) = (Events::none(), Cancel::never());
    let scene = recorder.ready(FAILING).await?;
    let failed = scene
        .workspace
        .apply(&ApplyOptions::unseen(), &events, &cancel)
        .await;
    scene.keep_failed("apply_failed", failed)
}

/// An apply of twelve seconds, while others find the state locked.
async fn locked(recorder: &Recorder) -> Outcome {
    let (none, never) = (Events::none(), Cancel::never());
    let scene = recorder.ready(SLOW).await?;
    let (events, mut messages) = Events::channel();
    let options = ApplyOptions::unseen();
    let apply = scene.workspace.apply(&options, &events, &never);
    let others = async {
        until_provisioning(&mut messages).await;
        let plan = scene
            .workspace
            .plan(&PlanOptions::default(), &none, &never)
            .await;
        scene.keep_failed("plan_locked", plan)?;
        let addresses = [Address::from("terraform_data.first")];
        let removed = scene.workspace.state_rm(&addresses, Lock::Take).await;
        scene.keep_words("state_rm_locked", removed)
    };
    let (applied, kept) = tokio::join!(apply, others);
    kept?;
    scene.keep("apply_slow", &applied?.log)
}

async fn interrupted(recorder: &Recorder) -> Outcome {
    let scene = recorder.ready(SLOW).await?;
    let (events, mut messages) = Events::channel();
    let token = CancellationToken::new();
    let (options, cancel) = (ApplyOptions::unseen(), Cancel::on(token.clone()));
    let apply = scene.workspace.apply(&options, &events, &cancel);
    let stop = async {
        until_provisioning(&mut messages).await;
        token.cancel();
    };
    let (applied, ()) = tokio::join!(apply, stop);
    scene.keep_failed("apply_interrupted", applied)
}

async fn until_provisioning(messages: &mut UnboundedReceiver<Message>) {
    while let Some(message) = messages.recv().await {
        if matches!(message.event, Event::ProvisionProgress(_)) {
            return;
        }
    }
}

async fn init_failures(recorder: &Recorder) -> Outcome {
    let (events, cancel) = (Events::none(), Cancel::never());
    let options = InitOptions::default();
    let scene = recorder.scene("resource \"terraform_data\" {\n")?;
    scene.keep_failed(
        "init_syntax",
        scene.workspace.init(&options, &events, &cancel).await,
    )?;

    let scene = recorder.scene("terraform {\n  required_version = \">= 99\"\n}\n")?;
    scene.keep_failed(
        "init_unsupported_version",
        scene.workspace.init(&options, &events, &cancel).await,
    )?;

    let missing = "terraform {\n  required_providers {\n    aws = {\n      source = \"hashicorp/aws\"\n    }\n  }\n}\n";
    let scene = recorder.scene(missing)?;
    scene.keep_failed(
        "init_provider_missing",
        scene.workspace.init(&options, &events, &cancel).await,
    )?;

    let s3 = "terraform {\n  backend \"s3\" {}\n}\n";
    let scene = recorder.scene(s3)?;
    scene.keep_failed(
        "plan_not_initialised",
        scene
            .workspace
            .plan(&PlanOptions::default(), &events, &cancel)
            .await,
    )?;
    let backend = options
        .clone()
        .backend_setting("bucket", "automock-none")
        .backend_setting("key", "k");
    let mars = backend.clone().backend_setting("region", "mars-east-1");
    scene.keep_failed(
        "init_invalid_region",
        scene.workspace.init(&mars, &events, &cancel).await,
    )?;
    let blind = [
        "AWS_PROFILE",
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
    ]
    .into_iter()
    .fold(scene.workspace.clone(), |workspace, name| {
        workspace.env(name, "")
    })
    .env("AWS_EC2_METADATA_DISABLED", "true")
    .env("AWS_CONFIG_FILE", "none")
    .env("AWS_SHARED_CREDENTIALS_FILE", "none");
    let backend = backend.backend_setting("region", "us-east-1");
    scene.keep_failed(
        "init_no_credentials",
        blind.init(&backend, &events, &cancel).await,
    )?;
    let migrating = backend.backend_mode(BackendMode::Migrate);
    scene.keep_words(
        "init_no_credentials",
        blind.init(&migrating, &events, &cancel).await,
    )
}

async fn configuration_failures(recorder: &Recorder) -> Outcome {
    let (events, cancel) = (Events::none(), Cancel::never());
    let scene = recorder.ready("").await?;
    scene.configure("resource \"terraform_data\" \"odd\" {\n  inputt = var.nobody\n}\n")?;
    scene.keep_failed(
        "plan_invalid",
        scene
            .workspace
            .plan(&PlanOptions::default(), &events, &cancel)
            .await,
    )
}
