//! Walks a stack through its life in virtual time: what is due when, and in which order its
//! resources would go.
//!
//! Run it with `cargo run -p automock-ttl --example life_of_a_stack`.

#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use std::error::Error;

use automock_ttl::deadline::{Decision, after, decide};
use automock_ttl::kind::waves;
use automock_ttl::record::{NewStack, Phase, StackNames, StackRecord, StateLocation};
use jiff::Timestamp;

const MINUTE: u64 = 60;

fn main() -> Result<(), Box<dyn Error>> {
    let start: Timestamp = "2026-01-02T12:00:00Z".parse()?;
    let mut stack = stack(start)?;
    for minutes in [0, 30, 45, 50, 60] {
        let now = after(start, minutes * MINUTE);
        let decision = decide(&stack, now);
        println!("after {minutes:>2} minutes, {}: {decision:?}", stack.phase);
        match decision {
            Decision::Warn { .. } => stack.mark_warned(now),
            Decision::Expire { .. } => stack.step(Phase::TearingDown, now)?,
            _ if minutes == 0 => stack.finish(Phase::Active, now)?,
            _ => {}
        }
    }
    for (number, wave) in waves().iter().enumerate() {
        let kinds: Vec<_> = wave.iter().map(ToString::to_string).collect();
        println!("wave {number}: {}", kinds.join(", "));
    }
    Ok(())
}

/// A stack that lives an hour and warns a quarter of an hour before its end.
fn stack(now: Timestamp) -> Result<StackRecord, Box<dyn Error>> {
    let prefix = "automock-petstore-dev".to_owned();
    let names = StackNames {
        iam_path: "/automock/petstore-dev/".to_owned(),
        execution_role: format!("{prefix}-us-east-1-execution"),
        task_role: format!("{prefix}-us-east-1-task"),
        log_group_prefix: "/automock/petstore-dev/".to_owned(),
        config_bucket: format!("{prefix}-us-east-1-123456789012"),
        load_balancer: prefix.clone(),
        target_group: format!("{prefix}-mock"),
        cluster: prefix.clone(),
        service: prefix.clone(),
        task_family: prefix.clone(),
        dashboard: prefix.clone(),
        reaper_function: format!("{prefix}-reaper"),
        reaper_rule: format!("{prefix}-reaper"),
        domain: None,
        prefix,
    };
    let stack = NewStack {
        stack_id: "petstore-dev".parse()?,
        project: "petstore".parse()?,
        environment: "dev".parse()?,
        region: "us-east-1".to_owned(),
        account: "123456789012".parse()?,
        ttl_seconds: Some(60 * MINUTE),
        warning_lead_seconds: 15 * MINUTE,
        state: StateLocation::Local {
            path: "terraform.tfstate".into(),
        },
        operation: None,
        automock_version: env!("CARGO_PKG_VERSION").to_owned(),
        names,
    };
    Ok(StackRecord::new(stack, now))
}
