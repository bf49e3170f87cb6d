//! Tasks: how large one is, how many run, and on which capacity.

use std::fmt;

use serde::Serialize;

/// Size, number and capacity of the tasks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Tasks {
    /// What one task gets.
    pub size: TaskSize,
    /// The number of tasks that run always; at least one.
    pub min: u32,
    /// The number of tasks that scaling never exceeds.
    pub max: u32,
    /// Which Fargate capacity the tasks run on.
    pub capacity: Capacity,
}

impl Tasks {
    /// The capacity provider strategy that the ECS service gets.
    #[must_use]
    pub fn capacity_split(&self) -> CapacitySplit {
        match self.capacity {
            Capacity::OnDemand => CapacitySplit::new(0, 1, 0),
            Capacity::Spot => CapacitySplit::new(0, 0, 1),
            Capacity::Mixed {
                on_demand_base,
                spot_percent,
            } => {
                let on_demand = 100_u32.saturating_sub(spot_percent);
                let divisor = gcd(on_demand, spot_percent).max(1);
                CapacitySplit::new(on_demand_base, on_demand / divisor, spot_percent / divisor)
            }
        }
    }
}

/// What one task gets: a named size, or CPU and memory chosen freely among Fargate's pairs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum TaskSize {
    /// One of the four named sizes.
    Named(SizeName),
    /// A pair that Fargate offers.
    Custom {
        /// CPU units; 1024 are one vCPU.
        cpu_units: u32,
        /// Memory in MiB.
        memory_mib: u32,
    },
}

impl TaskSize {
    /// CPU units of one task; 1024 are one vCPU.
    #[must_use]
    pub fn cpu_units(self) -> u32 {
        match self {
            Self::Named(name) => name.cpu_units(),
            Self::Custom { cpu_units, .. } => cpu_units,
        }
    }

    /// Memory of one task in MiB.
    #[must_use]
    pub fn memory_mib(self) -> u32 {
        match self {
            Self::Named(name) => name.memory_mib(),
            Self::Custom { memory_mib, .. } => memory_mib,
        }
    }
}

impl fmt::Display for TaskSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Named(name) => write!(f, "{} ", name.as_str())?,
            Self::Custom { .. } => {}
        }
        write!(
            f,
            "({} CPU units, {} MiB)",
            self.cpu_units(),
            self.memory_mib()
        )
    }
}

/// The named task sizes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum SizeName {
    /// 256 CPU units, 512 MiB.
    Small,
    /// 512 CPU units, 1024 MiB.
    Medium,
    /// 1024 CPU units, 2048 MiB.
    Large,
    /// 2048 CPU units, 4096 MiB.
    Xlarge,
}

impl SizeName {
    /// All sizes, the smallest first.
    pub const ALL: [Self; 4] = [Self::Small, Self::Medium, Self::Large, Self::Xlarge];

    /// The size's name in the file.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Small => "small",
            Self::Medium => "medium",
            Self::Large => "large",
            Self::Xlarge => "xlarge",
        }
    }

    /// CPU units of the size; 1024 are one vCPU.
    #[must_use]
    pub fn cpu_units(self) -> u32 {
        match self {
            Self::Small => 256,
            Self::Medium => 512,
            Self::Large => 1024,
            Self::Xlarge => 2048,
        }
    }

    /// Memory of the size in MiB: twice its CPU units.
    #[must_use]
    pub fn memory_mib(self) -> u32 {
        self.cpu_units() * 2
    }
}

/// Which Fargate capacity the tasks run on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Capacity {
    /// Fargate only.
    OnDemand,
    /// Fargate Spot only: cheaper, but AWS may stop a task with two minutes' notice.
    Spot,
    /// A base on Fargate, and the tasks beyond it divided between both.
    Mixed {
        /// The number of tasks that always run on Fargate.
        on_demand_base: u32,
        /// Share of the tasks beyond the base that run on Spot, 1 to 100 percent.
        spot_percent: u32,
    },
}

impl Capacity {
    /// The capacity's name in the file.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::OnDemand => "on-demand",
            Self::Spot => "spot",
            Self::Mixed { .. } => "mixed",
        }
    }
}

/// A capacity provider strategy: base and weights of `FARGATE` and `FARGATE_SPOT`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct CapacitySplit {
    /// Tasks that run on `FARGATE` before the weights count.
    pub on_demand_base: u32,
    /// Weight of `FARGATE`.
    pub on_demand_weight: u32,
    /// Weight of `FARGATE_SPOT`.
    pub spot_weight: u32,
}

impl CapacitySplit {
    fn new(on_demand_base: u32, on_demand_weight: u32, spot_weight: u32) -> Self {
        Self {
            on_demand_base,
            on_demand_weight,
            spot_weight,
        }
    }
}

fn gcd(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { gcd(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(capacity: Capacity) -> (u32, u32, u32) {
        let size = TaskSize::Named(SizeName::Small);
        let tasks = Tasks {
            size,
            min: 1,
            max: 9,
            capacity,
        };
        let split = tasks.capacity_split();
        (
            split.on_demand_base,
            split.on_demand_weight,
            split.spot_weight,
        )
    }

    #[test]
    fn capacities_become_strategies() {
        let mixed = |on_demand_base, spot_percent| Capacity::Mixed {
            on_demand_base,
            spot_percent,
        };
        assert_eq!(split(Capacity::OnDemand), (0, 1, 0));
        assert_eq!(split(Capacity::Spot), (0, 0, 1));
        assert_eq!(split(mixed(10, 70)), (10, 3, 7));
        assert_eq!(split(mixed(0, 50)), (0, 1, 1));
        assert_eq!(split(mixed(2, 100)), (2, 0, 1));
        assert_eq!(split(mixed(2, 1)), (2, 99, 1));
    }

    #[test]
    fn sizes_tell_what_they_are() {
        let custom = TaskSize::Custom {
            cpu_units: 512,
            memory_mib: 4096,
        };
        assert_eq!(
            TaskSize::Named(SizeName::Xlarge).to_string(),
            "xlarge (2048 CPU units, 4096 MiB)"
        );
        assert_eq!(custom.to_string(), "(512 CPU units, 4096 MiB)");
    }
}
