//! The candidates: which fleets, policies and networks are tried.

use automock_model::{
    Capacity, NetworkMode, Project, ScaleIn, ScalingPolicy, SizeName, Step, StepScaling,
    TargetTracking, TaskSize,
};

use super::request::PlanRequest;

/// Where policies begin to act, in percent of the utilisation that a plan stays below. The lag of
/// metrics and launches is what they have to be early for.
const EARLY_PERCENTS: [u32; 4] = [40, 55, 70, 85];

/// The largest fleet of a growing candidate, in multiples of its smallest.
const GROWTH_FACTORS: [u32; 4] = [2, 4, 8, 16];

/// Smallest fleets grow by this share from one candidate to the next, and by one task at least.
const MIN_STEP_PERCENT: u32 = 35;

/// Tasks are removed at this share of the first threshold. With a quarter of the tasks gone,
/// utilisation is then at 80 % of the threshold, so they do not come back at once.
const SCALE_IN_PERCENT: u32 = 60;

/// Which metrics make a fleet grow, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PolicyKind {
    Tracking,
    Steps,
}

impl PolicyKind {
    pub(super) const ALL: [Self; 2] = [Self::Tracking, Self::Steps];
}

/// A size of task in a network. Candidates of different groups never replace each other, so each
/// group has its own search and its own winner.
#[derive(Debug, Clone)]
pub(super) struct Group<'r> {
    request: &'r PlanRequest,
    size: TaskSize,
    mode: NetworkMode,
    /// Tasks that hold the planned load with headroom.
    pub(super) needed: u32,
    /// Requests per second that one task serves within the headroom.
    usable_per_task: f64,
    room: u32,
}

/// All groups of a request.
pub(super) fn groups(request: &PlanRequest) -> Vec<Group<'_>> {
    let mut sizes = SizeName::ALL.map(TaskSize::Named).to_vec();
    if matches!(request.project.tasks.size, TaskSize::Custom { .. }) {
        sizes.push(request.project.tasks.size);
    }
    let modes = modes(&request.project.network.mode);
    let pairs = sizes
        .iter()
        .flat_map(|size| modes.iter().map(|mode| (*size, mode.clone())));
    pairs
        .map(|(size, mode)| Group::new(request, size, mode))
        .collect()
}

fn modes(base: &NetworkMode) -> Vec<NetworkMode> {
    let mut modes = vec![
        NetworkMode::Public,
        NetworkMode::PrivateSingleNat,
        NetworkMode::Private,
    ];
    match base {
        NetworkMode::Existing(_) => return vec![base.clone()],
        // Needs images that can be pulled there, which only a project that has it is known to have.
        NetworkMode::PrivateEndpoints => modes.push(base.clone()),
        NetworkMode::Public | NetworkMode::PrivateSingleNat | NetworkMode::Private => {}
    }
    modes
}

impl<'r> Group<'r> {
    fn new(request: &'r PlanRequest, size: TaskSize, mode: NetworkMode) -> Self {
        let mut network = request.project.network.clone();
        network.mode = mode.clone();
        let vcpu = f64::from(size.cpu_units()) / 1_024.0;
        let limit = f64::from(request.limit_percent()) / 100.0;
        let usable_per_task = request.per_vcpu.get() * vcpu * limit;
        let mut group = Self {
            request,
            size,
            mode,
            needed: 0,
            usable_per_task,
            room: network
                .task_addresses()
                .unwrap_or(request.max_tasks)
                .min(request.max_tasks),
        };
        group.needed = group.tasks_for(request.planned_rate().get());
        group
    }

    /// The smallest number of tasks whose utilisation at a load is below the limit.
    pub(super) fn tasks_for(&self, rate: f64) -> u32 {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "saturates, and is never negative"
        )]
        let tasks = (rate / self.usable_per_task) as u32;
        let at_limit = f64::from(tasks) * self.usable_per_task <= rate;
        tasks.saturating_add(u32::from(at_limit)).max(1)
    }

    /// Whether network and load balancer have room for the tasks that the load needs.
    pub(super) fn has_room(&self) -> bool {
        self.needed <= self.room
    }

    /// Fleets that hold the load from the first second on. Their policies act only when more comes
    /// than was planned for.
    pub(super) fn standing(&self) -> impl Iterator<Item = Project> {
        let max = self.needed.saturating_mul(2).min(self.room);
        let kinds = PolicyKind::ALL.into_iter();
        kinds.map(move |kind| self.project(self.needed, max, kind, 100))
    }

    /// Smallest fleets of growing candidates. One that holds the load by itself is a standing one,
    /// only dearer.
    pub(super) fn smallest_fleets(&self) -> impl Iterator<Item = u32> {
        let all = std::iter::successors(Some(1_u32), |tasks| {
            Some(tasks + (tasks * MIN_STEP_PERCENT / 100).max(1))
        });
        let needed = self.needed;
        let useful = move |tasks: &u32| tasks.saturating_mul(GROWTH_FACTORS[3]) >= needed;
        all.take_while(move |tasks| *tasks < needed).filter(useful)
    }

    /// Fleets that grow from a smallest one.
    pub(super) fn growing(&self, min: u32) -> impl Iterator<Item = Project> {
        let largest = GROWTH_FACTORS.into_iter().map(move |factor| min * factor);
        let holding = largest.filter(move |max| (self.needed..=self.room).contains(max));
        holding.flat_map(move |max| {
            PolicyKind::ALL.into_iter().flat_map(move |kind| {
                let early = EARLY_PERCENTS.into_iter();
                early.map(move |early| self.project(min, max, kind, early))
            })
        })
    }

    /// The smallest fleet without any growth, for comparing. Its policy is the one with the fewest
    /// alarms, which have a price.
    pub(super) fn frozen(&self, min: u32) -> Project {
        let mut project = self.project(min, min, PolicyKind::Steps, 100);
        project.tasks.max = min;
        project
    }

    fn project(&self, min: u32, max: u32, kind: PolicyKind, early_percent: u32) -> Project {
        let mut project = self.request.project.clone();
        project.tasks.size = self.size;
        project.tasks.min = min;
        project.tasks.max = match project.tasks.capacity {
            // The base may not be larger than the largest fleet.
            Capacity::Mixed { on_demand_base, .. } => max.max(on_demand_base),
            Capacity::OnDemand | Capacity::Spot => max,
        };
        project.network.mode = self.mode.clone();
        let percent = self.request.limit_percent() * early_percent / 100;
        project.scaling.policy = policy(kind, percent.max(2), self.capacity_per_minute());
        project
    }

    /// Requests in a minute that keep one task busy.
    fn capacity_per_minute(&self) -> f64 {
        let limit = f64::from(self.request.limit_percent()) / 100.0;
        self.usable_per_task / limit * 60.0
    }
}

fn policy(kind: PolicyKind, percent: u32, per_minute: f64) -> ScalingPolicy {
    let requests = |percent: u32| per_minute * f64::from(percent) / 100.0;
    match kind {
        PolicyKind::Tracking => ScalingPolicy::TargetTracking(TargetTracking {
            cpu_percent: Some(percent),
            memory_percent: None,
            requests_per_minute: Some(whole(requests(percent))),
        }),
        PolicyKind::Steps => {
            let percent = percent.min(99);
            let (half, most) = (
                percent + (100 - percent) / 2,
                percent + (100 - percent) * 9 / 10,
            );
            let thresholds = [(percent, 50), (half, 100), (most, 200)];
            ScalingPolicy::Steps(StepScaling {
                preset: None,
                cpu: ascending(thresholds.map(|(percent, add)| (percent.min(99), add))),
                memory: Vec::new(),
                requests_per_minute: ascending(
                    thresholds.map(|(percent, add)| (whole(requests(percent)), add)),
                ),
                scale_in: ScaleIn {
                    below_percent: (percent * SCALE_IN_PERCENT / 100).max(1),
                    ..ScaleIn::SEED
                },
            })
        }
    }
}

/// Steps without those that begin where the one before does.
fn ascending(thresholds: [(u32, u32); 3]) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    for (above, add_percent) in thresholds {
        if steps.last().is_none_or(|last| last.above < above) {
            steps.push(Step { above, add_percent });
        }
    }
    steps
}

/// A threshold in requests per minute: rounded up, so that the planned load itself stays below it,
/// and within the bounds of the file format.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped to what the file format takes"
)]
fn whole(requests: f64) -> u32 {
    requests.ceil().clamp(1.0, 10_000_000.0) as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::RequestsPerSecond;

    fn request(toml: &str, wanted: f64) -> PlanRequest {
        let rate = |rate| RequestsPerSecond::new(rate).unwrap();
        let project = Project::from_toml(&format!("name = \"petstore\"\n{toml}")).unwrap();
        PlanRequest::new(project, rate(wanted), rate(1_000.0))
    }

    #[test]
    fn the_needed_tasks_are_strictly_below_the_limit() {
        let request = request("", 700.0);
        let needed: Vec<u32> = groups(&request).iter().map(|group| group.needed).collect();
        // A quarter of a vCPU serves 175 with a headroom of 30 %, so four are exactly at it.
        assert_eq!(needed[..3], [5, 5, 5]);
        assert_eq!(needed[3..], [3, 3, 3, 2, 2, 2, 1, 1, 1]);
    }

    #[test]
    fn every_candidate_is_a_valid_project() {
        for toml in [
            "",
            "tasks = { capacity = \"mixed\", on_demand_base = 12 }",
            "tasks = { cpu = 4096, memory_mib = 8192 }",
        ] {
            for wanted in [0.0, 3.0, 1_000.0, 20_000.0] {
                let mut request = request(toml, wanted);
                for headroom in [0, 30, 99] {
                    request.headroom_percent = headroom;
                    for group in groups(&request).iter().filter(|group| group.has_room()) {
                        let smallest = group.smallest_fleets().last();
                        let growing = smallest.into_iter().flat_map(|min| group.growing(min));
                        for project in group.standing().chain(growing) {
                            assert_eq!(project.check(), Ok(()), "{toml} {wanted} {headroom}");
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn an_existing_network_stays() {
        let mut request = request("", 100.0);
        request.project.network.mode = NetworkMode::PrivateEndpoints;
        assert_eq!(groups(&request).len(), 16);
        request.project.network.mode = NetworkMode::Existing(automock_model::ExistingNetwork {
            vpc_id: "vpc-01234567".to_owned(),
            load_balancer_subnet_ids: Vec::new(),
            task_subnet_ids: Vec::new(),
            assign_public_ip: false,
        });
        let all = groups(&request);
        assert_eq!(all.len(), 4);
        assert!(all.iter().all(|group| group.room == request.max_tasks));
    }
}
