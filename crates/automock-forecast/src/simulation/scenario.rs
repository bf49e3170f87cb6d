//! A scenario, and how it is run.

use automock_model::{EngineKind, NetworkMode, Project};
use serde::Serialize;

use super::balancer::Balancer;
use super::fleet::Fleet;
use super::meter::Meter;
use super::profile::Profile;
use super::random::Random;
use super::scaler::{Observation, Scaler};
use super::timeline::{Event, EventKind, Sample, Simulation, Summary};
use super::timings::Timings;
use crate::estimate::on_demand_tasks;
use crate::load::{Load, RequestsPerSecond};
use crate::prices::{NoPrices, PriceBook};

/// How often ECS publishes the metrics that target tracking follows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Resolution {
    /// Every minute, which the stack sets.
    #[default]
    Standard,
    /// Every 20 seconds, as AWS offers for CPU and memory.
    High,
}

/// Everything that a simulation follows from.
#[derive(Debug, Clone, PartialEq)]
pub struct Scenario {
    /// The project.
    pub project: Project,
    /// What a request is like. How many there are is the profile's affair.
    pub load: Load,
    /// The load of each second.
    pub profile: Profile,
    /// How long the simulation is.
    pub seconds: u32,
    /// Requests per second that one vCPU serves, as measured.
    pub per_vcpu: RequestsPerSecond,
    /// Tasks at the start, all healthy; `None` for the project's minimum.
    pub initial_tasks: Option<u32>,
    /// Memory use of a task in percent. A mock server's does not follow its load.
    pub memory_percent: f64,
    /// How often target tracking sees its metrics.
    pub resolution: Resolution,
    /// How likely AWS takes a Spot task back within an hour: 0 to 1.
    pub spot_interruptions_per_hour: f64,
    /// The seed of interruptions.
    pub seed: u64,
    /// Periods and delays.
    pub timings: Timings,
}

/// Memory use of a task with MockServer: its heap has 40 to 55 % of the task, and a JVM takes more
/// than its heap (`terraform/modules/ecs-service/mockserver.tf`).
const MOCKSERVER_MEMORY_PERCENT: f64 = 60.0;

/// Memory use of a task with AutoMock's engine: some 15 MiB, and what requests need
/// (`docs/performance.md`).
const AUTOMOCK_MEMORY_PERCENT: f64 = 20.0;

impl Scenario {
    /// A scenario with AWS's timings and without interruptions.
    ///
    /// The profile's load and a request's size come from different arguments, because they are
    /// known from different places.
    #[must_use]
    pub fn new(
        project: Project,
        load: Load,
        profile: Profile,
        seconds: u32,
        per_vcpu: RequestsPerSecond,
    ) -> Self {
        let timings = Timings::of(&project);
        let memory_percent = match project.engine.kind {
            EngineKind::MockServer => MOCKSERVER_MEMORY_PERCENT,
            EngineKind::AutoMock => AUTOMOCK_MEMORY_PERCENT,
        };
        Self {
            project,
            load,
            profile,
            seconds,
            per_vcpu,
            initial_tasks: None,
            memory_percent,
            resolution: Resolution::default(),
            spot_interruptions_per_hour: 0.0,
            seed: 0,
            timings,
        }
    }

    /// Requests per second that one task serves.
    #[must_use]
    pub fn per_task(&self) -> f64 {
        self.per_vcpu.get() * f64::from(self.project.tasks.size.cpu_units()) / 1_024.0
    }
}

/// Simulates a scenario and keeps every second of it.
///
/// ```
/// use automock_forecast::{Load, PriceBook, Profile, RequestsPerSecond, Scenario, simulate};
/// use automock_model::Project;
///
/// let rate = |rate| RequestsPerSecond::new(rate).unwrap();
/// let project = Project::from_toml("name = \"petstore\"").unwrap();
/// // From 100 to 1,000 requests per second within ten minutes; a vCPU serves 600.
/// let profile = Profile::ramp(rate(100.0), rate(1_000.0), 600);
/// let scenario = Scenario::new(project, Load::idle(), profile, 1_200, rate(600.0));
/// let simulation = simulate(&scenario, &PriceBook::built_in()).unwrap();
///
/// assert_eq!(simulation.samples.len(), 1_200);
/// assert!(simulation.summary.peak_tasks > 10);
/// ```
///
/// # Errors
/// The price book has no prices for the project's region.
pub fn simulate(scenario: &Scenario, prices: &PriceBook) -> Result<Simulation, NoPrices> {
    let mut samples = Vec::with_capacity(scenario.seconds as usize);
    let (summary, events) = run(scenario, prices, |sample| samples.push(*sample))?;
    Ok(Simulation {
        samples,
        events,
        summary,
    })
}

/// Simulates a scenario and shows each second of it to an observer, without keeping any.
///
/// # Errors
/// The price book has no prices for the project's region.
pub fn run(
    scenario: &Scenario,
    prices: &PriceBook,
    mut observer: impl FnMut(&Sample),
) -> Result<(Summary, Vec<Event>), NoPrices> {
    let prices = prices.region(&scenario.project.region)?;
    let mut world = World::new(
        scenario,
        Meter::new(&scenario.project, &scenario.load, prices),
    );
    let mut summary = Summary::default();
    for second in 0..scenario.seconds {
        let sample = world.step(second);
        summary.launches = world.launches;
        summary.add(&sample);
        observer(&sample);
    }
    Ok((summary, world.events))
}

struct World<'s> {
    scenario: &'s Scenario,
    per_task: f64,
    balancer: Balancer,
    fleet: Fleet,
    scaler: Scaler,
    meter: Meter,
    random: Random,
    queued: f64,
    launches: u32,
    events: Vec<Event>,
}

impl<'s> World<'s> {
    fn new(scenario: &'s Scenario, mut meter: Meter) -> Self {
        let (project, timings) = (&scenario.project, &scenario.timings);
        let initial = scenario.initial_tasks.unwrap_or(project.tasks.min);
        let scaler = Scaler::new(project, scenario.resolution, initial, timings);
        meter.launched(scaler.desired);
        let zones = match &project.network.mode {
            NetworkMode::Existing(existing) => {
                u32::try_from(existing.load_balancer_subnet_ids.len()).unwrap_or(u32::MAX)
            }
            _ => project.network.zones,
        };
        Self {
            scenario,
            per_task: scenario.per_task(),
            balancer: Balancer::new(zones, timings),
            fleet: Fleet::new(scaler.desired, timings),
            launches: scaler.desired,
            scaler,
            meter,
            random: Random::new(scenario.seed),
            queued: 0.0,
            events: Vec::new(),
        }
    }

    fn step(&mut self, second: u32) -> Sample {
        let timings = &self.scenario.timings;
        self.interrupt(second);
        let launched = self.fleet.step(second, self.scaler.desired, timings);
        self.meter.launched(launched);
        self.launches = self.launches.saturating_add(launched);
        let offered = self.scenario.profile.rate_at(second);
        let (served, refused) = self.serve(offered);
        let utilisation = self.utilisation(served);

        let healthy = f64::from(self.fleet.healthy);
        let booting = f64::from(self.fleet.booting) * timings.boot_cpu_percent;
        let seen = Observation {
            running: f64::from(self.fleet.running()),
            healthy,
            cpu_sum: healthy * utilisation + booting,
            memory_percent: self.scenario.memory_percent,
            served,
        };
        let desired = self.scaler.desired;
        self.scaler.step(second, &seen, &mut self.events);
        self.meter.second(second, self.fleet.billed());
        self.meter.unlived(self.fleet.take_unlived_seconds());
        self.meter.requests(served);
        Sample {
            second,
            desired,
            running: self.fleet.running(),
            healthy: self.fleet.healthy,
            offered,
            served,
            queued: self.queued,
            refused,
            utilisation,
            cost: self.meter.total(),
        }
    }

    /// What is served and what is refused in a second. Tasks work on what waits before what comes;
    /// what would wait longer than a client does is refused.
    fn serve(&mut self, offered: f64) -> (f64, f64) {
        let admitted = self.balancer.admit(offered);
        let capacity = f64::from(self.fleet.healthy) * self.per_task;
        let waiting = self.queued + admitted;
        let served = waiting.min(capacity);
        let left = waiting - served;
        self.queued = left.min(capacity * self.scenario.timings.patience_seconds.max(0.0));
        (served, (offered - admitted) + (left - self.queued))
    }

    fn utilisation(&self, served: f64) -> f64 {
        let capacity = f64::from(self.fleet.healthy) * self.per_task;
        if capacity > 0.0 {
            (served / capacity * 100.0).min(100.0)
        } else if self.fleet.healthy > 0 && self.scenario.profile.peak() > 0.0 {
            // Tasks that serve nothing at all are busy with failing.
            100.0
        } else {
            0.0
        }
    }

    fn interrupt(&mut self, second: u32) {
        let chance = self.scenario.spot_interruptions_per_hour.clamp(0.0, 1.0);
        if chance <= 0.0 {
            return;
        }
        let healthy = self.fleet.healthy;
        let split = self.scenario.project.tasks.capacity_split();
        let spot = healthy - on_demand_tasks(split, healthy);
        let tasks = self
            .random
            .around(f64::from(spot) * chance / 3_600.0)
            .min(spot);
        if tasks > 0 {
            self.fleet.interrupt(second, tasks, &self.scenario.timings);
            let kind = EventKind::SpotInterruption { tasks };
            self.events.push(Event { second, kind });
        }
    }
}
