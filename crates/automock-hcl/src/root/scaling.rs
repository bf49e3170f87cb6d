//! The scaling argument of the ECS module.

use automock_model::{Scaling, ScalingPolicy, Step, StepScaling, TargetTracking};
use hcl::expr::Expression;

use crate::expr::{attributes, list, object, text};

/// The object that the ECS module takes as `scaling`.
pub(crate) fn scaling(scaling: &Scaling) -> Expression {
    let kind = match &scaling.policy {
        ScalingPolicy::Steps(_) => "steps",
        ScalingPolicy::TargetTracking(_) => "target-tracking",
    };
    let mut entries = vec![
        ("kind", text(kind)),
        (
            "scale_out_cooldown_seconds",
            scaling.scale_out_cooldown_seconds.into(),
        ),
        (
            "scale_in_cooldown_seconds",
            scaling.scale_in_cooldown_seconds.into(),
        ),
    ];
    match &scaling.policy {
        ScalingPolicy::Steps(steps) => entries.extend(step_entries(steps)),
        ScalingPolicy::TargetTracking(targets) => entries.push(("targets", target_object(targets))),
    }
    attributes(entries)
}

fn step_entries(scaling: &StepScaling) -> [(&'static str, Expression); 4] {
    let scale_in = object([
        ("below_percent", scaling.scale_in.below_percent.into()),
        ("remove_percent", scaling.scale_in.remove_percent.into()),
        ("for_seconds", scaling.scale_in.for_seconds.into()),
    ]);
    [
        ("cpu_steps", step_list(&scaling.cpu)),
        ("memory_steps", step_list(&scaling.memory)),
        ("request_steps", step_list(&scaling.requests_per_minute)),
        ("scale_in", scale_in),
    ]
}

fn step_list(steps: &[Step]) -> Expression {
    list(steps.iter().map(|step| {
        object([
            ("above", step.above.into()),
            ("add_percent", step.add_percent.into()),
        ])
    }))
}

fn target_object(targets: &TargetTracking) -> Expression {
    let entries = [
        ("cpu_percent", targets.cpu_percent),
        ("memory_percent", targets.memory_percent),
        ("requests_per_minute", targets.requests_per_minute),
    ];
    attributes(
        entries
            .into_iter()
            .filter_map(|(name, value)| Some((name, value?.into()))),
    )
}
