//! The process and Lambda: environments that can't work, events of any shape, errors, logs.

use std::time::Duration;

use automock_testkit::{LambdaFunction, fresh_world};
use serde_json::{Value, json};

use crate::stage::program;

const SOON: Duration = Duration::from_secs(20);

const VARIABLES: [(&str, &str); 5] = [
    ("AUTOMOCK_PROJECT", "shop"),
    ("AUTOMOCK_ENVIRONMENT", "dev"),
    ("AUTOMOCK_STATE_BUCKET", "automock-123456789012-us-east-1"),
    (
        "AUTOMOCK_TOPIC_ARN",
        "arn:aws:sns:us-east-1:123456789012:automock",
    ),
    ("AWS_REGION", "us-east-1"),
];

/// A function with a complete environment but for one variable.
fn start_without(missing: &str, endpoint: &str) -> LambdaFunction {
    let mut command = program();
    command
        .env_clear()
        .envs(VARIABLES)
        .env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
        .env("AWS_SECRET_ACCESS_KEY", "the-secret")
        .env("AWS_ENDPOINT_URL", endpoint)
        .env_remove(missing);
    LambdaFunction::start("automock-shop-dev-reaper", command).unwrap()
}

fn lines(function: &LambdaFunction) -> Vec<Value> {
    let log = function.log();
    let parse = |line: &str| {
        serde_json::from_str(line).unwrap_or_else(|error| panic!("{error} in {line:?} of\n{log}"))
    };
    log.lines().map(parse).collect()
}

#[test]
fn an_incomplete_environment_is_an_init_error_with_its_type() {
    for (missing, _) in VARIABLES {
        let mut function = start_without(missing, "http://127.0.0.1:1");
        assert!(!function.begins(SOON), "{missing}: {}", function.log());
        let error = function.init_error().expect("an init error");
        match missing {
            "AWS_REGION" => assert_eq!(error.error_type, "NoRegion"),
            _ => assert_eq!(error.error_type, "MissingVariable"),
        }
        assert!(error.error_message.contains(missing), "{error:?}");
        assert_eq!(function.exit(SOON).unwrap().code(), Some(1));
        assert_eq!(
            lines(&function).last().unwrap()["error"],
            error.error_message
        );
    }
}

#[test]
fn nobody_starts_it_by_hand() {
    let output = program().env_clear().output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let words = String::from_utf8(output.stdout).unwrap();
    assert!(
        words.contains("this program is started by AWS Lambda"),
        "{words}"
    );
}

#[test]
fn events_of_any_shape_are_ticks() {
    let world = fresh_world();
    let bucket = crate::stage::FOUNDATION;
    crate::aws::Aws::new(&world).s3("PUT", &format!("/{bucket}"), "");
    let mut function = start_without("", &world.endpoint());
    for event in [
        json!({}),
        Value::Null,
        json!([1, 2]),
        json!("by hand"),
        json!({"source": "aws.events", "id": "12345678", "detail-type": "Scheduled Event"}),
    ] {
        let result = function.invoke(&event, SOON).response();
        assert_eq!(
            result,
            json!({"stack": "shop-dev", "outcome": "nothing-to-do"})
        );
    }
    let log = function.log();
    let last = lines(&function);
    assert!(log.contains(r#""source":"aws.events""#), "{log}");
    assert!(last.iter().all(|line| line["stack"] == "shop-dev"), "{log}");
    assert!(last.iter().all(|line| line["run"].is_string()), "{log}");
}

#[test]
fn a_tick_that_fails_is_an_error_with_its_type_and_no_secret() {
    // Nobody has made the foundation's bucket.
    let world = fresh_world();
    let mut function = start_without("", &world.endpoint());
    for _ in 0..2 {
        let error = function.invoke(&json!({}), SOON).error();
        assert_eq!(error.error_type, "Registry", "{error:?}");
        assert!(error.error_message.contains("shop-dev"), "{error:?}");
    }
    let log = function.log();
    assert!(
        lines(&function).iter().any(|line| line["level"] == "ERROR"),
        "{log}"
    );
    assert!(!log.contains("the-secret"), "{log}");
}
