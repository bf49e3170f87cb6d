//! The table `[tasks]`.

use super::reader::{Fault, Reader};
use super::spec::{Field, Kind, Literal, Table};
use super::writer::Writer;
use crate::network::Network;
use crate::suggest::one_of;
use crate::tasks::{Capacity, SizeName, TaskSize, Tasks};

/// Tasks of one service, an ECS quota:
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-quotas.html>.
pub(crate) const MAX_TASKS: u32 = 5000;

pub(super) static SPEC: Table = Table {
    doc: "Size and number of the tasks.",
    fields: &[
        Field::default(
            "size",
            Kind::Choice(&["small", "medium", "large", "xlarge"]),
            Literal::Text("small"),
            "What one task gets: small (256 CPU units, 512 MiB), medium (512, 1024), \
             large (1024, 2048) or xlarge (2048, 4096). 1024 CPU units are one vCPU.",
        ),
        Field::optional(
            "cpu",
            Kind::IntegerChoice(&FARGATE_CPU),
            "512",
            "CPU units of one task, instead of size; together with memory_mib one of Fargate's pairs.",
        ),
        Field::optional(
            "memory_mib",
            Kind::Integer {
                min: 512,
                max: 122_880,
            },
            "2048",
            "Memory of one task in MiB, instead of size; together with cpu.",
        ),
        Field::default(
            "min",
            Kind::Integer {
                min: 1,
                max: MAX_TASKS,
            },
            Literal::Integer(10),
            "The number of tasks that always run.",
        ),
        Field::default(
            "max",
            Kind::Integer {
                min: 1,
                max: MAX_TASKS,
            },
            Literal::Integer(200),
            "The number of tasks that scaling never exceeds.",
        ),
        Field::default(
            "capacity",
            Kind::Choice(&["on-demand", "spot", "mixed"]),
            Literal::Text("on-demand"),
            "Where the tasks run: on-demand (Fargate), spot (Fargate Spot: cheaper, but AWS may stop \
             tasks) or mixed.",
        ),
        Field::optional(
            "on_demand_base",
            Kind::Integer {
                min: 0,
                max: MAX_TASKS,
            },
            "10",
            "With capacity = \"mixed\": the number of tasks that run on demand before any runs on \
             Spot; the same as min unless set.",
        ),
        Field::conditional(
            "spot_percent",
            Kind::Integer { min: 1, max: 100 },
            Literal::Integer(70),
            "With capacity = \"mixed\": the share of the tasks beyond the base that runs on Spot.",
        ),
    ],
};

/// The CPU sizes of Fargate:
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html>.
pub(crate) const FARGATE_CPU: [u32; 7] = [256, 512, 1024, 2048, 4096, 8192, 16_384];

pub(super) fn read(reader: &Reader<'_>) -> Option<Tasks> {
    let size = read_size(reader);
    let min = reader.integer("min");
    let max = reader.integer("max");
    if let (Some(min), Some(max)) = (min, max) {
        check_bounds(reader, min, max);
    }
    let capacity = read_capacity(reader, min, max);
    Some(Tasks {
        size: size?,
        min: min?,
        max: max?,
        capacity: capacity?,
    })
}

pub(super) fn write(tasks: &Tasks, writer: &mut Writer) {
    writer.section("tasks");
    match tasks.size {
        TaskSize::Named(name) => writer.set("size", name.as_str()),
        TaskSize::Custom {
            cpu_units,
            memory_mib,
        } => {
            writer.set("cpu", cpu_units);
            writer.set("memory_mib", memory_mib);
        }
    }
    writer.set("min", tasks.min);
    writer.set("max", tasks.max);
    writer.set("capacity", tasks.capacity.as_str());
    if let Capacity::Mixed {
        on_demand_base,
        spot_percent,
    } = tasks.capacity
    {
        writer.set("on_demand_base", on_demand_base);
        writer.set("spot_percent", spot_percent);
    }
}

fn check_bounds(reader: &Reader<'_>, min: u32, max: u32) {
    if min <= max {
        return;
    }
    if reader.has("max") {
        let default = (!reader.has("min")).then(|| format!("min is {min} unless you set it"));
        let reason = format!("is less than tasks.min ({min})");
        reader.report("max", Fault::new(reason).hint(default));
    } else {
        let reason = format!("is more than tasks.max ({max})");
        let default = format!("max is {max} unless you set it");
        reader.report("min", Fault::new(reason).hint(default));
    }
}

/// Each task takes an address of its own.
pub(super) fn check_room(reader: &Reader<'_>, tasks: &Tasks, network: &Network) {
    if let Some(room) = network.task_addresses()
        && tasks.max > room
    {
        let reason = format!(
            "is more than the {room} addresses that network.cidr ({}) has for tasks in {} zones",
            network.cidr, network.zones
        );
        let hint = "widen network.cidr or lower tasks.max".to_owned();
        reader.report("max", Fault::new(reason).hint(hint));
    }
}

fn read_size(reader: &Reader<'_>) -> Option<TaskSize> {
    let cpu = reader.optional("cpu", Reader::integer);
    let memory = reader.optional("memory_mib", Reader::integer);
    if !reader.has("cpu") && !reader.has("memory_mib") {
        return read_named(reader);
    }
    if reader.has("size") {
        let reason = "cannot be combined with tasks.cpu and tasks.memory_mib";
        reader.report("size", Fault::new(reason).hint("keep either".to_owned()));
        return None;
    }
    match (cpu.ok()?, memory.ok()?) {
        (Some(cpu_units), Some(memory_mib)) => {
            check_fargate_pair(reader, cpu_units, memory_mib);
            Some(TaskSize::Custom {
                cpu_units,
                memory_mib,
            })
        }
        (Some(cpu_units), None) => {
            missing_partner(reader, "memory_mib", "cpu", &fargate_memory(cpu_units))
        }
        (None, _) => missing_partner(reader, "cpu", "memory_mib", &FARGATE_CPU),
    }
}

fn read_named(reader: &Reader<'_>) -> Option<TaskSize> {
    let name = reader.choice("size")?;
    let size = SizeName::ALL.into_iter().find(|size| size.as_str() == name);
    Some(TaskSize::Named(
        size.expect("the description lists the sizes' names"),
    ))
}

fn missing_partner<T>(reader: &Reader<'_>, key: &str, other: &str, values: &[u32]) -> Option<T> {
    let fault = Fault::new(format!("is missing; tasks.{other} needs it"));
    reader.report(key, fault.hint(format!("it can be {}", one_of(values))));
    None
}

fn check_fargate_pair(reader: &Reader<'_>, cpu_units: u32, memory_mib: u32) {
    let possible = fargate_memory(cpu_units);
    if possible.contains(&memory_mib) {
        return;
    }
    let reason = format!("is no memory size that Fargate offers with {cpu_units} CPU units");
    let (first, last) = (possible[0], possible[possible.len() - 1]);
    let hint = if possible.len() <= 4 {
        format!("it can be {}", one_of(&possible))
    } else {
        let step = possible[1] - possible[0];
        format!("it can be {first} to {last} in steps of {step}")
    };
    reader.report("memory_mib", Fault::new(reason).hint(hint));
}

/// The memory sizes in MiB that Fargate offers with so many CPU units:
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html>.
pub(crate) fn fargate_memory(cpu_units: u32) -> Vec<u32> {
    let gib = |first: u32, last: u32, step: usize| -> Vec<u32> {
        (first..=last).step_by(step).map(|gib| gib * 1024).collect()
    };
    match cpu_units {
        256 => vec![512, 1024, 2048],
        512 => gib(1, 4, 1),
        1024 => gib(2, 8, 1),
        2048 => gib(4, 16, 1),
        4096 => gib(8, 30, 1),
        8192 => gib(16, 60, 4),
        _ => gib(32, 120, 8),
    }
}

fn read_capacity(reader: &Reader<'_>, min: Option<u32>, max: Option<u32>) -> Option<Capacity> {
    let capacity = reader.choice("capacity");
    let base = reader.optional("on_demand_base", Reader::integer);
    let spot_percent = reader.integer("spot_percent");
    let capacity = capacity?;
    if capacity != "mixed" {
        reader.refuse(
            &["on_demand_base", "spot_percent"],
            "has a meaning only with tasks.capacity = \"mixed\"",
        );
        return Some(if capacity == "spot" {
            Capacity::Spot
        } else {
            Capacity::OnDemand
        });
    }
    let base = base.ok()?;
    if let (Some(base), Some(max)) = (base, max)
        && base > max
    {
        let reason = format!("is more than tasks.max ({max})");
        reader.report("on_demand_base", Fault::new(reason));
    }
    Some(Capacity::Mixed {
        on_demand_base: base.or(min)?,
        spot_percent: spot_percent?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fargate_cpu_has_memory_sizes() {
        for cpu in FARGATE_CPU {
            let sizes = fargate_memory(cpu);
            assert!(sizes.is_sorted() && sizes.len() >= 3, "{cpu}");
            // Fargate gives at least one and at most eight GiB per vCPU.
            assert!(
                sizes[0] * 2 >= cpu && sizes[sizes.len() - 1] <= cpu * 8,
                "{cpu}"
            );
        }
        assert_eq!(fargate_memory(4096).last(), Some(&30_720));
        assert_eq!(fargate_memory(16_384).last(), Some(&122_880));
    }

    #[test]
    fn named_sizes_are_fargate_pairs() {
        for size in SizeName::ALL {
            assert!(fargate_memory(size.cpu_units()).contains(&size.memory_mib()));
        }
    }
}
