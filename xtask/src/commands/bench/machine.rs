//! The machine of a measurement, in words.

use std::fmt;
use std::fs;
use std::thread;

/// What a reader must know to judge a number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Machine {
    processor: String,
    cores: usize,
    system: String,
}

impl Machine {
    /// Looks at this machine; what it doesn't tell is called unknown.
    pub(super) fn find() -> Self {
        let read = |path| fs::read_to_string(path).unwrap_or_default();
        Self {
            processor: value(&read("/proc/cpuinfo"), "model name", ':'),
            cores: thread::available_parallelism().map_or(1, usize::from),
            system: value(&read("/etc/os-release"), "PRETTY_NAME", '='),
        }
    }
}

impl fmt::Display for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            processor,
            cores,
            system,
        } = self;
        write!(f, "{processor}, {cores} cores, {system}")
    }
}

/// The first value of a name in lines of names and values.
fn value(text: &str, name: &str, separator: char) -> String {
    let lines = text.lines().filter_map(|line| line.split_once(separator));
    let mut values = lines.filter(|(found, _)| found.trim() == name);
    values.next().map_or_else(
        || "unknown".to_owned(),
        |(_, value)| value.trim().trim_matches('"').to_owned(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_values_are_found() {
        let text = "processor\t: 0\nmodel name\t: Fast: One\nmodel name\t: Two\n";
        assert_eq!(value(text, "model name", ':'), "Fast: One");
        assert_eq!(
            value("PRETTY_NAME=\"Debian\"\n", "PRETTY_NAME", '='),
            "Debian"
        );
        assert_eq!(value("", "PRETTY_NAME", '='), "unknown");
    }
}
