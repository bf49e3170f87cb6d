//! Whether expectations fit the project that serves them on AWS: the memory of a task, the time in
//! which one stops, the patience of the load balancer.

use std::time::Duration;

use crate::format::{FARGATE_CPU, fargate_memory};
use crate::memory::{JOURNAL_BYTES, expectations_memory, expectations_room};
use crate::{EngineKind, Expectations, Problem, Problems, Project, StopTiming, TaskSize};

/// The load balancer gives up on an answer of which no byte has come for this long. The module
/// `ecs-service` leaves AWS's default.
const IDLE_TIMEOUT: Duration = Duration::from_mins(1);

const MIB: u64 = 1 << 20;

impl Project {
    /// The time in which a task stops that serves these expectations.
    #[must_use]
    pub fn stop_timing(&self, expectations: &Expectations) -> StopTiming {
        let longest = expectations.longest_answer().wait;
        StopTiming::of(self.engine.kind, self.tasks.capacity, longest)
    }

    /// Refuses expectations that a task can't hold.
    ///
    /// # Errors
    /// How much memory a task needs, and which size has it.
    pub fn check_fit(&self, expectations: &Expectations) -> Result<(), Problems> {
        if self.engine.kind == EngineKind::MockServer {
            return Ok(());
        }
        let text = expectations.text();
        // Both are in memory while the new ones replace the old ones.
        let need = expectations_memory(text).saturating_mul(2);
        let size = self.tasks.size;
        if need <= room(size.memory_mib()) {
            return Ok(());
        }
        let bytes = text.len() as u64;
        let reason = format!(
            "a task of size {size} does not hold the expectations: {}.{} MiB of them need {} MiB of memory to \
             be replaced while they are served, and it has {} MiB for that",
            bytes / MIB,
            bytes % MIB * 10 / MIB,
            need.div_ceil(MIB),
            room(size.memory_mib()) / MIB,
        );
        let problem = Problem::new("tasks.size", reason);
        Err(match size_for(size, need) {
            Some(hint) => problem.with_suggestion(hint),
            None => problem.with_suggestion("no size that Fargate offers holds them"),
        }
        .into())
    }

    /// What these expectations ask for that the stack on AWS does not give: answers that are cut when
    /// a task is replaced, or that the load balancer does not wait for.
    #[must_use]
    pub fn fit_advice(&self, expectations: &Expectations) -> Vec<Problem> {
        let longest = expectations.longest_answer();
        let timing = StopTiming::of(self.engine.kind, self.tasks.capacity, longest.wait);
        let mut advice = Vec::new();
        if let Some(place) = longest.place {
            let waits = format!("waits up to {}", in_seconds(longest.wait));
            if timing.cuts(longest.wait) {
                let survives = timing.survives_seconds;
                let reason = format!(
                    "{waits}, and a task that is replaced has {survives} s for its answers"
                );
                advice.push(Problem::new(&place, reason).with_suggestion(self.way_out()));
            }
            if longest.wait >= IDLE_TIMEOUT {
                let reason = format!(
                    "{waits}, and the load balancer answers 504 after {} without a byte",
                    in_seconds(IDLE_TIMEOUT)
                );
                advice.push(Problem::new(&place, reason).with_suggestion("shorten the delay"));
            }
        }
        let template = longest.templates.into_iter().map(|place| {
            let reason = format!(
                "may ask for a delay of its own; answers that wait longer than {} s are cut when a task \
                 is replaced",
                timing.survives_seconds
            );
            Problem::new(place, reason).with_suggestion("keep it below that")
        });
        advice.extend(template);
        advice
    }

    fn way_out(&self) -> &'static str {
        match self.engine.kind {
            EngineKind::MockServer => {
                "MockServer ends at once when Fargate Spot takes a task back: use capacity = \"on-demand\""
            }
            EngineKind::AutoMock => "shorten the delay, or use capacity = \"on-demand\"",
        }
    }
}

/// What a task with so much memory has for expectations, in bytes.
fn room(memory_mib: u32) -> u64 {
    expectations_room(u64::from(memory_mib) * MIB, None, JOURNAL_BYTES)
}

/// The smallest size with the memory, as a person writes it.
fn size_for(size: TaskSize, need: u64) -> Option<String> {
    let named = crate::SizeName::ALL
        .into_iter()
        .find(|name| room(name.memory_mib()) >= need);
    if let (TaskSize::Named(_), Some(name)) = (size, named) {
        let name = name.as_str();
        return Some(format!("write size = \"{name}\" under [tasks]"));
    }
    let cpus = FARGATE_CPU
        .into_iter()
        .filter(|cpu| *cpu >= size.cpu_units());
    let mut pairs = cpus.filter_map(|cpu| {
        let memory = fargate_memory(cpu)
            .into_iter()
            .find(|memory| room(*memory) >= need)?;
        Some((cpu, memory))
    });
    let (cpu, memory) = pairs.next()?;
    Some(format!(
        "write cpu = {cpu} and memory_mib = {memory} under [tasks]"
    ))
}

fn in_seconds(wait: Duration) -> String {
    let tenths = wait.as_millis().div_ceil(100);
    match tenths % 10 {
        0 => format!("{} s", tenths / 10),
        rest => format!("{}.{rest} s", tenths / 10),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Capacity, SizeName};

    fn project(change: impl FnOnce(&mut Project)) -> Project {
        let mut project = Project::new("petstore".parse().unwrap());
        change(&mut project);
        project
    }

    fn expectations(mib: usize) -> Expectations {
        let body = "x".repeat(mib << 20);
        Expectations::parse(&format!(r#"[{{"httpResponse": {{"body": "{body}"}}}}]"#)).unwrap()
    }

    fn waits(seconds: u32) -> Expectations {
        let text = format!(
            r#"[{{"httpResponse": {{"delay": {{"timeUnit": "SECONDS", "value": {seconds}}}}}}}]"#
        );
        Expectations::parse(&text).unwrap()
    }

    #[test]
    fn a_file_that_fits_is_taken_and_a_larger_one_names_the_next_size() {
        let small = project(|_| ());
        assert!(small.check_fit(&expectations(25)).is_ok());
        let words = small.check_fit(&expectations(60)).unwrap_err().to_string();
        assert_eq!(
            words,
            "tasks.size: a task of size small (256 CPU units, 512 MiB) does not hold the expectations: \
             60.0 MiB of them need 361 MiB of memory to be replaced while they are served, and it has 336 MiB \
             for that; write size = \"medium\" under [tasks]"
        );
    }

    #[test]
    fn a_free_size_gets_a_pair_that_fargate_offers() {
        let custom = project(|project| {
            project.tasks.size = TaskSize::Custom {
                cpu_units: 256,
                memory_mib: 512,
            };
        });
        let words = custom.check_fit(&expectations(60)).unwrap_err().to_string();
        assert!(
            words.ends_with("write cpu = 256 and memory_mib = 1024 under [tasks]"),
            "{words}"
        );
        assert_eq!(
            size_for(TaskSize::Named(SizeName::Small), 5000 << 20).as_deref(),
            Some("write cpu = 1024 and memory_mib = 7168 under [tasks]")
        );
        assert_eq!(size_for(TaskSize::Named(SizeName::Small), 1 << 50), None);
    }

    #[test]
    fn mockserver_judges_its_memory_itself() {
        let mockserver = project(|project| project.engine.kind = EngineKind::MockServer);
        assert!(mockserver.check_fit(&expectations(60)).is_ok());
    }

    #[test]
    fn answers_that_a_replacement_cuts_are_named() {
        let spot = project(|project| project.tasks.capacity = Capacity::Spot);
        assert_eq!(spot.fit_advice(&waits(59)), []);
        let words: Vec<_> = spot
            .fit_advice(&waits(90))
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(words.len(), 2, "{words:?}");
        assert!(words[0].starts_with(
            "[0].httpResponse: waits up to 90 s, and a task that is replaced has 72 s"
        ));
        assert!(words[1].contains("the load balancer answers 504 after 60 s"));
        let on_demand = project(|_| ());
        assert_eq!(
            on_demand.fit_advice(&waits(90)).len(),
            1,
            "ECS waits for the load balancer"
        );
    }

    #[test]
    fn mockserver_on_spot_cuts_every_delay() {
        let project = project(|project| {
            project.engine.kind = EngineKind::MockServer;
            project.tasks.capacity = Capacity::Spot;
        });
        assert_eq!(project.fit_advice(&waits(0)), []);
        let words = project.fit_advice(&waits(1))[0].to_string();
        assert!(words.contains("has 0 s for its answers"), "{words}");
    }

    #[test]
    fn a_template_with_a_delay_of_its_own_is_named() {
        let text = r#"[{"httpResponseTemplate": {"templateType": "VELOCITY", "template": "{\"delay\": 1}"}}]"#;
        let advice = project(|_| ()).fit_advice(&Expectations::parse(text).unwrap());
        assert!(
            advice[0]
                .to_string()
                .starts_with("[0].httpResponseTemplate: may ask for a delay")
        );
    }
}
