//! Fargate: processors, memory and storage of the tasks.

use automock_model::{CapacitySplit, Project, TaskSize};

use super::{Lines, Window, span};
use crate::load::{Architecture, Load};
use crate::money::Quantity;
use crate::prices::{Item, RegionPrices};

/// Storage that each task has without charge: <https://aws.amazon.com/fargate/pricing/>.
const INCLUDED_STORAGE_GB: u32 = 20;

/// A task is billed for a minute at least: <https://aws.amazon.com/fargate/pricing/>.
pub(crate) const MINIMUM_TASK_SECONDS: u64 = 60;

/// CPU units of a vCPU.
const UNITS_PER_VCPU: u128 = 1_024;

/// MiB of a GB of memory, as Fargate sells it.
const MIB_PER_GB: u128 = 1_024;

pub(super) fn add(lines: &mut Lines<'_>, project: &Project, load: &Load, window: &Window) {
    let split = project.tasks.capacity_split();
    let on_demand = on_demand_tasks(split, window.tasks);
    let all = window.tasks.saturating_add(window.started_later());
    let later = on_demand_tasks(split, all) - on_demand;
    let size = project.tasks.size;
    let times = Times {
        tasks: on_demand,
        started_later: later,
        seconds: window.seconds.max(MINIMUM_TASK_SECONDS),
    };
    let [vcpu, memory] = items(load.architecture, false);
    let words = ["Fargate vCPU", "Fargate memory"];
    fargate(lines, [vcpu, memory], words, size, &times);
    let times = Times {
        tasks: window.tasks - on_demand,
        started_later: window.started_later() - later,
        ..times
    };
    let [vcpu, memory] = items(load.architecture, true);
    let words = ["Fargate Spot vCPU", "Fargate Spot memory"];
    fargate(lines, [vcpu, memory], words, size, &times);
    storage(lines, load, window);
}

/// What is billed of some tasks: all the time, and a minute for each that is started later.
struct Times {
    tasks: u32,
    started_later: u32,
    seconds: u64,
}

impl Times {
    fn task_seconds(&self) -> u128 {
        let once = u128::from(self.tasks) * u128::from(self.seconds);
        once + u128::from(self.started_later) * u128::from(MINIMUM_TASK_SECONDS)
    }

    /// `10 tasks × 0.25 vCPU × 4 h`.
    fn words(&self, amount: &str) -> String {
        let tasks = if self.tasks == 1 { "task" } else { "tasks" };
        let once = format!("{} {tasks} × {amount} × {}", self.tasks, span(self.seconds));
        match self.started_later {
            0 => once,
            later => format!("{once} + {later} started later × {amount} × 1 min"),
        }
    }
}

fn fargate(
    lines: &mut Lines<'_>,
    [vcpu, memory]: [Item; 2],
    [vcpu_words, memory_words]: [&'static str; 2],
    size: TaskSize,
    times: &Times,
) {
    let seconds = times.task_seconds();
    let hours = |units: u32, per: u128| Quantity::ratio(seconds * u128::from(units), per * 3_600);
    lines.add(
        vcpu,
        vcpu_words,
        hours(size.cpu_units(), UNITS_PER_VCPU),
        times.words(&format!("{} vCPU", fraction(size.cpu_units()))),
    );
    lines.add(
        memory,
        memory_words,
        hours(size.memory_mib(), MIB_PER_GB),
        times.words(&format!("{} GB", fraction(size.memory_mib()))),
    );
}

fn storage(lines: &mut Lines<'_>, load: &Load, window: &Window) {
    let extra = load
        .ephemeral_storage_gb
        .saturating_sub(INCLUDED_STORAGE_GB);
    let times = Times {
        tasks: window.tasks,
        started_later: window.started_later(),
        seconds: window.seconds.max(MINIMUM_TASK_SECONDS),
    };
    lines.add(
        Item::EphemeralStorageGbHour,
        "Ephemeral storage",
        Quantity::ratio(times.task_seconds() * u128::from(extra), 3_600),
        times.words(&format!("{extra} GB")),
    );
}

/// How many of the tasks run on demand: the base, and of the rest a share by weight. ECS keeps the
/// ratio as closely as whole tasks allow; the odd one is taken to be the dearer.
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/cluster-capacity-providers.html>
pub(crate) fn on_demand_tasks(split: CapacitySplit, tasks: u32) -> u32 {
    let base = split.on_demand_base.min(tasks);
    let rest = u64::from(tasks - base);
    let weights = u64::from(split.on_demand_weight) + u64::from(split.spot_weight);
    let share = match weights {
        0 => rest,
        _ => (rest * u64::from(split.on_demand_weight)).div_ceil(weights),
    };
    base + u32::try_from(share).unwrap_or(u32::MAX - base)
}

fn items(architecture: Architecture, spot: bool) -> [Item; 2] {
    match (architecture, spot) {
        (Architecture::X86, false) => [Item::FargateX86VcpuHour, Item::FargateX86GbHour],
        (Architecture::X86, true) => [Item::SpotX86VcpuHour, Item::SpotX86GbHour],
        (Architecture::Arm, false) => [Item::FargateArmVcpuHour, Item::FargateArmGbHour],
        (Architecture::Arm, true) => [Item::SpotArmVcpuHour, Item::SpotArmGbHour],
    }
}

/// What one task costs in a second, in pico-dollars.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TaskPrice {
    pub(crate) on_demand_picos: i128,
    pub(crate) spot_picos: i128,
}

impl TaskPrice {
    pub(crate) fn new(size: TaskSize, load: &Load, prices: &RegionPrices) -> Self {
        let extra = load
            .ephemeral_storage_gb
            .saturating_sub(INCLUDED_STORAGE_GB);
        let storage = prices.unit_price(Item::EphemeralStorageGbHour).picos() * i128::from(extra);
        let picos = |spot| {
            let [vcpu, memory] =
                items(load.architecture, spot).map(|item| prices.unit_price(item).picos());
            let cpu = vcpu * i128::from(size.cpu_units());
            let memory = memory * i128::from(size.memory_mib());
            // Both are per 1,024; round up, so that a task is never free.
            ((cpu + memory) / 1_024 + storage + 3_599) / 3_600
        };
        Self {
            on_demand_picos: picos(false),
            spot_picos: picos(true),
        }
    }
}

/// Units of 1,024 as a decimal number.
fn fraction(units: u32) -> String {
    Quantity::ratio(u128::from(units), 1_024).to_string()
}

#[cfg(test)]
mod tests {
    use automock_model::{Capacity, SizeName, Tasks};

    use super::*;

    fn on_demand(capacity: Capacity, tasks: u32) -> u32 {
        let size = TaskSize::Named(SizeName::Small);
        let all = Tasks {
            size,
            min: 1,
            max: 200,
            capacity,
        };
        on_demand_tasks(all.capacity_split(), tasks)
    }

    #[test]
    fn spot_takes_its_share_beyond_the_base() {
        let mixed = Capacity::Mixed {
            on_demand_base: 10,
            spot_percent: 70,
        };
        assert_eq!(on_demand(Capacity::OnDemand, 7), 7);
        assert_eq!(on_demand(Capacity::Spot, 7), 0);
        assert_eq!(on_demand(mixed, 5), 5);
        assert_eq!(on_demand(mixed, 20), 13);
        assert_eq!(on_demand(mixed, 21), 14);
    }
}
