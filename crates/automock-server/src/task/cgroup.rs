//! The limits of control groups, versions 1 and 2.
//! <https://www.kernel.org/doc/html/latest/admin-guide/cgroup-v2.html>,
//! <https://www.kernel.org/doc/html/latest/admin-guide/cgroup-v1/index.html>

use std::path::{Path, PathBuf};

/// What is limited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Controller {
    Cpu,
    Memory,
}

/// Limits of the groups that a process is in.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Limits {
    /// In processors.
    pub(super) processors: Option<f64>,
    pub(super) memory_bytes: Option<u64>,
}

impl Limits {
    /// Of this process, and of all groups around its own that it can see: the smallest holds.
    pub(super) fn of_this_process() -> Self {
        Self::read(|path| std::fs::read_to_string(path).ok())
    }

    fn read(read: impl Fn(&Path) -> Option<String>) -> Self {
        let groups = read(Path::new("/proc/self/cgroup")).unwrap_or_default();
        let mounts = read(Path::new("/proc/self/mountinfo")).unwrap_or_default();
        let in_all = |controller| folders(&groups, &mounts, controller).into_iter();
        let processors = in_all(Controller::Cpu).filter_map(|folder| {
            let file = |name: &str| read(&folder.join(name));
            let both = file("cpu.max").or_else(|| {
                let quota = file("cpu.cfs_quota_us")?;
                Some(format!("{quota} {}", file("cpu.cfs_period_us")?))
            });
            processors(&both?)
        });
        let memory = in_all(Controller::Memory).filter_map(|folder| {
            let file = |name: &str| read(&folder.join(name));
            bytes(&file("memory.max").or_else(|| file("memory.limit_in_bytes"))?)
        });
        Self {
            processors: processors.reduce(f64::min),
            memory_bytes: memory.min(),
        }
    }
}

/// The folders of the groups that a process is in, from its own outwards.
fn folders(groups: &str, mounts: &str, controller: Controller) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for mount in mounts
        .lines()
        .filter_map(|line| Mount::read(line, controller))
    {
        let group = groups.lines().find_map(|line| {
            let mut parts = line.splitn(3, ':').skip(1);
            let (controllers, path) = (parts.next()?, parts.next()?);
            mount.has(controllers, controller).then_some(path)
        });
        // A group that is not below what is mounted here is named as others see it.
        let below = group.and_then(|path| Path::new(path).strip_prefix(mount.root).ok());
        for group in below.unwrap_or(Path::new("")).ancestors() {
            found.push(mount.point.join(group));
        }
    }
    found
}

/// Where groups can be seen.
struct Mount<'a> {
    /// The group that is at its top.
    root: &'a str,
    point: &'a Path,
    is_v2: bool,
}

impl<'a> Mount<'a> {
    /// A line of `/proc/self/mountinfo`, if it has groups of a controller.
    /// <https://man7.org/linux/man-pages/man5/proc_pid_mountinfo.5.html>
    fn read(line: &'a str, controller: Controller) -> Option<Self> {
        let (head, tail) = line.split_once(" - ")?;
        let mut head = head.split(' ').skip(3);
        let (root, point) = (head.next()?, Path::new(head.next()?));
        let mut tail = tail.split(' ');
        let is_v2 = match tail.next()? {
            "cgroup2" => true,
            "cgroup" if is_among(tail.nth(1)?, controller) => false,
            _ => return None,
        };
        Some(Self { root, point, is_v2 })
    }

    /// Whether a line of `/proc/self/cgroup` with these controllers is about it.
    fn has(&self, controllers: &str, controller: Controller) -> bool {
        if self.is_v2 {
            controllers.is_empty()
        } else {
            is_among(controllers, controller)
        }
    }
}

fn is_among(controllers: &str, controller: Controller) -> bool {
    let name = match controller {
        Controller::Cpu => "cpu",
        Controller::Memory => "memory",
    };
    controllers.split(',').any(|it| it == name)
}

/// Processors of a quota and its period, both in microseconds; nothing if there is no limit.
fn processors(quota_and_period: &str) -> Option<f64> {
    let mut numbers = quota_and_period.split_whitespace();
    let quota: f64 = numbers.next()?.parse().ok()?;
    let period: f64 = numbers.next()?.parse().ok()?;
    (quota > 0.0 && period > 0.0).then(|| quota / period)
}

/// Version 1 writes the largest number of pages where there is no limit.
const NO_LIMIT: u64 = 1 << 60;

fn bytes(limit: &str) -> Option<u64> {
    let limit: u64 = limit.trim().parse().ok()?;
    (limit < NO_LIMIT).then_some(limit)
}

#[cfg(test)]
mod tests {
    use super::*;

    const V1_MOUNTS: &str = "\
        30 25 0:26 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n\
        31 25 0:27 / /sys/fs/cgroup/cpu,cpuacct rw,nosuid shared:9 - cgroup cgroup rw,cpu,cpuacct\n\
        32 25 0:28 / /sys/fs/cgroup/cpuset rw - cgroup cgroup rw,cpuset\n\
        33 25 0:29 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n";

    /// The limits that a process reads, of these files.
    fn limits(files: &[(&str, &str)]) -> Limits {
        Limits::read(|path| {
            let found = files.iter().find(|(name, _)| Path::new(name) == path);
            found.map(|(_, text)| (*text).to_owned())
        })
    }

    #[test]
    fn without_groups_there_is_no_limit() {
        assert_eq!(limits(&[]), Limits::default());
        let files = [
            ("/proc/self/mountinfo", V1_MOUNTS),
            ("/proc/self/cgroup", "0::/\n"),
        ];
        assert_eq!(limits(&files), Limits::default());
    }

    #[test]
    fn the_smallest_of_all_groups_around_holds() {
        let mut files = vec![
            ("/proc/self/mountinfo", V1_MOUNTS),
            (
                "/proc/self/cgroup",
                "5:memory:/fleet/t1/c\n4:cpu,cpuacct:/fleet/t1/c\n3:cpuset:/fleet\n0::/\n",
            ),
            (
                "/sys/fs/cgroup/cpu,cpuacct/fleet/t1/c/cpu.cfs_quota_us",
                "-1\n",
            ),
            (
                "/sys/fs/cgroup/cpu,cpuacct/fleet/t1/c/cpu.cfs_period_us",
                "100000\n",
            ),
            (
                "/sys/fs/cgroup/cpu,cpuacct/fleet/t1/cpu.cfs_quota_us",
                "25000\n",
            ),
            (
                "/sys/fs/cgroup/cpu,cpuacct/fleet/t1/cpu.cfs_period_us",
                "100000\n",
            ),
            (
                "/sys/fs/cgroup/memory/fleet/t1/c/memory.limit_in_bytes",
                "9223372036854771712\n",
            ),
            (
                "/sys/fs/cgroup/memory/fleet/t1/memory.limit_in_bytes",
                "536870912\n",
            ),
        ];
        let expected = Limits {
            processors: Some(0.25),
            memory_bytes: Some(512 << 20),
        };
        assert_eq!(limits(&files), expected);
        files.push((
            "/sys/fs/cgroup/cpu,cpuacct/fleet/cpu.cfs_quota_us",
            "10000\n",
        ));
        files.push((
            "/sys/fs/cgroup/cpu,cpuacct/fleet/cpu.cfs_period_us",
            "100000\n",
        ));
        assert_eq!(limits(&files).processors, Some(0.1));
    }

    #[test]
    fn a_container_sees_its_own_group_at_the_top() {
        // Version 1 without a namespace of groups: the names are the host's.
        let mounts = "31 25 0:27 /fleet/t1/c /sys/fs/cgroup/cpu ro - cgroup cgroup ro,cpu\n";
        let files = [
            ("/proc/self/mountinfo", mounts),
            ("/proc/self/cgroup", "4:cpu:/fleet/t1/c\n"),
            ("/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "150000"),
            ("/sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000"),
        ];
        assert_eq!(limits(&files).processors, Some(1.5));
        // Version 2 with one.
        let mounts = "31 25 0:27 / /sys/fs/cgroup ro - cgroup2 cgroup ro\n";
        for (group, quota, expected) in [
            ("0::/\n", "50000 100000\n", Some(0.5)),
            ("0::/\n", "max 100000\n", None),
            ("0::/../outside\n", "50000 100000\n", Some(0.5)),
        ] {
            let files = [
                ("/proc/self/mountinfo", mounts),
                ("/proc/self/cgroup", group),
                ("/sys/fs/cgroup/cpu.max", quota),
                ("/sys/fs/cgroup/memory.max", "402653184\n"),
            ];
            let found = limits(&files);
            assert_eq!(
                (found.processors, found.memory_bytes),
                (expected, Some(384 << 20))
            );
        }
    }

    #[test]
    fn what_is_no_number_is_no_limit() {
        for text in [
            "",
            "max",
            "max 100000",
            "-1 100000",
            "1",
            "1 0",
            "0 100000",
            "a b",
        ] {
            assert_eq!(processors(text), None, "{text}");
        }
        for text in [
            "",
            "max\n",
            "-1",
            "9223372036854771712",
            "18446744073709551615",
        ] {
            assert_eq!(bytes(text), None, "{text}");
        }
    }
}
