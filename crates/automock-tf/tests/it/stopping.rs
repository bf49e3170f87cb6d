//! Stopping a run, politely and otherwise, and what is left behind.

use std::path::PathBuf;
use std::time::Duration;

use crate::common::{eventually, in_time, is_alive, scene, wait_for};
use crate::helpers::helper;
use automock_tf::command::{ApplyOptions, PlanOptions};
use automock_tf::{
    Binary, Cancel, Cause, Environment, Error, Event, Events, Interruption, Result, Terraform,
    Workspace,
};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio_util::sync::CancellationToken;

const SLOW: &str = r#"
resource "terraform_data" "first" {
}

resource "terraform_data" "slow" {
  depends_on = [terraform_data.first]
  provisioner "local-exec" {
    command = "echo ready; sleep 2; echo still here"
  }
}

resource "terraform_data" "last" {
  depends_on = [terraform_data.slow]
}
"#;

/// A stand-in for terraform that behaves badly on purpose; see `tests/fakes/terraform`.
async fn fake(situation: &str) -> (TempDir, Workspace) {
    let directory = tempfile::tempdir().unwrap();
    let binary =
        Binary::At(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fakes/terraform"));
    let environment = Environment::inherit(std::env::vars_os()).set("FAKE", situation);
    let workspace = Terraform::locate(&binary, environment)
        .await
        .unwrap()
        .workspace(directory.path());
    (directory, workspace)
}

#[track_caller]
fn interruption<T: std::fmt::Debug>(result: Result<T>) -> Interruption {
    match result {
        Err(Error::Interrupted(interruption)) => *interruption,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn an_interrupted_apply_saves_its_state_and_releases_its_lock() {
    // Terraform kills the shell that it started; `exec` leaves nothing beside that shell.
    let endless = SLOW.replace("sleep 2; echo still here", "exec sleep 300");
    let scene = scene(&endless).await;
    let (events, mut messages) = Events::channel();
    let token = CancellationToken::new();
    let (options, cancel) = (ApplyOptions::unseen(), Cancel::on(token.clone()));
    let apply = scene.workspace.apply(&options, &events, &cancel);
    let stop = async {
        wait_for(&mut messages, |m| {
            matches!(m.event, Event::ProvisionProgress(_))
        })
        .await;
        token.cancel();
        wait_for(&mut messages, |m| {
            matches!(m.event, Event::Interrupting { grace_seconds: 300 })
        })
        .await;
    };
    let (applied, ()) = in_time(async { tokio::join!(apply, stop) }).await;
    let interruption = interruption(applied);
    assert!(
        interruption.graceful && !interruption.lock_may_remain,
        "{interruption:?}"
    );
    assert_eq!(interruption.to_string(), "terraform apply was interrupted");
    assert!(!scene.lock_file().exists());
    assert_eq!(
        scene.addresses().await,
        ["terraform_data.first", "terraform_data.slow"]
    );
    scene
        .workspace
        .plan(&PlanOptions::default(), &Events::none(), &Cancel::never())
        .await
        .unwrap();
}

#[tokio::test]
async fn a_run_that_is_done_before_it_can_stop_is_a_success() {
    let scene = scene("resource \"terraform_data\" \"a\" {\n}\n").await;
    let (events, mut messages) = Events::channel();
    let token = CancellationToken::new();
    let (options, cancel) = (ApplyOptions::unseen(), Cancel::on(token.clone()));
    let apply = scene.workspace.apply(&options, &events, &cancel);
    let stop = async {
        wait_for(&mut messages, |m| matches!(m.event, Event::Outputs(_))).await;
        token.cancel();
    };
    let (applied, ()) = in_time(async { tokio::join!(apply, stop) }).await;
    assert_eq!(applied.unwrap().summary.unwrap().add, 1);
}

#[tokio::test]
async fn a_run_that_is_cancelled_beforehand_does_not_start() {
    let (_directory, workspace) = fake("stubborn").await;
    let token = CancellationToken::new();
    token.cancel();
    let result = workspace
        .apply(&ApplyOptions::unseen(), &Events::none(), &Cancel::on(token))
        .await;
    let interruption = interruption(result);
    assert!(interruption.graceful && !interruption.lock_may_remain && interruption.log.is_none());
}

#[tokio::test]
async fn a_stubborn_terraform_is_killed_after_the_grace_period_with_all_its_children() {
    let (_directory, workspace) = fake("stubborn").await;
    let (events, mut messages) = Events::channel();
    let token = CancellationToken::new();
    let cancel = Cancel::on(token.clone()).with_grace(Duration::from_millis(300));
    let options = ApplyOptions::unseen();
    let apply = workspace.apply(&options, &events, &cancel);
    let stop = async {
        let message = wait_for(&mut messages, |m| m.text.starts_with("child ")).await;
        token.cancel();
        wait_for(&mut messages, |m| m.event == Event::Killing).await;
        message.text["child ".len()..].parse::<u32>().unwrap()
    };
    let (applied, child) = in_time(async { tokio::join!(apply, stop) }).await;
    let interruption = interruption(applied);
    assert!(!interruption.graceful && interruption.lock_may_remain);
    assert_eq!(
        interruption.to_string(),
        "terraform apply was interrupted and had to be killed"
    );
    eventually("the end of the child", || !is_alive(child)).await;
}

#[tokio::test]
async fn an_insisting_caller_does_not_wait_for_the_grace_period() {
    let (_directory, workspace) = fake("stubborn").await;
    let (events, mut messages) = Events::channel();
    let (first, second) = (CancellationToken::new(), CancellationToken::new());
    let cancel = Cancel::on(first.clone()).or_kill_on(second.clone());
    let options = ApplyOptions::unseen();
    let apply = workspace.apply(&options, &events, &cancel);
    let stop = async {
        wait_for(&mut messages, |m| m.text.starts_with("child ")).await;
        first.cancel();
        wait_for(&mut messages, |m| {
            matches!(m.event, Event::Interrupting { .. })
        })
        .await;
        second.cancel();
    };
    let (applied, ()) = in_time(async { tokio::join!(apply, stop) }).await;
    assert!(!interruption(applied).graceful);
}

#[tokio::test]
async fn a_lock_that_was_not_released_is_told_even_after_a_polite_stop() {
    let (_directory, workspace) = fake("stuck-lock").await;
    let (events, mut messages) = Events::channel();
    let token = CancellationToken::new();
    let (options, cancel) = (ApplyOptions::unseen(), Cancel::on(token.clone()));
    let apply = workspace.apply(&options, &events, &cancel);
    let stop = async {
        wait_for(&mut messages, |m| m.text == "ready").await;
        token.cancel();
    };
    let (applied, ()) = in_time(async { tokio::join!(apply, stop) }).await;
    let interruption = interruption(applied);
    assert!(interruption.graceful && interruption.lock_may_remain);
}

#[tokio::test]
async fn a_crash_shows_what_terraform_wrote_last() {
    let (_directory, workspace) = fake("crash").await;
    let (events, mut messages) = Events::channel();
    let error = workspace
        .apply(&ApplyOptions::unseen(), &events, &Cancel::never())
        .await
        .unwrap_err();
    let Error::Failed(failure) = error else {
        panic!("{error:?}")
    };
    assert_eq!(failure.exit_code, Some(11));
    assert!(failure.stderr.contains("index out of range"));
    assert!(failure.to_string().contains("panic: runtime error"));
    let cut = wait_for(&mut messages, |m| m.event == Event::Plain).await;
    assert_eq!(cut.text, r#"{"@level":"info","@mess"#);
}

#[tokio::test]
async fn a_terraform_that_somebody_else_killed_is_a_failure_with_its_signal() {
    let (_directory, workspace) = fake("killed").await;
    let error = workspace
        .apply(&ApplyOptions::unseen(), &Events::none(), &Cancel::never())
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "terraform apply failed: it was ended by signal 9"
    );
}

#[tokio::test]
async fn a_state_that_could_not_be_saved_is_pointed_out_once() {
    let (directory, workspace) = fake("unsaved").await;
    let run = async || match workspace
        .apply(&ApplyOptions::unseen(), &Events::none(), &Cancel::never())
        .await
    {
        Err(Error::Failed(failure)) => *failure,
        other => panic!("{other:?}"),
    };
    let failure = run().await;
    assert_eq!(failure.cause, Cause::StateNotSaved);
    assert_eq!(
        failure.errored_state,
        Some(directory.path().join("errored.tfstate"))
    );

    let (_, workspace) = fake("crash").await;
    std::fs::create_dir_all(workspace.directory()).unwrap();
    std::fs::write(workspace.directory().join("errored.tfstate"), "{}").unwrap();
    let error = workspace
        .apply(&ApplyOptions::unseen(), &Events::none(), &Cancel::never())
        .await
        .unwrap_err();
    let left_alone = matches!(&error, Error::Failed(failure) if failure.errored_state.is_none());
    std::fs::remove_dir_all(workspace.directory()).unwrap();
    assert!(left_alone, "an old file is not of this run");
}

#[tokio::test]
async fn an_answer_that_is_not_understood_is_an_error_of_its_own() {
    let (_directory, workspace) = fake("garbage").await;
    let error = workspace.outputs().await.unwrap_err();
    assert_eq!(error.to_string(), "can't read what terraform output wrote");
    assert!(matches!(
        workspace.show_plan("p").await.unwrap_err(),
        Error::Format {
            command: "show",
            ..
        }
    ));
    assert!(matches!(
        workspace.state().await.unwrap_err(),
        Error::Format {
            command: "state pull",
            ..
        }
    ));
}

#[tokio::test]
async fn terraform_finishes_when_its_deployer_is_killed() {
    let scene = scene(SLOW).await;
    let mut deployer = helper("apply", scene.directory.path()).spawn().unwrap();
    let mut lines = BufReader::new(deployer.stderr.take().unwrap()).lines();
    let mut terraform = None;
    while let Some(line) = lines.next_line().await.unwrap() {
        if let Some(pid) = line.strip_prefix("process ") {
            terraform = Some(pid.parse::<u32>().unwrap());
        }
        if line.ends_with("(local-exec): ready") {
            break;
        }
    }
    let terraform = terraform.expect("the deployer tells the process id");
    deployer.kill().await.unwrap();
    drop(lines);
    assert!(is_alive(terraform), "terraform died with its deployer");
    assert!(scene.lock_file().exists());

    eventually("the end of terraform", || !is_alive(terraform)).await;
    assert!(!scene.lock_file().exists(), "the lock remains");
    let expected = [
        "terraform_data.first",
        "terraform_data.last",
        "terraform_data.slow",
    ];
    assert_eq!(scene.addresses().await, expected);
    let state = scene.workspace.state().await.unwrap().unwrap();
    assert!(state.resources.iter().all(|resource| !resource.tainted));
    let plan = scene
        .workspace
        .plan(&PlanOptions::default(), &Events::none(), &Cancel::never())
        .await
        .unwrap();
    assert!(!plan.has_changes);
}
