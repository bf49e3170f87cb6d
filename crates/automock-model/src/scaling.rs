//! Scaling: when tasks are added and removed.

use serde::Serialize;

/// The scaling policy and its cooldowns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Scaling {
    /// What makes the fleet grow and shrink.
    pub policy: ScalingPolicy,
    /// Pause after tasks were added.
    pub scale_out_cooldown_seconds: u64,
    /// Pause after tasks were removed.
    pub scale_in_cooldown_seconds: u64,
}

/// What makes the fleet grow and shrink.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum ScalingPolicy {
    /// Step scaling: the further a metric is beyond its threshold, the more tasks are added.
    Steps(StepScaling),
    /// Target tracking: AWS adds and removes tasks to hold metrics at their targets.
    TargetTracking(TargetTracking),
}

impl ScalingPolicy {
    /// The policy's name in the file: `seed`, `steps` or `target-tracking`.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Steps(steps) => steps.preset.map_or("steps", Preset::as_str),
            Self::TargetTracking(_) => "target-tracking",
        }
    }
}

/// A named set of steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Preset {
    /// The default: early and steep growth, slow shrinking; see [`StepScaling::seed`].
    Seed,
}

impl Preset {
    /// The preset's name in the file.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Seed => "seed",
        }
    }
}

/// Step scaling on CPU, memory and requests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StepScaling {
    /// The preset these steps come from, if any.
    pub preset: Option<Preset>,
    /// Steps on the average CPU utilization in percent, thresholds ascending.
    pub cpu: Vec<Step>,
    /// Steps on the average memory utilization in percent, thresholds ascending.
    pub memory: Vec<Step>,
    /// Steps on the requests per minute and target, thresholds ascending.
    pub requests_per_minute: Vec<Step>,
    /// When tasks are removed.
    pub scale_in: ScaleIn,
}

impl StepScaling {
    /// The preset `seed`: CPU and memory above 70, 80 and 90 % add 50, 100 and 200 % of the tasks;
    /// 500 and 1000 requests per minute and target add 50 and 100 %; five minutes of CPU below
    /// 40 % remove 25 %.
    #[must_use]
    pub fn seed() -> Self {
        let utilization = || steps(&[(70, 50), (80, 100), (90, 200)]);
        Self {
            preset: Some(Preset::Seed),
            cpu: utilization(),
            memory: utilization(),
            requests_per_minute: steps(&[(500, 50), (1000, 100)]),
            scale_in: ScaleIn::SEED,
        }
    }
}

fn steps(pairs: &[(u32, u32)]) -> Vec<Step> {
    let step = |&(above, add_percent)| Step { above, add_percent };
    pairs.iter().map(step).collect()
}

/// One step: above the threshold, this many percent of the running tasks are added.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Step {
    /// The threshold: percent, or requests per minute and target. The step lasts until the next
    /// step's threshold.
    pub above: u32,
    /// Percent of the running tasks to add.
    pub add_percent: u32,
}

/// When tasks are removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct ScaleIn {
    /// The average CPU utilization in percent below which tasks are removed.
    pub below_percent: u32,
    /// Percent of the running tasks to remove.
    pub remove_percent: u32,
    /// How long the utilization must stay below; whole minutes.
    pub for_seconds: u64,
}

impl ScaleIn {
    /// Scale-in of the preset `seed`: 25 % of the tasks after five minutes below 40 %.
    pub const SEED: Self = Self {
        below_percent: 40,
        remove_percent: 25,
        for_seconds: 300,
    };
}

/// Targets of target tracking; at least one is set.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct TargetTracking {
    /// Average CPU utilization to hold, in percent.
    pub cpu_percent: Option<u32>,
    /// Average memory utilization to hold, in percent.
    pub memory_percent: Option<u32>,
    /// Requests per minute and target to hold.
    pub requests_per_minute: Option<u32>,
}
