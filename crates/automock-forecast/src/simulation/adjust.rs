//! How a policy turns a metric into a number of tasks, as Application Auto Scaling does it.

use automock_model::{ScaleIn, Step, Tasks};

/// The number of tasks after a step scaling policy has seen a metric at or above its threshold.
///
/// Steps are counted from the alarm's threshold, lower bounds belong to a step and upper bounds do
/// not. A percentage is rounded as
/// <https://docs.aws.amazon.com/autoscaling/application/userguide/step-scaling-policy-overview.html>
/// says: towards zero, but never to zero.
///
/// ```
/// use automock_forecast::scale_out;
/// use automock_model::StepScaling;
///
/// let cpu = StepScaling::seed().cpu;
/// assert_eq!([75.0, 85.0, 95.0].map(|percent| scale_out(&cpu, percent, 10)), [15, 20, 30]);
/// assert_eq!(scale_out(&cpu, 69.9, 10), 10);
/// ```
#[must_use]
pub fn scale_out(steps: &[Step], metric: f64, tasks: u32) -> u32 {
    let reached = steps
        .iter()
        .rev()
        .find(|step| metric >= f64::from(step.above));
    match reached {
        Some(step) => tasks.saturating_add(percent_of(tasks, step.add_percent)),
        None => tasks,
    }
}

/// The number of tasks after the scale-in policy has seen a metric below its threshold for long
/// enough.
///
/// ```
/// # use automock_forecast::scale_in;
/// # use automock_model::ScaleIn;
/// assert_eq!(scale_in(&ScaleIn::SEED, 39.9, 20), 15);
/// assert_eq!(scale_in(&ScaleIn::SEED, 40.0, 20), 20);
/// ```
#[must_use]
pub fn scale_in(policy: &ScaleIn, metric: f64, tasks: u32) -> u32 {
    if metric < f64::from(policy.below_percent) {
        tasks.saturating_sub(percent_of(tasks, policy.remove_percent))
    } else {
        tasks
    }
}

/// The number of tasks that target tracking asks for: as many as bring the metric to its target,
/// rounded up, because it never adds too few nor removes too many
/// (<https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-autoscaling-targettracking.html>).
#[must_use]
pub fn track(target: f64, metric: f64, tasks: u32) -> u32 {
    let wanted = (f64::from(tasks) * metric / target.max(f64::MIN_POSITIVE)).ceil();
    if wanted.is_nan() {
        return tasks;
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "clamped to the type"
    )]
    let wanted = wanted.clamp(0.0, f64::from(u32::MAX)) as u32;
    wanted
}

/// Within the bounds of the scalable target.
pub(super) fn bounded(tasks: &Tasks, wanted: u32) -> u32 {
    wanted.clamp(tasks.min, tasks.max.max(tasks.min))
}

/// A percentage of the tasks, rounded down, but at least one: the documented rule for fractions
/// below one, and the policies' smallest adjustment as well.
fn percent_of(tasks: u32, percent: u32) -> u32 {
    let share = u64::from(tasks) * u64::from(percent) / 100;
    u32::try_from(share).unwrap_or(u32::MAX).max(1)
}

#[cfg(test)]
mod tests {
    use automock_model::StepScaling;

    use super::*;

    #[test]
    fn the_seeds_table_is_reproduced() {
        let seed = StepScaling::seed();
        let cpu = [75.0, 85.0, 95.0].map(|percent| scale_out(&seed.cpu, percent, 10));
        assert_eq!(cpu, [15, 20, 30]);
        let memory = [75.0, 85.0, 95.0].map(|percent| scale_out(&seed.memory, percent, 10));
        assert_eq!(memory, [15, 20, 30]);
        let requests = [600.0, 1200.0].map(|rate| scale_out(&seed.requests_per_minute, rate, 10));
        assert_eq!(requests, [15, 20]);
        assert_eq!(scale_in(&seed.scale_in, 39.0, 20), 15);
    }

    #[test]
    fn lower_bounds_belong_to_a_step_and_upper_bounds_do_not() {
        let cpu = StepScaling::seed().cpu;
        let at = |percent| scale_out(&cpu, percent, 10);
        assert_eq!(
            [69.999, 70.0, 79.999, 80.0, 89.999, 90.0, 250.0].map(at),
            [10, 15, 15, 20, 20, 30, 30]
        );
    }

    #[test]
    fn percentages_are_rounded_towards_zero_but_never_to_it() {
        // 12.7 becomes 12, 0.67 becomes 1, −0.58 becomes −1, −6.67 becomes −6.
        assert_eq!(percent_of(127, 10), 12);
        assert_eq!(percent_of(1, 67), 1);
        assert_eq!(percent_of(1, 58), 1);
        assert_eq!(percent_of(667, 1), 6);
        let policy = ScaleIn::SEED;
        assert_eq!(
            [1, 2, 3, 5, 7].map(|tasks| scale_in(&policy, 0.0, tasks)),
            [0, 1, 2, 4, 6]
        );
    }

    #[test]
    fn targets_are_tracked_in_proportion() {
        assert_eq!(track(50.0, 75.0, 10), 15);
        assert_eq!(track(50.0, 51.0, 10), 11);
        assert_eq!(track(50.0, 20.0, 10), 4);
        assert_eq!(track(50.0, f64::NAN, 10), 10);
        assert_eq!(track(0.0, 1.0, 10), u32::MAX);
    }
}
