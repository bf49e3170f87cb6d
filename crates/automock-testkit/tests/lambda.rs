//! The local Runtime API with a small function in Python, and the gate in front of a world.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

use std::process::Command;
use std::thread;
use std::time::Duration;

use automock_testkit::{Ending, Gate, LambdaFunction, Moment, find_python, fresh_world};
use serde_json::{Value, json};

/// Does what its events say.
const FUNCTION: &str = r#"
import json, os, sys, time, urllib.request
ROOT = "http://" + os.environ["AWS_LAMBDA_RUNTIME_API"] + "/2018-06-01/runtime/"

def post(path, value):
    urllib.request.urlopen(urllib.request.Request(ROOT + path, json.dumps(value).encode()))

if os.environ.get("BROKEN"):
    post("init/error", {"errorType": "NoSense", "errorMessage": "none at all"})
    sys.exit(1)
while True:
    with urllib.request.urlopen(ROOT + "invocation/next") as call:
        event, head = json.load(call), call.headers
    path = "invocation/" + head["Lambda-Runtime-Aws-Request-Id"]
    left = int(head["Lambda-Runtime-Deadline-Ms"]) / 1000 - time.time()
    print("called", flush=True)
    if event == "die":
        sys.exit(3)
    elif event == "sleep":
        time.sleep(60)
    elif event == "fail":
        post(path + "/error", {"errorType": "Sad", "errorMessage": "so sad"})
    else:
        post(path + "/response", {"event": event, "left": left, "id": path,
                                  "name": os.environ["AWS_LAMBDA_FUNCTION_NAME"]})
"#;

const SOON: Duration = Duration::from_secs(20);

fn start(variables: &[(&str, &str)]) -> LambdaFunction {
    let mut command = python();
    command.args(["-c", FUNCTION]).envs(variables.to_vec());
    LambdaFunction::start("small", command).unwrap()
}

#[expect(
    clippy::disallowed_methods,
    reason = "the function under test is a process"
)]
fn python() -> Command {
    Command::new(find_python().unwrap())
}

#[test]
fn a_function_gets_events_and_answers() {
    let mut function = start(&[]);
    assert!(function.begins(SOON), "{}", function.log());
    for number in 1..=3 {
        let answer = function.invoke(&json!({"number": number}), SOON).response();
        assert_eq!(answer["event"]["number"], number);
        assert_eq!(answer["name"], "small");
        let left = answer["left"].as_f64().unwrap();
        assert!(left > 1.0 && left <= SOON.as_secs_f64(), "{left}");
    }
    let answer = function.invoke_as("again", &Value::Null, SOON).response();
    assert_eq!(answer["id"], "invocation/again");
    let error = function.invoke(&json!("fail"), SOON).error();
    assert_eq!(
        (error.error_type.as_str(), error.error_message.as_str()),
        ("Sad", "so sad")
    );
    assert_eq!(function.log().matches("called").count(), 5);
}

#[test]
fn a_function_that_dies_or_dawdles_has_no_reply() {
    let mut function = start(&[]);
    let ending = function.invoke(&json!("die"), SOON);
    let Ending::Died(status) = ending else {
        panic!("{ending:?}");
    };
    assert_eq!(status.code(), Some(3));

    let mut function = start(&[]);
    assert!(function.begins(SOON));
    let ending = function.invoke(&json!("sleep"), Duration::from_millis(300));
    assert_eq!(ending, Ending::TimedOut);
    assert!(function.exit(SOON).is_ok(), "it outlives its time");
}

#[test]
fn a_function_that_cannot_begin_says_why() {
    let mut function = start(&[("BROKEN", "1")]);
    assert!(!function.begins(SOON));
    assert_eq!(function.exit(SOON).unwrap().code(), Some(1));
    assert_eq!(function.init_error().unwrap().error_type, "NoSense");
}

#[test]
fn it_can_be_killed_while_it_works() {
    let mut function = start(&[]);
    assert!(function.begins(SOON));
    let process = function.process();
    let ending = thread::scope(|scope| {
        scope.spawn(|| process.kill());
        function.invoke(&json!("sleep"), SOON)
    });
    assert!(matches!(ending, Ending::Died(_)), "{ending:?}");
}

#[test]
fn a_gate_shuts_before_or_after_a_request() {
    for (moment, buckets) in [(Moment::Before, 1), (Moment::After, 2)] {
        let world = fresh_world();
        let gate = Gate::open(&world).unwrap();
        let mut command = python();
        gate.prepare(&mut command);
        let endpoint = command
            .get_envs()
            .find(|(name, _)| *name == "AWS_ENDPOINT_URL")
            .and_then(|(_, value)| value?.to_str().map(str::to_owned))
            .unwrap();
        gate.shut_at(2, moment);
        let made: Vec<bool> = ["first", "second", "third"]
            .map(|name| make_bucket(&endpoint, name))
            .to_vec();
        assert_eq!(made, [true, false, false]);
        assert!(gate.is_shut(SOON));
        assert_eq!(gate.calls(), ["s3 PUT /first", "s3 PUT /second"]);
        assert_eq!(world.census().unwrap().count("s3", "bucket"), buckets);
    }
}

#[test]
fn an_open_gate_is_not_shut() {
    let gate = Gate::open(&fresh_world()).unwrap();
    assert!(!gate.is_shut(Duration::from_millis(10)));
    assert_eq!(gate.calls(), [""; 0]);
}

/// Whether an answer came.
fn make_bucket(endpoint: &str, name: &str) -> bool {
    let scope = "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0";
    let request = ureq::put(format!("{endpoint}/{name}")).header("Authorization", scope);
    request.send_empty().is_ok()
}
