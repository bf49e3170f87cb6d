//! A huge plan takes little memory.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;

use serde_json::json;

use crate::helpers::helper;

const PLAN_BYTES: usize = 100 * 1024 * 1024;

/// The bound on what reading the plan may add to the process's peak.
const MAX_GROWTH_KIB: u64 = 32 * 1024;

/// Writes a plan as a large stack has it: a third of the bytes in the changes, the rest in what
/// terraform prints along (planned values, prior state).
fn write_plan(path: &Path) -> usize {
    let filler = "x".repeat(2_000);
    let mut out = BufWriter::new(File::create(path).unwrap());
    let mut written = 0;
    let mut put = |text: &str| {
        out.write_all(text.as_bytes()).unwrap();
        written += text.len();
        written
    };
    put(
        r#"{"format_version":"1.2","terraform_version":"1.11.4","planned_values":{"root_module":{"resources":[0"#,
    );
    let value = json!({"address": "aws_thing.a", "values": {"body": filler, "tags": {"a": "b"}}});
    while put(&format!(",{value}")) < PLAN_BYTES / 3 {}
    put(r#"]}},"prior_state":{"values":{"root_module":{"resources":[0"#);
    while put(&format!(",{value}")) < PLAN_BYTES * 2 / 3 {}
    put(
        r#"]}}},"resource_changes":[{"address":"a.first","mode":"managed","type":"a","name":"first","change":{"actions":["delete"]}}"#,
    );
    let mut index = 0;
    loop {
        let actions = if index % 2 == 0 {
            json!(["no-op"])
        } else {
            json!(["update"])
        };
        let after = format!("{filler}{}", index % 2);
        let change = json!({
            "address": format!("aws_thing.many[{index}]"), "mode": "managed", "type": "aws_thing", "name": "many", "index": index,
            "provider_name": "registry.terraform.io/hashicorp/aws",
            "change": {"actions": actions, "before": {"body": format!("{filler}0")}, "after": {"body": after},
                "after_unknown": {}, "before_sensitive": {}, "after_sensitive": {}},
        });
        index += 1;
        if put(&format!(",{change}")) >= PLAN_BYTES {
            break;
        }
    }
    put(r#"],"configuration":{"root_module":{}}}"#);
    index
}

#[tokio::test]
async fn a_plan_of_100_mib_is_read_in_bounded_memory() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("plan.json");
    let resources = write_plan(&path);
    let size = path.metadata().unwrap().len();
    assert!(size >= PLAN_BYTES as u64);

    let output = helper("read_plan", &path).output().await.unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{text}");
    let answer: serde_json::Value = serde_json::from_str(text.trim()).unwrap();
    let summary = &answer["summary"];
    assert_eq!(summary["delete"], 1);
    assert_eq!(
        summary["update"].as_u64().unwrap() + summary["unchanged"].as_u64().unwrap(),
        resources as u64
    );

    let (before, after) = (
        answer["before"].as_u64().unwrap(),
        answer["after"].as_u64().unwrap(),
    );
    println!(
        "plan: {size} bytes, {resources} resources; peak before {before} KiB, after {after} KiB"
    );
    assert!(
        after - before < MAX_GROWTH_KIB,
        "reading took {} KiB",
        after - before
    );
}
