//! The meter: what a simulation has cost so far.

use automock_model::{CapacitySplit, Project};

use crate::estimate::{TaskPrice, Window, bill_for, on_demand_tasks};
use crate::load::{Load, RequestsPerSecond};
use crate::money::Usd;
use crate::prices::{Item, RegionPrices};

/// Items of which a part of an hour counts as a whole one.
const BY_STARTED_HOUR: [Item; 3] = [
    Item::LoadBalancerHour,
    Item::NatGatewayHour,
    Item::EndpointHour,
];

/// Items that follow from the seconds that tasks live.
const FARGATE: [Item; 9] = [
    Item::FargateX86VcpuHour,
    Item::FargateX86GbHour,
    Item::FargateArmVcpuHour,
    Item::FargateArmGbHour,
    Item::SpotX86VcpuHour,
    Item::SpotX86GbHour,
    Item::SpotArmVcpuHour,
    Item::SpotArmGbHour,
    Item::EphemeralStorageGbHour,
];

const SECONDS: i128 = 3_600;

/// Many enough that what one of them costs is not lost in rounding.
const PROBE: u32 = 100_000;

/// Rates in pico-dollars. They are differences between bills of the estimate, so that both always
/// have the same opinion.
#[derive(Debug)]
pub(super) struct Meter {
    split: CapacitySplit,
    task: TaskPrice,
    hour_picos: i128,
    second_picos: i128,
    task_second_picos: i128,
    launch_picos: i128,
    request_picos: f64,
    total_picos: i128,
    request_total: f64,
}

impl Meter {
    pub(super) fn new(project: &Project, load: &Load, prices: &RegionPrices) -> Self {
        let window = |tasks, rate: f64, starts| Window {
            seconds: 3_600,
            tasks,
            launches: if starts { tasks } else { 0 },
            requests_per_second: RequestsPerSecond::clamped(rate),
            explained_per_second: RequestsPerSecond::ZERO,
            starts,
            ends: false,
        };
        let picos = |window: &Window, skipped: &[Item]| -> i128 {
            let bill = bill_for(project, load, prices, window);
            let lines = bill
                .lines
                .iter()
                .filter(|line| !skipped.contains(&line.item));
            lines.map(|line| line.amount.nanos() * 1_000).sum()
        };
        let idle = window(0, 0.0, false);
        let base = picos(&idle, &BY_STARTED_HOUR);
        let tasks = picos(
            &window(PROBE, 0.0, false),
            &[&BY_STARTED_HOUR[..], &FARGATE].concat(),
        );
        let starts = picos(
            &window(PROBE, 0.0, true),
            &[&BY_STARTED_HOUR[..], &FARGATE].concat(),
        );
        let requests = picos(&window(0, f64::from(PROBE), false), &BY_STARTED_HOUR);
        let probes = i128::from(PROBE);
        #[expect(clippy::cast_precision_loss, reason = "a rate needs no more")]
        let request_picos = (requests - base) as f64 / f64::from(PROBE) / 3_600.0;
        Self {
            split: project.tasks.capacity_split(),
            task: TaskPrice::new(project.tasks.size, load, prices),
            hour_picos: picos(&idle, &[]) - base,
            second_picos: base / SECONDS,
            task_second_picos: (tasks - base) / probes / SECONDS,
            launch_picos: (starts - tasks) / probes,
            request_picos,
            total_picos: 0,
            request_total: 0.0,
        }
    }

    /// A second with so many tasks on the bill.
    pub(super) fn second(&mut self, second: u32, billed: u32) {
        if second.is_multiple_of(3_600) {
            self.total_picos += self.hour_picos;
        }
        let on_demand = on_demand_tasks(self.split, billed);
        self.total_picos += self.second_picos
            + i128::from(on_demand) * self.task.on_demand_picos
            + i128::from(billed - on_demand) * self.task.spot_picos
            + i128::from(billed) * self.task_second_picos;
    }

    pub(super) fn launched(&mut self, tasks: u32) {
        self.total_picos += i128::from(tasks) * self.launch_picos;
    }

    /// Seconds of tasks that ended before their first minute did.
    pub(super) fn unlived(&mut self, seconds: u64) {
        // Which kind they were is not known, unless there is only one.
        let picos = if on_demand_tasks(self.split, u32::MAX) == 0 {
            self.task.spot_picos
        } else {
            self.task.on_demand_picos
        };
        self.total_picos += i128::from(seconds) * picos;
    }

    pub(super) fn requests(&mut self, requests: f64) {
        self.request_total += requests;
    }

    #[expect(
        clippy::cast_possible_truncation,
        reason = "a billion requests a second for a century is far from the limit"
    )]
    pub(super) fn total(&self) -> Usd {
        let requests = (self.request_total * self.request_picos) as i128;
        Usd::from_picos(self.total_picos + requests)
    }
}
