//! The table `[scaling]`.

use super::reader::{Fault, Reader};
use super::spec::{DurationRule, Field, Kind, Literal, Table};
use super::writer::Writer;
use crate::duration::format_seconds;
use crate::scaling::{Preset, ScaleIn, Scaling, ScalingPolicy, Step, StepScaling, TargetTracking};

/// Step adjustments of one policy:
/// <https://docs.aws.amazon.com/autoscaling/application/userguide/application-auto-scaling-quotas.html>.
const MAX_STEPS: usize = 20;
/// One target never sees more requests per minute than this; larger thresholds are slips.
const MAX_REQUESTS: u32 = 10_000_000;

const COOLDOWN: DurationRule = DurationRule {
    min_seconds: 0,
    max_seconds: 3600,
    whole_minutes: false,
    none: false,
};

pub(super) static SPEC: Table = Table {
    doc: "When tasks are added and removed.",
    fields: &[
        Field::default(
            "policy",
            Kind::Choice(&["seed", "steps", "target-tracking"]),
            Literal::Text("seed"),
            "seed (CPU or memory above 70, 80, 90 % add 50, 100, 200 % of the tasks, 500 and 1000 \
             requests per minute and task add 50 and 100 %, five minutes of CPU below 40 % remove \
             25 %), steps (your own) or target-tracking.",
        ),
        Field::optional(
            "cpu",
            Kind::Tables {
                table: &PERCENT_STEP,
                max: MAX_STEPS,
            },
            "[{ above = 70, add_percent = 50 }, { above = 90, add_percent = 200 }]",
            "With policy = \"steps\": steps on the average CPU utilization in percent.",
        ),
        Field::optional(
            "memory",
            Kind::Tables {
                table: &PERCENT_STEP,
                max: MAX_STEPS,
            },
            "[{ above = 80, add_percent = 100 }]",
            "With policy = \"steps\": steps on the average memory utilization in percent.",
        ),
        Field::optional(
            "requests_per_minute",
            Kind::TablesOrInteger {
                table: &REQUEST_STEP,
                max_tables: MAX_STEPS,
                min: 1,
                max: MAX_REQUESTS,
            },
            "[{ above = 500, add_percent = 50 }]",
            "Requests per minute and task. With policy = \"steps\": steps; with policy = \
             \"target-tracking\": the number to hold.",
        ),
        Field::optional(
            "scale_in",
            Kind::Table(&SCALE_IN),
            "{ below = 40, remove_percent = 25, for = \"5m\" }",
            "With policy = \"steps\": when tasks are removed.",
        ),
        Field::optional(
            "cpu_percent",
            Kind::Integer { min: 1, max: 100 },
            "60",
            "With policy = \"target-tracking\": the average CPU utilization to hold.",
        ),
        Field::optional(
            "memory_percent",
            Kind::Integer { min: 1, max: 100 },
            "70",
            "With policy = \"target-tracking\": the average memory utilization to hold.",
        ),
        Field::default(
            "scale_out_cooldown",
            Kind::Duration(COOLDOWN),
            Literal::Text("60s"),
            "Pause after tasks were added, 0s to 1h.",
        ),
        Field::default(
            "scale_in_cooldown",
            Kind::Duration(COOLDOWN),
            Literal::Text("5m"),
            "Pause after tasks were removed, 0s to 1h.",
        ),
    ],
};

static PERCENT_STEP: Table = Table {
    doc: "One step on a utilization in percent.",
    fields: &[
        Field::required(
            "above",
            Kind::Integer { min: 1, max: 99 },
            "70",
            "The threshold in percent.",
        ),
        ADD_PERCENT,
    ],
};

static REQUEST_STEP: Table = Table {
    doc: "One step on the requests per minute and task.",
    fields: &[
        Field::required(
            "above",
            Kind::Integer {
                min: 1,
                max: MAX_REQUESTS,
            },
            "500",
            "The threshold in requests per minute and task.",
        ),
        ADD_PERCENT,
    ],
};

const ADD_PERCENT: Field = Field::required(
    "add_percent",
    Kind::Integer { min: 1, max: 1000 },
    "50",
    "Percent of the running tasks to add.",
);

static SCALE_IN: Table = Table {
    doc: "When tasks are removed.",
    fields: &[
        Field::default(
            "below",
            Kind::Integer { min: 1, max: 99 },
            Literal::Integer(ScaleIn::SEED.below_percent),
            "The average CPU utilization in percent below which tasks are removed.",
        ),
        Field::default(
            "remove_percent",
            Kind::Integer { min: 1, max: 100 },
            Literal::Integer(ScaleIn::SEED.remove_percent),
            "Percent of the running tasks to remove.",
        ),
        Field::default(
            "for",
            Kind::Duration(DurationRule {
                min_seconds: 60,
                max_seconds: 3600,
                whole_minutes: true,
                none: false,
            }),
            Literal::Text("5m"),
            "How long the utilization must stay below, 1m to 1h in whole minutes.",
        ),
    ],
};

const STEP_KEYS: [&str; 3] = ["cpu", "memory", "scale_in"];
const TARGET_KEYS: [&str; 2] = ["cpu_percent", "memory_percent"];

pub(super) fn read(reader: &Reader<'_>) -> Option<Scaling> {
    let policy = reader.choice("policy");
    let policy = policy.and_then(|policy| read_policy(reader, policy));
    let scale_out = reader.seconds("scale_out_cooldown");
    let scale_in = reader.seconds("scale_in_cooldown");
    Some(Scaling {
        policy: policy?,
        scale_out_cooldown_seconds: scale_out?,
        scale_in_cooldown_seconds: scale_in?,
    })
}

fn read_policy(reader: &Reader<'_>, policy: &str) -> Option<ScalingPolicy> {
    let only_steps = "has a meaning only with scaling.policy = \"steps\"";
    let only_targets = "has a meaning only with scaling.policy = \"target-tracking\"";
    match policy {
        "steps" => {
            reader.refuse(&TARGET_KEYS, only_targets);
            read_steps(reader).map(ScalingPolicy::Steps)
        }
        "target-tracking" => {
            reader.refuse(&STEP_KEYS, only_steps);
            read_targets(reader).map(ScalingPolicy::TargetTracking)
        }
        _ => {
            reader.refuse(&STEP_KEYS, only_steps);
            reader.refuse(&TARGET_KEYS, only_targets);
            let either = "has no meaning with scaling.policy = \"seed\"";
            reader.refuse(&["requests_per_minute"], either);
            Some(ScalingPolicy::Steps(StepScaling::seed()))
        }
    }
}

fn read_steps(reader: &Reader<'_>) -> Option<StepScaling> {
    let cpu = read_step_list(reader, "cpu");
    let memory = read_step_list(reader, "memory");
    let requests = read_step_list(reader, "requests_per_minute");
    let scale_in = reader
        .section("scale_in")
        .and_then(|section| read_scale_in(&section, cpu.as_deref().unwrap_or_default()));
    let steps = StepScaling {
        preset: None,
        cpu: cpu?,
        memory: memory?,
        requests_per_minute: requests?,
        scale_in: scale_in?,
    };
    if steps.cpu.is_empty() && steps.memory.is_empty() && steps.requests_per_minute.is_empty() {
        let reason = "needs at least one of scaling.cpu, scaling.memory and \
                      scaling.requests_per_minute";
        let hint = "add cpu = [{ above = 70, add_percent = 50 }]".to_owned();
        reader.report("policy", Fault::new(reason).hint(hint));
    }
    Some(steps)
}

fn read_step_list(reader: &Reader<'_>, key: &str) -> Option<Vec<Step>> {
    let readers = reader.sections(key)?;
    let steps: Vec<Option<Step>> = readers.iter().map(read_step).collect();
    for (index, pair) in steps.windows(2).enumerate() {
        if let [Some(before), Some(after)] = pair {
            check_ascending(&readers[index + 1], before.above, after.above);
        }
    }
    steps.into_iter().collect()
}

fn read_step(reader: &Reader<'_>) -> Option<Step> {
    let above = reader.integer("above");
    let add_percent = reader.integer("add_percent");
    Some(Step {
        above: above?,
        add_percent: add_percent?,
    })
}

fn check_ascending(reader: &Reader<'_>, before: u32, after: u32) {
    if after <= before {
        let reason = format!("is not more than the threshold of the step before ({before})");
        let hint = "write the steps in ascending order".to_owned();
        reader.report("above", Fault::new(reason).hint(hint));
    }
}

fn read_scale_in(reader: &Reader<'_>, cpu: &[Step]) -> Option<ScaleIn> {
    let below = reader.integer("below");
    let remove_percent = reader.integer("remove_percent");
    let for_seconds = reader.seconds("for");
    if let (Some(below), Some(first)) = (below, cpu.first())
        && below >= first.above
    {
        let reason = format!(
            "is not less than the first CPU step ({}), so tasks would be added and removed in turn",
            first.above
        );
        let default = (!reader.has("below")).then(|| format!("it is {below} unless you set it"));
        reader.report("below", Fault::new(reason).hint(default));
    }
    Some(ScaleIn {
        below_percent: below?,
        remove_percent: remove_percent?,
        for_seconds: for_seconds?,
    })
}

fn read_targets(reader: &Reader<'_>) -> Option<TargetTracking> {
    let cpu = reader.optional("cpu_percent", Reader::integer);
    let memory = reader.optional("memory_percent", Reader::integer);
    let requests = reader.optional("requests_per_minute", Reader::integer);
    let targets = TargetTracking {
        cpu_percent: cpu.ok()?,
        memory_percent: memory.ok()?,
        requests_per_minute: requests.ok()?,
    };
    if targets == TargetTracking::default() {
        let reason = "needs at least one of scaling.cpu_percent, scaling.memory_percent and \
                      scaling.requests_per_minute";
        let hint = "add cpu_percent = 60".to_owned();
        reader.report("policy", Fault::new(reason).hint(hint));
    }
    Some(targets)
}

pub(super) fn write(scaling: &Scaling, writer: &mut Writer) {
    writer.section("scaling");
    writer.set("policy", scaling.policy.as_str());
    match &scaling.policy {
        ScalingPolicy::Steps(steps) => write_steps(steps, writer),
        ScalingPolicy::TargetTracking(targets) => {
            writer.set_some("cpu_percent", targets.cpu_percent);
            writer.set_some("memory_percent", targets.memory_percent);
            writer.set_some("requests_per_minute", targets.requests_per_minute);
        }
    }
    writer.set_seconds("scale_out_cooldown", scaling.scale_out_cooldown_seconds);
    writer.set_seconds("scale_in_cooldown", scaling.scale_in_cooldown_seconds);
}

fn write_steps(steps: &StepScaling, writer: &mut Writer) {
    match steps.preset {
        Some(Preset::Seed) => return,
        None => {}
    }
    write_step_list("cpu", &steps.cpu, writer);
    write_step_list("memory", &steps.memory, writer);
    write_step_list("requests_per_minute", &steps.requests_per_minute, writer);
    let scale_in = [
        ("below", toml::Value::from(steps.scale_in.below_percent)),
        ("remove_percent", steps.scale_in.remove_percent.into()),
        ("for", format_seconds(steps.scale_in.for_seconds).into()),
    ];
    writer.set("scale_in", inline_table(scale_in));
}

fn write_step_list(key: &str, steps: &[Step], writer: &mut Writer) {
    let step = |step: &Step| {
        inline_table([
            ("above", step.above.into()),
            ("add_percent", step.add_percent.into()),
        ])
    };
    if !steps.is_empty() {
        writer.set(key, steps.iter().map(step).collect::<Vec<_>>());
    }
}

fn inline_table<const N: usize>(entries: [(&str, toml::Value); N]) -> toml::Value {
    let entries = entries.map(|(key, value)| (key.to_owned(), value));
    toml::Value::Table(entries.into_iter().collect())
}
