//! A stack's life under the real terraform.

use crate::common::{configure, environment, eventually, scene, terraform, wait_for};
use automock_tf::command::{
    ApplyOptions, BackendMode, ImportOptions, InitOptions, Lock, PlanMode, PlanOptions,
};
use automock_tf::event::Reason;
use automock_tf::plan::Actions;
use automock_tf::{Address, Cancel, Cause, Environment, Error, Event, Events, LockId};

const STACK: &str = r#"
variable "word" {
  default = "one"
}

variable "secret" {
  default   = "hush-hush"
  sensitive = true
}

resource "terraform_data" "word" {
  input            = { word = var.word, secret = var.secret }
  triggers_replace = [var.word]
}

output "word" {
  value = var.word
}

output "secret" {
  value     = var.secret
  sensitive = true
}
"#;

#[tokio::test]
async fn from_nothing_to_nothing() {
    let scene = scene(STACK).await;
    let workspace = &scene.workspace;
    let (events, cancel) = (Events::none(), Cancel::never());
    assert!(workspace.validate().await.unwrap().valid);
    assert_eq!(workspace.state().await.unwrap(), None);
    assert!(workspace.outputs().await.unwrap().is_empty());
    assert!(workspace.state_list().await.unwrap().is_empty());

    let create = PlanOptions::default().out("create.tfplan");
    let plan = workspace.plan(&create, &events, &cancel).await.unwrap();
    assert!(plan.has_changes && !plan.report.destroys());
    let shown = workspace.show_plan("create.tfplan").await.unwrap();
    assert_eq!(shown.summary().create, 1);
    assert!(
        !format!("{shown:?}").contains("hush"),
        "a secret got into the plan"
    );

    let applied = workspace
        .apply(&ApplyOptions::plan("create.tfplan"), &events, &cancel)
        .await
        .unwrap();
    assert_eq!(applied.summary.unwrap().add, 1);
    assert_eq!(applied.outputs["word"].value.as_ref().unwrap(), "one");
    let outputs = workspace.outputs().await.unwrap();
    assert_eq!(outputs["word"].as_str(), Some("one"));
    assert_eq!(
        (
            outputs["secret"].value(),
            outputs["secret"].expose().as_str()
        ),
        (None, Some("hush-hush"))
    );
    let state = workspace.state().await.unwrap().unwrap();
    assert_eq!(state.resources[0].address, "terraform_data.word");
    assert!(state.resources[0].id.is_some());
    assert!(
        !format!("{state:?}").contains("hush"),
        "a secret got into the state"
    );
    assert_eq!(
        workspace.state_list().await.unwrap(),
        [Address::from("terraform_data.word")]
    );

    let again = workspace
        .plan(&PlanOptions::default(), &events, &cancel)
        .await
        .unwrap();
    assert!(!again.has_changes && again.report.changes.is_empty());

    let destroy = PlanOptions::default()
        .mode(PlanMode::Destroy)
        .out("destroy.tfplan");
    let plan = workspace.plan(&destroy, &events, &cancel).await.unwrap();
    assert_eq!(plan.report.deletions().count(), 1);
    workspace
        .apply(&ApplyOptions::plan("destroy.tfplan"), &events, &cancel)
        .await
        .unwrap();
    assert!(scene.addresses().await.is_empty());
}

#[tokio::test]
async fn a_replacement_is_explained_by_the_plan_file() {
    let scene = scene(STACK).await;
    scene.apply().await;
    let workspace = scene.workspace.clone().variable("word", "two");
    let options = PlanOptions::default().out("p");
    let plan = workspace
        .plan(&options, &Events::none(), &Cancel::never())
        .await
        .unwrap();
    assert_eq!(plan.report.replacements().count(), 1);

    let shown = workspace.show_plan("p").await.unwrap();
    let change = shown.change("terraform_data.word").unwrap();
    assert_eq!(
        change.actions,
        Actions::Replace {
            create_before_destroy: false
        }
    );
    assert_eq!(change.action_reason, Some(Reason::CannotUpdate));
    let forcing: Vec<_> = change
        .forcing_attributes()
        .map(|attribute| attribute.path.to_string())
        .collect();
    assert_eq!(forcing, ["triggers_replace[0]"]);
    assert_eq!(shown.output_changes["word"].after.as_ref().unwrap(), "two");
    assert!(
        !format!("{shown:?}").contains("hush"),
        "a secret got into the plan"
    );
}

#[tokio::test]
async fn the_shell_of_a_person_does_not_steer_terraform() {
    let directory = tempfile::tempdir().unwrap();
    configure(directory.path(), STACK);
    let shell = std::env::vars_os().chain(
        [
            ("TF_VAR_word", "shell"),
            ("TF_CLI_ARGS_plan", "-nonsense"),
            ("TF_WORKSPACE", "other"),
            ("TF_DATA_DIR", "/nowhere"),
        ]
        .map(|(name, value)| (name.into(), value.into())),
    );
    let environment = Environment::inherit(shell).set("TF_CLI_CONFIG_FILE", "/dev/null");
    let workspace = terraform(environment).await.workspace(directory.path());
    let (events, cancel) = (Events::none(), Cancel::never());
    workspace
        .init(&InitOptions::default(), &events, &cancel)
        .await
        .unwrap();
    workspace
        .plan(&PlanOptions::default().out("p"), &events, &cancel)
        .await
        .unwrap();
    let word = |plan: automock_tf::plan::Plan| plan.output_changes["word"].after.clone().unwrap();
    assert_eq!(word(workspace.show_plan("p").await.unwrap()), "one");

    let told = workspace.variable("word", "told");
    told.plan(&PlanOptions::default().out("p"), &events, &cancel)
        .await
        .unwrap();
    assert_eq!(word(told.show_plan("p").await.unwrap()), "told");
}

#[tokio::test]
async fn messages_come_while_terraform_runs() {
    let slow = "resource \"terraform_data\" \"slow\" {\n  provisioner \"local-exec\" {\n    command = \"while [ ! -e go ]; do sleep 0.05; done\"\n  }\n}\n";
    let scene = scene(slow).await;
    let (events, mut messages) = Events::channel();
    let (options, cancel) = (ApplyOptions::unseen(), Cancel::never());
    let apply = scene.workspace.apply(&options, &events, &cancel);
    let watch = async {
        let started = wait_for(&mut messages, |m| matches!(m.event, Event::Started(_))).await;
        wait_for(&mut messages, |m| matches!(m.event, Event::ApplyStart(_))).await;
        // Terraform waits for this file: the message above came before the end of the run.
        std::fs::write(scene.directory.path().join("go"), "").unwrap();
        started
    };
    let (outcome, started) = tokio::join!(apply, watch);
    let Event::Started(started) = started.event else {
        unreachable!("the message was chosen by its event")
    };
    assert_eq!(started.log, outcome.unwrap().log);
    assert!(
        std::fs::read_to_string(started.log)
            .unwrap()
            .contains("apply_complete")
    );
}

#[tokio::test]
async fn a_failed_apply_carries_terraforms_words_and_keeps_what_was_made() {
    let failing = "resource \"terraform_data\" \"fine\" {\n}\n\nresource \"terraform_data\" \"bad\" {\n  depends_on = [terraform_data.fine]\n  \
        provisioner \"local-exec\" {\n    command = \"exit 3\"\n  }\n}\n";
    let scene = scene(failing).await;
    let error = scene
        .workspace
        .apply(&ApplyOptions::unseen(), &Events::none(), &Cancel::never())
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "terraform apply failed: local-exec provisioner error"
    );
    let Error::Failed(failure) = &error else {
        panic!("{error:?}")
    };
    assert_eq!(
        (failure.exit_code, failure.signal, &failure.cause),
        (Some(1), None, &Cause::Other)
    );
    assert_eq!(failure.errored_state, None);
    let diagnostic = &error.diagnostics()[0];
    assert_eq!(diagnostic.address.as_ref().unwrap(), &"terraform_data.bad");
    assert!(diagnostic.snippet.is_some());
    let state = scene.workspace.state().await.unwrap().unwrap();
    let tainted: Vec<_> = state
        .resources
        .iter()
        .map(|r| (r.address.as_str(), r.tainted))
        .collect();
    assert_eq!(
        tainted,
        [("terraform_data.bad", true), ("terraform_data.fine", false)]
    );
}

#[tokio::test]
async fn a_locked_state_tells_who_holds_it() {
    let slow = "resource \"terraform_data\" \"slow\" {\n  provisioner \"local-exec\" {\n    command = \"while [ ! -e go ]; do sleep 0.05; done\"\n  }\n}\n";
    let scene = scene(slow).await;
    let (events, mut messages) = Events::channel();
    let (options, never) = (ApplyOptions::unseen(), Cancel::never());
    let holder = scene.workspace.apply(&options, &events, &never);
    let other = async {
        wait_for(&mut messages, |m| {
            matches!(m.event, Event::ProvisionStart(_))
        })
        .await;
        let none = Events::none();
        let refused = scene
            .workspace
            .plan(&PlanOptions::default(), &none, &never)
            .await;
        let unlocked = PlanOptions {
            lock: Lock::Ignore,
            ..PlanOptions::default()
        };
        let ignored = scene.workspace.plan(&unlocked, &none, &never).await;
        std::fs::write(scene.directory.path().join("go"), "").unwrap();
        (refused, ignored)
    };
    let (applied, (refused, ignored)) = tokio::join!(holder, other);
    applied.unwrap();
    ignored.unwrap();
    let refused = refused.unwrap_err();
    let Some(Cause::StateLocked { lock: Some(lock) }) = refused.cause() else {
        panic!("{refused:?}")
    };
    assert_eq!(lock.operation, "OperationTypeApply");
    assert!(lock.who.contains('@') && !lock.id.as_str().is_empty());
}

#[tokio::test]
async fn a_dropped_run_goes_on_by_itself() {
    let slow = "resource \"terraform_data\" \"slow\" {\n  provisioner \"local-exec\" {\n    command = \"sleep 1; touch done\"\n  }\n}\n";
    let scene = scene(slow).await;
    let (events, mut messages) = Events::channel();
    let (options, never) = (ApplyOptions::unseen(), Cancel::never());
    tokio::select! {
        _ = scene.workspace.apply(&options, &events, &never) => panic!("the apply was meant to be dropped"),
        _ = wait_for(&mut messages, |m| matches!(m.event, Event::ProvisionStart(_))) => {}
    }
    eventually("the end of the apply", || {
        scene.directory.path().join("done").exists() && !scene.lock_file().exists()
    })
    .await;
    assert_eq!(scene.addresses().await, ["terraform_data.slow"]);
}

#[tokio::test]
async fn state_can_be_taken_forgotten_and_moved_elsewhere() {
    let scene =
        scene("resource \"terraform_data\" \"a\" {\n}\n\nresource \"terraform_data\" \"b\" {\n}\n")
            .await;
    let (events, cancel) = (Events::none(), Cancel::never());
    scene.apply().await;
    let workspace = &scene.workspace;
    workspace
        .state_rm(&[Address::from("terraform_data.a")], Lock::Take)
        .await
        .unwrap();
    assert_eq!(scene.addresses().await, ["terraform_data.b"]);
    let error = workspace
        .state_rm(&[Address::from("terraform_data.a")], Lock::Take)
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "terraform state rm failed: Invalid target address"
    );
    workspace
        .import(
            &ImportOptions::new("terraform_data.a", "some-id"),
            &events,
            &cancel,
        )
        .await
        .unwrap();
    let state = workspace.state().await.unwrap().unwrap();
    assert_eq!(state.resources[0].id.as_deref(), Some("some-id"));

    scene.configure("terraform {\n  backend \"local\" {\n    path = \"elsewhere.tfstate\"\n  }\n}\n\nresource \"terraform_data\" \"a\" {\n}\n");
    let error = workspace
        .plan(&PlanOptions::default(), &events, &cancel)
        .await
        .unwrap_err();
    assert_eq!(error.cause(), Some(&Cause::InitRequired));
    let migrate = InitOptions::default().backend_mode(BackendMode::Migrate);
    workspace.init(&migrate, &events, &cancel).await.unwrap();
    assert_eq!(
        scene.addresses().await,
        ["terraform_data.a", "terraform_data.b"]
    );
    assert!(scene.directory.path().join("elsewhere.tfstate").exists());
}

#[tokio::test]
async fn backend_settings_reach_the_backend() {
    let scene = scene("").await;
    scene.configure(
        "terraform {\n  backend \"local\" {}\n}\n\nresource \"terraform_data\" \"a\" {\n}\n",
    );
    let options = InitOptions::default()
        .backend_setting("path", "given.tfstate")
        .backend_mode(BackendMode::Reconfigure);
    scene
        .workspace
        .init(&options, &Events::none(), &Cancel::never())
        .await
        .unwrap();
    scene.apply().await;
    assert!(scene.directory.path().join("given.tfstate").exists());
}

#[tokio::test]
async fn an_invalid_configuration_is_a_result_of_validate_and_an_error_of_plan() {
    let scene = scene("").await;
    scene.configure("resource \"terraform_data\" \"odd\" {\n  inputt = 1\n}\n");
    let validation = scene.workspace.validate().await.unwrap();
    assert!(!validation.valid);
    assert_eq!(
        validation.diagnostics[0].range.as_ref().unwrap().start.line,
        2
    );
    let error = scene
        .workspace
        .plan(&PlanOptions::default(), &Events::none(), &Cancel::never())
        .await
        .unwrap_err();
    assert_eq!(error.diagnostics()[0].summary, "Unsupported argument");
}

#[tokio::test]
async fn a_plan_file_that_is_none_is_terraforms_error() {
    let scene = scene(STACK).await;
    let error = scene
        .workspace
        .show_plan("missing.tfplan")
        .await
        .unwrap_err();
    assert!(
        matches!(&error, Error::Failed(failure) if !failure.diagnostics.is_empty()),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_lock_that_cannot_be_removed_is_an_error() {
    let scene = scene(STACK).await;
    let error = scene
        .workspace
        .force_unlock(&LockId::new("00000000-0000-4000-8000-000000000001"))
        .await
        .unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("terraform force-unlock failed: "),
        "{error}"
    );
}

#[tokio::test]
async fn a_missing_directory_is_named() {
    let workspace = terraform(environment())
        .await
        .workspace("/no/such/directory");
    let error = workspace.validate().await.unwrap_err();
    assert_eq!(error.to_string(), "/no/such/directory is not a directory");
}
