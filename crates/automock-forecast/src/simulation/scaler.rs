//! The scaler: metrics, alarms and policies of the service.

use automock_model::{Project, ScaleIn, ScalingPolicy, Step, Tasks};

use super::adjust::{bounded, scale_in, scale_out, track};
use super::metric::{Alarm, Breach, Metric};
use super::timings::Timings;
use super::{Event, EventKind, MetricName, Resolution};

/// Values in a row that make target tracking add tasks, and remove them. AWS does not document its
/// managed alarms, but shows them: three values for the high one, fifteen for the low one.
/// <https://docs.aws.amazon.com/autoscaling/application/userguide/target-tracking-scaling-policy-overview.html>
const HIGH_VALUES: u32 = 3;
const LOW_VALUES: u32 = 15;

/// The low alarm's threshold, as a share of the target.
const LOW_SHARE: f64 = 0.9;

/// Seconds of a standard metric's period.
const STANDARD_PERIOD: u32 = 60;

/// Seconds of a high-resolution metric's period:
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/target-tracking-faster-auto-scaling.html>.
const HIGH_RESOLUTION_PERIOD: u32 = 20;

/// What a second looked like.
#[derive(Debug, Clone, Copy)]
pub(super) struct Observation {
    pub(super) running: f64,
    pub(super) healthy: f64,
    /// CPU use of all running tasks together, in percent of one.
    pub(super) cpu_sum: f64,
    pub(super) memory_percent: f64,
    pub(super) served: f64,
}

#[derive(Debug)]
enum Rule {
    Out(Vec<Step>),
    In(ScaleIn),
    Track { target: f64, low: Alarm },
}

#[derive(Debug)]
struct Policy {
    name: MetricName,
    metric: Metric,
    alarm: Alarm,
    rule: Rule,
    evaluate_every: u32,
}

impl Policy {
    fn is_high(&self) -> bool {
        self.alarm.is_on && !matches!(self.rule, Rule::In(_))
    }

    fn latest(&self) -> f64 {
        self.metric.latest.unwrap_or(f64::NAN)
    }
}

/// Decides how many tasks there should be.
#[derive(Debug)]
pub(super) struct Scaler {
    tasks: Tasks,
    out_cooldown: u64,
    in_cooldown: u64,
    phase: u32,
    policies: Vec<Policy>,
    pub(super) desired: u32,
    last_out: Option<Addition>,
    last_in: Option<u32>,
}

/// The last time that tasks were added.
#[derive(Debug, Clone, Copy)]
struct Addition {
    /// How many there were before.
    base: u32,
    /// When as many ran as there should be. The cooldown begins there: it is counted from the end of
    /// the scaling activity.
    /// <https://docs.aws.amazon.com/autoscaling/application/APIReference/API_StepScalingPolicyConfiguration.html>
    fulfilled: Option<u32>,
}

impl Scaler {
    pub(super) fn new(
        project: &Project,
        resolution: Resolution,
        initial: u32,
        timings: &Timings,
    ) -> Self {
        Self {
            tasks: project.tasks.clone(),
            out_cooldown: project.scaling.scale_out_cooldown_seconds,
            in_cooldown: project.scaling.scale_in_cooldown_seconds,
            phase: timings.evaluation_phase_seconds,
            policies: policies(&project.scaling.policy, resolution, timings),
            desired: bounded(&project.tasks, initial),
            last_out: None,
            last_in: None,
        }
    }

    /// Takes in a second and decides; what happens is told as events.
    pub(super) fn step(&mut self, second: u32, seen: &Observation, events: &mut Vec<Event>) {
        if let Some(addition) = &mut self.last_out
            && addition.fulfilled.is_none()
            && seen.running >= f64::from(self.desired)
        {
            addition.fulfilled = Some(second);
        }
        for policy in &mut self.policies {
            record(policy, seen);
            if let Some(value) = policy.metric.close(second) {
                policy.alarm.see(value);
                if let Rule::Track { low, .. } = &mut policy.rule {
                    low.see(value);
                }
            }
        }
        let mut is_due = false;
        for policy in &mut self.policies {
            let every = policy.evaluate_every.max(1);
            if second % every != self.phase % every {
                continue;
            }
            is_due = true;
            evaluate(policy, second, events);
        }
        if is_due {
            self.decide(second, events);
        }
    }

    fn decide(&mut self, second: u32, events: &mut Vec<Event>) {
        let before = self.desired;
        let (is_high, wanted) = self.wanted_out(second);
        if wanted > before {
            self.last_out = Some(Addition {
                base: self.base(second),
                fulfilled: None,
            });
            // Adding ends the pause after removing.
            self.last_in = None;
            self.change(second, wanted, events);
        } else if !is_high && self.may_scale_in(second) {
            let wanted = self.wanted_in();
            if wanted < before {
                self.last_in = Some(second);
                self.change(second, wanted, events);
            }
        }
    }

    /// The number of tasks that an addition starts from. Until the cooldown is over, what was added
    /// last counts as part of the next addition:
    /// <https://docs.aws.amazon.com/autoscaling/application/userguide/step-scaling-policy-overview.html>.
    fn base(&self, second: u32) -> u32 {
        let since = |at| u64::from(second.saturating_sub(at));
        match self.last_out {
            Some(Addition { base, fulfilled })
                if fulfilled.is_none_or(|at| since(at) < self.out_cooldown) =>
            {
                base.min(self.desired)
            }
            _ => self.desired,
        }
    }

    /// Whether any policy wants more, and the most that one wants.
    fn wanted_out(&self, second: u32) -> (bool, u32) {
        let base = self.base(second);
        let mut is_high = false;
        let mut most = self.desired;
        for policy in self.policies.iter().filter(|policy| policy.is_high()) {
            is_high = true;
            let wanted = match &policy.rule {
                Rule::Out(steps) => scale_out(steps, policy.latest(), base),
                Rule::Track { target, .. } => track(*target, policy.latest(), base),
                Rule::In(_) => base,
            };
            most = most.max(bounded(&self.tasks, wanted));
        }
        (is_high, most)
    }

    /// The most that a policy leaves. Target tracking removes tasks only when all its policies are
    /// ready to.
    fn wanted_in(&self) -> u32 {
        let mut most = None;
        for policy in &self.policies {
            let wanted = match &policy.rule {
                Rule::Out(_) => continue,
                Rule::In(rule) if policy.alarm.is_on => {
                    scale_in(rule, policy.latest(), self.desired)
                }
                Rule::Track { target, low } if low.is_on => {
                    track(*target, policy.latest(), self.desired)
                }
                Rule::In(_) | Rule::Track { .. } => return self.desired,
            };
            most = most.max(Some(bounded(&self.tasks, wanted)));
        }
        most.unwrap_or(self.desired)
    }

    fn may_scale_in(&self, second: u32) -> bool {
        let since = |at| u64::from(second.saturating_sub(at));
        self.last_in.is_none_or(|at| since(at) >= self.in_cooldown)
    }

    fn change(&mut self, second: u32, to: u32, events: &mut Vec<Event>) {
        let from = std::mem::replace(&mut self.desired, to);
        let kind = if to > from {
            EventKind::ScaleOut { from, to }
        } else {
            EventKind::ScaleIn { from, to }
        };
        events.push(Event { second, kind });
        if to == self.tasks.max && to > from {
            let kind = EventKind::AtMaximum { tasks: to };
            events.push(Event { second, kind });
        }
    }
}

fn record(policy: &mut Policy, seen: &Observation) {
    match policy.name {
        MetricName::Cpu => policy.metric.record(seen.cpu_sum, seen.running),
        MetricName::Memory => {
            policy
                .metric
                .record(seen.memory_percent * seen.running, seen.running);
        }
        // Requests of a minute, divided by the average number of targets.
        MetricName::Requests => {
            let per_minute = seen.served * f64::from(STANDARD_PERIOD);
            policy.metric.record(per_minute, seen.healthy);
        }
    }
}

fn evaluate(policy: &mut Policy, second: u32, events: &mut Vec<Event>) {
    let metric = policy.name;
    let is_low = matches!(policy.rule, Rule::In(_));
    if policy.alarm.evaluate() {
        let is_on = policy.alarm.is_on;
        let kind = EventKind::Alarm {
            metric,
            is_low,
            is_on,
        };
        events.push(Event { second, kind });
    }
    if let Rule::Track { low, .. } = &mut policy.rule
        && low.evaluate()
    {
        let is_on = low.is_on;
        let kind = EventKind::Alarm {
            metric,
            is_low: true,
            is_on,
        };
        events.push(Event { second, kind });
    }
}

fn policies(policy: &ScalingPolicy, resolution: Resolution, timings: &Timings) -> Vec<Policy> {
    let policy_on = |name, period, breach, threshold, values, rule| {
        let delay = timings.publication_periods.saturating_mul(period);
        Policy {
            name,
            metric: Metric::new(period, timings.metric_phase_seconds, delay)
                .absent_at_zero(name == MetricName::Requests),
            alarm: Alarm::new(breach, threshold, values),
            rule,
            evaluate_every: if period < STANDARD_PERIOD {
                timings.high_resolution_evaluation_seconds
            } else {
                timings.evaluation_seconds
            },
        }
    };
    let mut all = Vec::new();
    match policy {
        ScalingPolicy::Steps(steps) => {
            let lists = [
                (MetricName::Cpu, &steps.cpu),
                (MetricName::Memory, &steps.memory),
                (MetricName::Requests, &steps.requests_per_minute),
            ];
            for (name, steps) in lists {
                if let Some(first) = steps.first() {
                    let threshold = f64::from(first.above);
                    let rule = Rule::Out(steps.clone());
                    all.push(policy_on(
                        name,
                        STANDARD_PERIOD,
                        Breach::AtLeast,
                        threshold,
                        1,
                        rule,
                    ));
                }
            }
            let rule = steps.scale_in;
            let values = u32::try_from(rule.for_seconds / 60).unwrap_or(u32::MAX);
            let threshold = f64::from(rule.below_percent);
            let (name, rule) = (MetricName::Cpu, Rule::In(rule));
            all.push(policy_on(
                name,
                STANDARD_PERIOD,
                Breach::Below,
                threshold,
                values,
                rule,
            ));
        }
        ScalingPolicy::TargetTracking(targets) => {
            let fast = match resolution {
                Resolution::Standard => STANDARD_PERIOD,
                Resolution::High => HIGH_RESOLUTION_PERIOD,
            };
            let targets = [
                (MetricName::Cpu, fast, targets.cpu_percent),
                (MetricName::Memory, fast, targets.memory_percent),
                (
                    MetricName::Requests,
                    STANDARD_PERIOD,
                    targets.requests_per_minute,
                ),
            ];
            for (name, period, target) in targets {
                let Some(target) = target.map(f64::from) else {
                    continue;
                };
                let low = Alarm::new(Breach::Below, target * LOW_SHARE, LOW_VALUES);
                let rule = Rule::Track { target, low };
                all.push(policy_on(
                    name,
                    period,
                    Breach::Above,
                    target,
                    HIGH_VALUES,
                    rule,
                ));
            }
        }
    }
    all
}
