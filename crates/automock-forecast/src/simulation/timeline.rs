//! What a simulation tells: samples, events and a summary.

use std::fmt;

use serde::Serialize;

use crate::money::Usd;

/// One second of a simulation.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Sample {
    /// Seconds since the start.
    pub second: u32,
    /// Tasks that there should be.
    pub desired: u32,
    /// Tasks whose containers run.
    pub running: u32,
    /// Tasks that get requests.
    pub healthy: u32,
    /// Requests that came.
    pub offered: f64,
    /// Requests that were answered.
    pub served: f64,
    /// Requests that wait at the end of the second.
    pub queued: f64,
    /// Requests that were refused, or whose client gave up.
    pub refused: f64,
    /// How busy the healthy tasks were, in percent.
    pub utilisation: f64,
    /// What everything has cost so far.
    pub cost: Usd,
}

/// A metric that scaling follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum MetricName {
    /// The average CPU use of the tasks.
    Cpu,
    /// The average memory use of the tasks.
    Memory,
    /// Requests per minute and target.
    Requests,
}

impl fmt::Display for MetricName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Cpu => "CPU",
            Self::Memory => "memory",
            Self::Requests => "requests",
        })
    }
}

/// Something that happens at a second.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Event {
    /// Seconds since the start.
    pub second: u32,
    /// What happens.
    #[serde(flatten)]
    pub kind: EventKind,
}

/// What happens in a simulation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum EventKind {
    /// An alarm changes its state.
    Alarm {
        /// What it watches.
        metric: MetricName,
        /// Whether it watches for too little.
        is_low: bool,
        /// Whether it is on now.
        is_on: bool,
    },
    /// Tasks are added.
    ScaleOut {
        /// Tasks that there should have been.
        from: u32,
        /// Tasks that there should be.
        to: u32,
    },
    /// Tasks are removed.
    ScaleIn {
        /// Tasks that there should have been.
        from: u32,
        /// Tasks that there should be.
        to: u32,
    },
    /// Scaling has reached its maximum.
    AtMaximum {
        /// The maximum.
        tasks: u32,
    },
    /// AWS takes Spot tasks back.
    SpotInterruption {
        /// How many.
        tasks: u32,
    },
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:>6} s  {}", self.second, self.kind)
    }
}

impl fmt::Display for EventKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Alarm {
                metric,
                is_low,
                is_on,
            } => {
                let side = if is_low { "low" } else { "high" };
                let state = if is_on { "on" } else { "off" };
                write!(f, "alarm {metric} {side} {state}")
            }
            Self::ScaleOut { from, to } => write!(f, "scale out, {from} to {to} tasks"),
            Self::ScaleIn { from, to } => write!(f, "scale in, {from} to {to} tasks"),
            Self::AtMaximum { tasks } => write!(f, "at the maximum of {tasks} tasks"),
            Self::SpotInterruption { tasks } => write!(f, "AWS takes {tasks} Spot tasks back"),
        }
    }
}

/// A simulation in a few numbers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Summary {
    /// How long it is.
    pub seconds: u32,
    /// Requests that came.
    pub offered: f64,
    /// Requests that were answered.
    pub served: f64,
    /// Requests that were refused, or whose client gave up.
    pub refused: f64,
    /// Seconds with a refused request.
    pub seconds_with_refusals: u32,
    /// Tasks whose containers ran, on average.
    pub average_tasks: f64,
    /// Tasks that were started, those at the beginning included.
    pub launches: u32,
    /// The most tasks whose containers ran.
    pub peak_tasks: u32,
    /// The highest utilisation of a second, in percent.
    pub peak_utilisation: f64,
    /// Desired tasks at the end.
    pub final_tasks: u32,
    /// Utilisation of the last second, in percent.
    pub final_utilisation: f64,
    /// What everything has cost.
    pub cost: Usd,
}

impl Summary {
    /// Refused requests in percent of those that came.
    #[must_use]
    pub fn refused_percent(&self) -> f64 {
        if self.offered > 0.0 {
            self.refused / self.offered * 100.0
        } else {
            0.0
        }
    }

    pub(super) fn add(&mut self, sample: &Sample) {
        self.seconds = sample.second + 1;
        self.offered += sample.offered;
        self.served += sample.served;
        self.refused += sample.refused;
        self.seconds_with_refusals += u32::from(sample.refused > 0.0);
        let weight = f64::from(self.seconds).recip();
        self.average_tasks += (f64::from(sample.running) - self.average_tasks) * weight;
        self.peak_tasks = self.peak_tasks.max(sample.running);
        self.peak_utilisation = self.peak_utilisation.max(sample.utilisation);
        self.final_tasks = sample.desired;
        self.final_utilisation = sample.utilisation;
        self.cost = sample.cost;
    }
}

/// A whole simulation.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Simulation {
    /// One sample for each second.
    pub samples: Vec<Sample>,
    /// Alarms, scaling and interruptions, in their order.
    pub events: Vec<Event>,
    /// All of it in a few numbers.
    pub summary: Summary,
}

impl Simulation {
    /// The same with one sample for so many seconds, the last one of them; the very last one is kept.
    #[must_use]
    pub fn every(&self, seconds: u32) -> Self {
        let seconds = seconds.max(1);
        let last = self.samples.last().map(|sample| sample.second);
        let is_kept = |sample: &&Sample| {
            (sample.second + 1).is_multiple_of(seconds) || Some(sample.second) == last
        };
        Self {
            samples: self.samples.iter().filter(is_kept).copied().collect(),
            events: self.events.clone(),
            summary: self.summary,
        }
    }

    /// The first second in which something is so.
    pub fn first(&self, is_so: impl Fn(&Sample) -> bool) -> Option<u32> {
        let sample = self.samples.iter().find(|sample| is_so(sample))?;
        Some(sample.second)
    }
}
