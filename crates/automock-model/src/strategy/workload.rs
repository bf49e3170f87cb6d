//! Strategies for tasks, scaling and time to live.

use proptest::collection::{btree_set, hash_set, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use crate::format::{FARGATE_CPU, MAX_TASKS, fargate_memory};
use crate::{
    Capacity, Lifetime, Network, ScaleIn, Scaling, ScalingPolicy, SizeName, Step, StepScaling,
    TargetTracking, TaskSize, Tasks, Ttl,
};

/// Any tasks that have room in the network.
pub fn tasks(network: &Network) -> BoxedStrategy<Tasks> {
    let room = network.task_addresses().unwrap_or(MAX_TASKS);
    (1..=room.min(MAX_TASKS))
        .prop_flat_map(|max| (Just(max), 1..=max, size(), capacity(max)))
        .prop_map(|(max, min, size, capacity)| Tasks {
            size,
            min,
            max,
            capacity,
        })
        .boxed()
}

fn size() -> BoxedStrategy<TaskSize> {
    let custom = select(FARGATE_CPU.as_slice())
        .prop_flat_map(|cpu_units| (Just(cpu_units), select(fargate_memory(cpu_units))))
        .prop_map(|(cpu_units, memory_mib)| TaskSize::Custom {
            cpu_units,
            memory_mib,
        });
    prop_oneof![
        select(SizeName::ALL.as_slice()).prop_map(TaskSize::Named),
        custom,
    ]
    .boxed()
}

fn capacity(max: u32) -> impl Strategy<Value = Capacity> {
    let mixed = (0..=max, 1..=100_u32).prop_map(|(on_demand_base, spot_percent)| Capacity::Mixed {
        on_demand_base,
        spot_percent,
    });
    prop_oneof![Just(Capacity::OnDemand), Just(Capacity::Spot), mixed]
}

/// Any scaling.
pub fn scaling() -> impl Strategy<Value = Scaling> {
    let policy = prop_oneof![
        Just(ScalingPolicy::Steps(StepScaling::seed())),
        step_scaling().prop_map(ScalingPolicy::Steps),
        target_tracking().prop_map(ScalingPolicy::TargetTracking),
    ];
    (policy, 0..=3600_u64, 0..=3600_u64).prop_map(|(policy, scale_out, scale_in)| Scaling {
        policy,
        scale_out_cooldown_seconds: scale_out,
        scale_in_cooldown_seconds: scale_in,
    })
}

fn step_scaling() -> impl Strategy<Value = StepScaling> {
    let scale_in = (1..=40_u32, 1..=100_u32, 1..=60_u64);
    // CPU steps start above the highest threshold of scale-in.
    let lists = (steps(41..=99), steps(1..=99), steps(1..=10_000_000));
    (lists, scale_in)
        .prop_filter("no step at all", |((cpu, memory, requests), _)| {
            !cpu.is_empty() || !memory.is_empty() || !requests.is_empty()
        })
        .prop_map(
            |((cpu, memory, requests), (below, remove, minutes))| StepScaling {
                preset: None,
                cpu,
                memory,
                requests_per_minute: requests,
                scale_in: ScaleIn {
                    below_percent: below,
                    remove_percent: remove,
                    for_seconds: minutes * 60,
                },
            },
        )
}

fn steps(thresholds: std::ops::RangeInclusive<u32>) -> impl Strategy<Value = Vec<Step>> {
    let percents = vec(1..=1000_u32, 5);
    (btree_set(thresholds, 0..5), percents).prop_map(|(thresholds, percents)| {
        let step = |(above, add_percent)| Step { above, add_percent };
        thresholds.into_iter().zip(percents).map(step).collect()
    })
}

fn target_tracking() -> impl Strategy<Value = TargetTracking> {
    let percent = || option::of(1..=100_u32);
    (percent(), percent(), option::of(1..=10_000_000_u32))
        .prop_map(
            |(cpu_percent, memory_percent, requests_per_minute)| TargetTracking {
                cpu_percent,
                memory_percent,
                requests_per_minute,
            },
        )
        .prop_filter("no target at all", |targets| {
            *targets != TargetTracking::default()
        })
}

/// Any time to live.
pub fn lifetime() -> impl Strategy<Value = Lifetime> {
    let ends = option::of(Ttl::MIN_SECONDS..=Ttl::MAX_SECONDS);
    ends.prop_flat_map(|end| {
        // Without an end, any order of warning and checks below the longest life is possible.
        let last = end.unwrap_or(Ttl::MAX_SECONDS) - 1;
        let check_every = 1..=(last / 60).min(60);
        (Just(end), Just(last), check_every)
    })
    .prop_flat_map(|(end, last, minutes)| (Just(end), Just(minutes), minutes * 60..=last, mails()))
    .prop_map(|(end, minutes, warning_seconds, mail)| Lifetime {
        duration: end.map_or(Ttl::NONE, Ttl::from_seconds),
        warning_seconds,
        mail,
        check_every_minutes: u32::try_from(minutes).expect("an hour at most"),
    })
}

fn mails() -> impl Strategy<Value = Vec<String>> {
    hash_set(
        "[a-z]{1,10}([.+'][a-z]{1,5})?@[a-z]{1,9}\\.(example|test)",
        0..4,
    )
    .prop_map(|mails| mails.into_iter().collect())
}
