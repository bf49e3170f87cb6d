//! What a process may use of its machine.

use std::num::NonZeroUsize;
use std::thread;

use super::Task;
use super::cgroup::Limits;

/// What a process may use of its machine. A fraction of a processor is a fraction.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Share {
    /// In processors, above 0.
    pub processors: f64,
    /// In bytes; nothing if there is no limit but the machine's.
    pub memory_bytes: Option<u64>,
}

impl Share {
    /// The share of this process, whose task is known if it is one of Amazon ECS.
    ///
    /// The limits of a task on Fargate are those of a group around the container's own, which the
    /// container cannot see; the task's description has them.
    #[must_use]
    pub fn of_this_process(task: Option<&Task>) -> Self {
        let machine = thread::available_parallelism().map_or(1, NonZeroUsize::get);
        Self::smallest(machine, Limits::of_this_process(), task)
    }

    fn smallest(machine: usize, groups: Limits, task: Option<&Task>) -> Self {
        let machine = f64::from(u32::try_from(machine).unwrap_or(u32::MAX));
        let of_task = task.and_then(|task| task.processors);
        let fractions = [groups.processors, of_task].into_iter().flatten();
        let memory = [groups.memory_bytes, task.and_then(|task| task.memory_bytes)];
        Self {
            processors: fractions.fold(machine, f64::min),
            memory_bytes: memory.into_iter().flatten().min(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_smallest_limit_holds() {
        for (machine, group, task, expected) in [
            (2, None, None, 2.0),
            (2, Some(0.25), None, 0.25),
            (2, None, Some(0.25), 0.25),
            (2, Some(0.5), Some(0.25), 0.25),
            (2, Some(0.25), Some(1.0), 0.25),
            (2, Some(4.0), Some(8.0), 2.0),
            (16, None, Some(1.5), 1.5),
        ] {
            let groups = Limits {
                processors: group,
                memory_bytes: Some(2 << 20),
            };
            let task = task.map(|processors| Task {
                processors: Some(processors),
                memory_bytes: Some(1 << 20),
                ..Task::default()
            });
            let share = Share::smallest(machine, groups, task.as_ref());
            assert!((share.processors - expected).abs() < 1e-9, "{share:?}");
            assert_eq!(
                share.memory_bytes,
                Some(if task.is_some() { 1 } else { 2 } << 20)
            );
        }
        let share = Share::of_this_process(None);
        assert!(share.processors > 0.0);
    }
}
