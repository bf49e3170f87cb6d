//! How long AWS takes, after what was seen of it.

use std::time::Duration;

use crate::random::Random;

/// How slow the world is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delays {
    /// What every delay is drawn from.
    pub seed: u64,
    /// In how many of 10,000 cases a delay is one of the long ones.
    pub tail: u32,
}

/// Something that takes time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// Deletion of a NAT gateway.
    NatGateway,
    /// Release of an address.
    Address,
    /// A service between its deletion and its end, without the deregistration of its targets.
    Service,
    /// A task between the deletion of its service and its stop, likewise.
    Task,
    /// The interface of a Fargate task after the task has stopped.
    TaskInterface,
    /// The interfaces of a load balancer after its deletion.
    LoadBalancerInterface,
    /// A certificate after the load balancer that used it.
    Certificate,
    /// A target group after the listener that forwarded to it.
    TargetGroup,
    /// Deletion of an endpoint with interfaces.
    InterfaceEndpoint,
    /// Deletion of an endpoint without.
    GatewayEndpoint,
    /// Deletion of a cluster.
    Cluster,
    /// Everything else.
    Other,
    /// What lists lag behind.
    List,
}

impl Wait {
    /// In seconds: typically from, to; at the worst up to.
    const fn range(self) -> (u64, u64, u64) {
        match self {
            Self::NatGateway => (37, 79, 120),
            Self::Address => (1, 3, 10),
            Self::Service => (100, 180, 420),
            Self::Task => (60, 150, 480),
            Self::TaskInterface => (20, 90, 1200),
            Self::LoadBalancerInterface => (150, 300, 600),
            Self::Certificate => (10, 240, 600),
            Self::TargetGroup => (0, 15, 120),
            Self::InterfaceEndpoint => (60, 150, 600),
            Self::GatewayEndpoint | Self::Cluster => (1, 5, 30),
            Self::Other => (0, 2, 5),
            Self::List => (0, 1, 20),
        }
    }
}

impl Delays {
    /// Typical delays only.
    #[must_use]
    pub fn typical(seed: u64) -> Self {
        Self { seed, tail: 0 }
    }

    /// Typical delays, and one in ten of the long ones.
    #[must_use]
    pub fn with_tail(seed: u64) -> Self {
        Self { seed, tail: 1000 }
    }

    /// How long something takes for one thing: the same whenever it happens.
    #[must_use]
    pub fn of(&self, wait: Wait, id: &str) -> Duration {
        let mut random = Random::of(self.seed, &[id, word(wait)]);
        let (from, to, worst) = wait.range();
        let (from, to) = if random.chance(self.tail) {
            (to, worst)
        } else {
            (from, to)
        };
        random.between(Duration::from_secs(from), Duration::from_secs(to))
    }
}

const fn word(wait: Wait) -> &'static str {
    match wait {
        Wait::NatGateway => "nat",
        Wait::Address => "address",
        Wait::Service => "service",
        Wait::Task => "task",
        Wait::TaskInterface => "task interface",
        Wait::LoadBalancerInterface => "load balancer interface",
        Wait::Certificate => "certificate",
        Wait::TargetGroup => "target group",
        Wait::InterfaceEndpoint => "interface endpoint",
        Wait::GatewayEndpoint => "gateway endpoint",
        Wait::Cluster => "cluster",
        Wait::Other => "other",
        Wait::List => "list",
    }
}
