//! How long an answer waits.

use std::f64::consts::TAU;
use std::time::Duration;

use super::fields::Fields;
use super::values::{UNITS, times};
use super::{Place, Refusal};
use crate::node::Node;

/// How long an answer waits.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Delay {
    /// Always as long.
    Fixed(Duration),
    /// Evenly between two.
    Uniform {
        /// At least.
        min: Duration,
        /// At most.
        max: Duration,
    },
    /// Log-normal, as response times often are.
    LogNormal {
        /// Half of the waits are shorter.
        median: Duration,
        /// 99 of 100 waits are shorter.
        p99: Duration,
    },
    /// Around a mean; never below zero.
    Gaussian {
        /// The mean.
        mean: Duration,
        /// The standard deviation.
        deviation: Duration,
    },
}

/// The 99th percentile of the standard normal distribution.
const NORMAL_P99: f64 = 2.326_347_874_040_841;

/// Longer than anybody waits; a draw beyond it is cut.
const LONGEST: Duration = Duration::from_hours(24);

impl Delay {
    /// How long this time.
    #[must_use]
    pub fn draw(&self, random: &mut fastrand::Rng) -> Duration {
        match *self {
            Self::Fixed(delay) => delay,
            Self::Uniform { min, max } => {
                min + max.saturating_sub(min).mul_f64(random.f64_inclusive())
            }
            Self::LogNormal { median, p99 } => {
                let spread = (p99.as_secs_f64() / median.as_secs_f64()).ln() / NORMAL_P99;
                seconds(median.as_secs_f64() * (spread * normal(random)).exp())
            }
            Self::Gaussian { mean, deviation } => {
                seconds(mean.as_secs_f64() + deviation.as_secs_f64() * normal(random))
            }
        }
    }

    pub(crate) fn read(node: &Node, place: &Place) -> Result<Self, Vec<Refusal>> {
        let mut fields = Fields::of(node, place)?;
        fields.only(&["timeUnit", "value", "distribution"], &[]);
        if fields.get("timeUnit").is_none() {
            fields.refuse_all("needs \"timeUnit\"");
        }
        let unit = fields.word("timeUnit", &UNITS);
        let count = fields.number("value");
        let distribution = fields.read("distribution", |node, place| {
            read_distribution(node, place, unit.unwrap_or(1))
        });
        if count.is_none() && fields.get("distribution").is_none() {
            fields.refuse_all("needs \"value\" or \"distribution\"");
        }
        let fixed = unit
            .zip(count)
            .map(|(unit, count)| Self::Fixed(times(unit, count)));
        fields.finish(distribution.or(fixed))
    }
}

#[derive(Clone, Copy)]
enum Shape {
    Uniform,
    LogNormal,
    Gaussian,
}

const SHAPES: [(&str, Shape); 3] = [
    ("UNIFORM", Shape::Uniform),
    ("LOG_NORMAL", Shape::LogNormal),
    ("GAUSSIAN", Shape::Gaussian),
];

fn read_distribution(node: &Node, place: &Place, unit: u64) -> Result<Delay, Vec<Refusal>> {
    let mut fields = Fields::of(node, place)?;
    fields.required_text("type");
    match fields.word("type", &SHAPES) {
        Some(Shape::Uniform) => {
            let (min, max) = read_two(&mut fields, unit, ["min", "max"]);
            refuse_unless_ascending(&mut fields, min, max, "\"max\" is below \"min\"");
            fields.finish(min.zip(max).map(|(min, max)| Delay::Uniform { min, max }))
        }
        Some(Shape::LogNormal) => {
            let (median, p99) = read_two(&mut fields, unit, ["median", "p99"]);
            refuse_unless_ascending(&mut fields, median, p99, "\"p99\" is below \"median\"");
            if median == Some(Duration::ZERO) {
                fields.refuse("median", "must be above 0");
            }
            let both = median.zip(p99);
            fields.finish(both.map(|(median, p99)| Delay::LogNormal { median, p99 }))
        }
        Some(Shape::Gaussian) => {
            let name = ["standardDeviation", "stdDev"];
            let name = name.into_iter().find(|name| fields.get(name).is_some());
            let names = ["mean", name.unwrap_or("standardDeviation")];
            let (mean, deviation) = read_two(&mut fields, unit, names);
            let both = mean.zip(deviation);
            fields.finish(both.map(|(mean, deviation)| Delay::Gaussian { mean, deviation }))
        }
        None => fields.finish(None),
    }
}

fn read_two(
    fields: &mut Fields<'_>,
    unit: u64,
    names: [&str; 2],
) -> (Option<Duration>, Option<Duration>) {
    fields.only(&["type", names[0], names[1]], &[]);
    let mut read = |name| {
        if fields.get(name).is_none() {
            fields.refuse_all(format!("needs {name:?}"));
        }
        fields.number(name).map(|count| times(unit, count))
    };
    (read(names[0]), read(names[1]))
}

fn refuse_unless_ascending(
    fields: &mut Fields<'_>,
    low: Option<Duration>,
    high: Option<Duration>,
    reason: &str,
) {
    if low.zip(high).is_some_and(|(low, high)| high < low) {
        fields.refuse_all(reason);
    }
}

/// A draw of the standard normal distribution, after Box and Muller.
fn normal(random: &mut fastrand::Rng) -> f64 {
    let radius = (-2.0 * (1.0 - random.f64()).ln()).sqrt();
    radius * (TAU * random.f64()).cos()
}

fn seconds(seconds: f64) -> Duration {
    let longest = LONGEST.as_secs_f64();
    if seconds.is_nan() {
        return Duration::ZERO;
    }
    Duration::from_secs_f64(seconds.clamp(0.0, longest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Delay, String> {
        let delay = Delay::read(&Node::parse(text).unwrap(), &Place::root());
        delay.map_err(|refusals| refusals[0].to_string())
    }

    fn draws(delay: Delay) -> Vec<Duration> {
        let mut random = fastrand::Rng::with_seed(7);
        let mut draws: Vec<_> = (0..20_000).map(|_| delay.draw(&mut random)).collect();
        draws.sort_unstable();
        draws
    }

    #[test]
    fn a_fixed_delay_is_always_as_long() {
        let delay = read(r#"{"timeUnit":"MILLISECONDS","value":20}"#).unwrap();
        assert_eq!(delay, Delay::Fixed(Duration::from_millis(20)));
        assert_eq!(draws(delay)[19_999], Duration::from_millis(20));
    }

    #[test]
    fn what_is_incomplete_is_refused() {
        let check = |text, expected: &str| assert_eq!(read(text).unwrap_err(), expected, "{text}");
        check(r#"{"value":20}"#, "needs \"timeUnit\"");
        check(
            r#"{"timeUnit":"SECONDS"}"#,
            "needs \"value\" or \"distribution\"",
        );
        check(
            r#"{"timeUnit":"SECONDS","value":-1}"#,
            "value: -1 is out of range",
        );
        check(
            r#"{"timeUnit":"SECONDS","value":1.5}"#,
            "value: is a number, not a whole number",
        );
        check(
            r#"{"timeUnit":"SECONDS","distribution":{"type":"UNIFORM","min":3,"max":2}}"#,
            "distribution: \"max\" is below \"min\"",
        );
        check(
            r#"{"timeUnit":"SECONDS","distribution":{"type":"LOG_NORMAL","median":0,"p99":2}}"#,
            "distribution.median: must be above 0",
        );
        check(
            r#"{"timeUnit":"SECONDS","distribution":{"type":"GAUSSIAN","mean":0}}"#,
            "distribution: needs \"standardDeviation\"",
        );
        check(
            r#"{"timeUnit":"SECONDS","distribution":{"type":"ZIPF"}}"#,
            "distribution.type: \"ZIPF\" is none of UNIFORM, LOG_NORMAL, GAUSSIAN",
        );
    }

    #[test]
    fn an_even_delay_stays_between_its_bounds() {
        let text =
            r#"{"timeUnit":"MILLISECONDS","distribution":{"type":"UNIFORM","min":10,"max":20}}"#;
        let draws = draws(read(text).unwrap());
        assert!(draws[0] >= Duration::from_millis(10));
        assert!(draws[19_999] <= Duration::from_millis(20));
        assert!(draws[10_000].abs_diff(Duration::from_millis(15)) < Duration::from_millis(1));
    }

    #[test]
    fn a_log_normal_delay_has_its_percentiles() {
        let text = r#"{"timeUnit":"MILLISECONDS","distribution":{"type":"LOG_NORMAL","median":100,"p99":900}}"#;
        let draws = draws(read(text).unwrap());
        assert!(draws[10_000].abs_diff(Duration::from_millis(100)) < Duration::from_millis(5));
        assert!(draws[19_800].abs_diff(Duration::from_millis(900)) < Duration::from_millis(120));
    }

    #[test]
    fn a_gaussian_delay_is_never_below_zero() {
        for name in ["standardDeviation", "stdDev"] {
            let text = format!(
                r#"{{"timeUnit":"MILLISECONDS","distribution":{{"type":"GAUSSIAN","mean":10,"{name}":20}}}}"#
            );
            let draws = draws(read(&text).unwrap());
            assert_eq!(draws[0], Duration::ZERO);
            assert!(draws[10_000].abs_diff(Duration::from_millis(10)) < Duration::from_millis(1));
        }
    }
}
