//! The tasks: launched, booting, healthy, draining.

use std::collections::VecDeque;

use super::timings::Timings;
use crate::estimate::MINIMUM_TASK_SECONDS;

/// Tasks that were launched in the same second.
#[derive(Debug)]
struct Cohort {
    tasks: u32,
    launched: u32,
    running_at: u32,
    booted_at: u32,
    healthy_at: u32,
}

/// All tasks of the service. Those that were launched together go through their states together,
/// so a second costs the same however many tasks there are.
#[derive(Debug)]
pub(super) struct Fleet {
    cohorts: VecDeque<Cohort>,
    /// Indices of the first cohort that does not run, has not booted, is not healthy yet.
    next_running: usize,
    next_booted: usize,
    next_healthy: usize,
    draining: VecDeque<(u32, u32)>,
    launch_tokens: f64,
    pub(super) provisioning: u32,
    pub(super) booting: u32,
    pub(super) checking: u32,
    pub(super) healthy: u32,
    pub(super) stopping: u32,
    /// Task-seconds that are billed beyond those that were lived, since they were last taken.
    unlived_seconds: u64,
}

impl Fleet {
    /// A fleet of healthy tasks.
    pub(super) fn new(tasks: u32, timings: &Timings) -> Self {
        Self {
            cohorts: VecDeque::from([Cohort {
                tasks,
                launched: 0,
                running_at: 0,
                booted_at: 0,
                healthy_at: 0,
            }]),
            next_running: 1,
            next_booted: 1,
            next_healthy: 1,
            draining: VecDeque::new(),
            launch_tokens: f64::from(timings.launch_burst),
            provisioning: 0,
            booting: 0,
            checking: 0,
            healthy: tasks,
            stopping: 0,
            unlived_seconds: 0,
        }
    }

    /// Tasks that are there or on their way.
    pub(super) fn active(&self) -> u32 {
        self.provisioning + self.running()
    }

    /// Tasks whose containers run.
    pub(super) fn running(&self) -> u32 {
        self.booting + self.checking + self.healthy
    }

    /// Tasks that are billed: from the pull of the image until the containers have stopped.
    pub(super) fn billed(&self) -> u32 {
        self.active() + self.stopping
    }

    pub(super) fn take_unlived_seconds(&mut self) -> u64 {
        std::mem::take(&mut self.unlived_seconds)
    }

    /// Moves the fleet to a second and towards a number of tasks; tells how many were launched.
    pub(super) fn step(&mut self, second: u32, desired: u32, timings: &Timings) -> u32 {
        self.advance(second);
        let active = self.active();
        let refill = f64::from(timings.launch_per_second);
        let burst = f64::from(timings.launch_burst);
        if second > 0 {
            self.launch_tokens = (self.launch_tokens + refill).min(burst.max(refill));
        }
        if desired > active {
            self.launch(second, desired - active, timings)
        } else {
            self.stop_newest(second, active - desired, timings);
            0
        }
    }

    fn advance(&mut self, second: u32) {
        while let Some(cohort) = self.cohorts.get(self.next_running)
            && cohort.running_at <= second
        {
            self.provisioning -= cohort.tasks;
            self.booting += cohort.tasks;
            self.next_running += 1;
        }
        while let Some(cohort) = self.cohorts.get(self.next_booted)
            && cohort.booted_at <= second
        {
            self.booting -= cohort.tasks;
            self.checking += cohort.tasks;
            self.next_booted += 1;
        }
        while let Some(cohort) = self.cohorts.get(self.next_healthy)
            && cohort.healthy_at <= second
        {
            self.checking -= cohort.tasks;
            self.healthy += cohort.tasks;
            self.next_healthy += 1;
        }
        while let Some((at, tasks)) = self.draining.front()
            && *at <= second
        {
            self.stopping -= tasks;
            self.draining.pop_front();
        }
    }

    fn launch(&mut self, second: u32, wanted: u32, timings: &Timings) -> u32 {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "between nothing and the burst"
        )]
        let tasks = wanted.min(self.launch_tokens as u32);
        if tasks == 0 {
            return 0;
        }
        self.launch_tokens -= f64::from(tasks);
        // A second passes at least between states, so that each is entered once.
        let running_at = second.saturating_add(timings.provision_seconds.max(1));
        let booted_at = running_at.saturating_add(timings.boot_seconds);
        let checks = timings
            .health_interval_seconds
            .saturating_mul(timings.healthy_threshold);
        self.cohorts.push_back(Cohort {
            tasks,
            launched: second,
            running_at,
            booted_at,
            healthy_at: booted_at.saturating_add(checks),
        });
        self.provisioning += tasks;
        tasks
    }

    /// Stops the newest tasks. Which ones ECS stops is its own affair; for the minimum of a minute
    /// that each task is billed for, these are the dearest.
    fn stop_newest(&mut self, second: u32, mut tasks: u32, timings: &Timings) {
        while tasks > 0 {
            let index = self.cohorts.len().saturating_sub(1);
            let Some(stopped) = self.take(index, tasks, second, timings) else {
                return;
            };
            tasks -= stopped;
        }
    }

    /// Stops tasks that were interrupted, the oldest first.
    pub(super) fn interrupt(&mut self, second: u32, mut tasks: u32, timings: &Timings) {
        while tasks > 0 {
            let Some(stopped) = self.take(0, tasks, second, timings) else {
                return;
            };
            tasks -= stopped;
        }
    }

    /// Stops at most so many tasks of a cohort.
    fn take(&mut self, index: usize, most: u32, second: u32, timings: &Timings) -> Option<u32> {
        let cohort = self.cohorts.get_mut(index)?;
        let tasks = cohort.tasks.min(most);
        cohort.tasks -= tasks;
        let (launched, is_empty) = (cohort.launched, cohort.tasks == 0);
        let count = if index < self.next_healthy {
            &mut self.healthy
        } else if index < self.next_booted {
            &mut self.checking
        } else if index < self.next_running {
            &mut self.booting
        } else {
            &mut self.provisioning
        };
        *count -= tasks;
        if is_empty {
            self.cohorts.remove(index);
            for next in [
                &mut self.next_running,
                &mut self.next_booted,
                &mut self.next_healthy,
            ] {
                if index < *next {
                    *next -= 1;
                }
            }
        }
        if tasks > 0 {
            let drain = timings
                .deregistration_seconds
                .saturating_add(timings.stop_seconds)
                .max(1);
            let ends = second.saturating_add(drain);
            self.stopping += tasks;
            self.draining.push_back((ends, tasks));
            let lived = u64::from(ends.saturating_sub(launched));
            let unlived = MINIMUM_TASK_SECONDS.saturating_sub(lived);
            self.unlived_seconds += unlived * u64::from(tasks);
        }
        Some(tasks)
    }
}

#[cfg(test)]
mod tests {
    use automock_model::Project;

    use super::*;

    fn timings() -> Timings {
        let project = Project::from_toml(
            "name = \"petstore\"\nengine = { kind = \"automock\", image = \"a/b:1\" }",
        );
        Timings::of(&project.unwrap())
    }

    #[test]
    fn launches_are_throttled() {
        let timings = timings();
        let mut fleet = Fleet::new(10, &timings);
        let launched: Vec<u32> = (0..8)
            .map(|second| fleet.step(second, 200, &timings))
            .collect();
        assert_eq!(launched, [100, 20, 20, 20, 20, 10, 0, 0]);
    }

    #[test]
    fn tasks_go_through_their_states() {
        let timings = timings();
        let mut fleet = Fleet::new(10, &timings);
        let mut healthy_at = None;
        for second in 0..100 {
            fleet.step(second, 15, &timings);
            if fleet.healthy == 15 && healthy_at.is_none() {
                healthy_at = Some(second);
            }
            assert_eq!(fleet.active(), 15);
        }
        // 23 s of provisioning, 1 s of boot, two health checks of 10 s.
        assert_eq!(healthy_at, Some(44));
    }

    #[test]
    fn a_task_that_is_stopped_at_once_is_billed_for_a_minute() {
        let timings = timings();
        let mut fleet = Fleet::new(10, &timings);
        fleet.step(0, 11, &timings);
        fleet.step(5, 10, &timings);
        assert_eq!(fleet.billed(), 11);
        assert_eq!(fleet.take_unlived_seconds(), 60 - 20);
        fleet.step(20, 10, &timings);
        assert_eq!(fleet.billed(), 10);
    }

    #[test]
    fn interrupted_tasks_are_replaced() {
        let timings = timings();
        let mut fleet = Fleet::new(10, &timings);
        fleet.interrupt(0, 3, &timings);
        assert_eq!(fleet.healthy, 7);
        assert_eq!(fleet.step(1, 10, &timings), 3);
        fleet.interrupt(2, 100, &timings);
        assert_eq!(fleet.active(), 0);
    }
}
