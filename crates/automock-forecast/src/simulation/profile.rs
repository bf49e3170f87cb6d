//! How the load changes over time.

use automock_model::duration;

use crate::load::RequestsPerSecond;

/// The load of each second.
///
/// ```
/// # use automock_forecast::{Profile, RequestsPerSecond};
/// let rate = |rate| RequestsPerSecond::new(rate).unwrap();
/// let ramp = Profile::ramp(rate(0.0), rate(100.0), 10);
/// assert_eq!(ramp.rate_at(5), 50.0);
/// assert_eq!(ramp.rate_at(60), 100.0);
///
/// let recorded = Profile::from_csv("time,rps\n0,10\n1m,20\n2m,0\n").unwrap();
/// assert_eq!(recorded.rate_at(90), 10.0);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Profile {
    /// Ascending in time; straight lines between them, constant before the first and after the last.
    points: Vec<Point>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Point {
    second: f64,
    rate: f64,
}

/// A load profile cannot be read.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("line {line}: {reason}")]
#[non_exhaustive]
pub struct ProfileError {
    /// The line, counted from 1.
    pub line: usize,
    /// What is wrong with it.
    pub reason: ProfileFault,
}

/// What is wrong with a line of a load profile.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ProfileFault {
    /// There are not two values.
    #[error("expected time,rps")]
    Columns,
    /// The time is neither a number of seconds nor a duration.
    #[error("{0:?} is no time; write seconds, or a duration such as 5m")]
    Time(String),
    /// The time is not after the one before it.
    #[error("{0:?} is not after the time of the line before")]
    Order(String),
    /// The load is not a number of requests per second.
    #[error("{0:?} is no number of requests per second")]
    Rate(String),
    /// There is no line with a load at all.
    #[error("the profile has no load")]
    Empty,
}

impl Profile {
    /// The same load all the time.
    #[must_use]
    pub fn constant(rate: RequestsPerSecond) -> Self {
        Self::from_points([(0.0, rate)])
    }

    /// A straight line from one load to another, which then stays.
    #[must_use]
    pub fn ramp(from: RequestsPerSecond, to: RequestsPerSecond, seconds: u32) -> Self {
        Self::from_points([(0.0, from), (f64::from(seconds.max(1)), to)])
    }

    /// A load from each of these seconds on, until the next. They are put in order.
    #[must_use]
    pub fn steps(steps: &[(u32, RequestsPerSecond)]) -> Self {
        let mut steps = steps.to_vec();
        steps.sort_by_key(|(second, _)| *second);
        steps.dedup_by_key(|(second, _)| *second);
        let mut points = Vec::with_capacity(steps.len() * 2);
        let mut before = None;
        for (second, rate) in steps {
            let second = f64::from(second);
            if let Some(before) = before {
                // Seconds are whole, so nobody sees the slope.
                points.push((second - 0.5, before));
            }
            points.push((second, rate));
            before = Some(rate);
        }
        Self::from_points(points)
    }

    /// A load with a burst of another one.
    #[must_use]
    pub fn spike(base: RequestsPerSecond, peak: RequestsPerSecond, at: u32, seconds: u32) -> Self {
        let end = at.saturating_add(seconds.max(1));
        if at == 0 {
            return Self::steps(&[(0, peak), (end, base)]);
        }
        Self::steps(&[(0, base), (at, peak), (end, base)])
    }

    /// Reads `time,rps` lines: seconds or durations, ascending, with straight lines between. Empty
    /// lines, lines that begin with `#` and a first line that begins with a letter are skipped. What
    /// happens between two whole seconds is not seen.
    ///
    /// # Errors
    /// The first line that cannot be read.
    pub fn from_csv(text: &str) -> Result<Self, ProfileError> {
        let mut points: Vec<(f64, RequestsPerSecond)> = Vec::new();
        let mut is_first = true;
        for (index, line) in text.lines().enumerate() {
            let line = line.trim().trim_start_matches('\u{feff}');
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let is_header = std::mem::take(&mut is_first)
                && line
                    .trim_start_matches('"')
                    .starts_with(char::is_alphabetic);
            if is_header {
                continue;
            }
            let before = points.last().map(|(second, _)| *second);
            let point = read_line(line, before).map_err(|reason| ProfileError {
                line: index + 1,
                reason,
            })?;
            points.push(point);
        }
        if points.is_empty() {
            let line = text.lines().count().max(1);
            let reason = ProfileFault::Empty;
            return Err(ProfileError { line, reason });
        }
        Ok(Self::from_points(points))
    }

    /// Seconds and loads, ascending.
    pub(crate) fn from_points(points: impl IntoIterator<Item = (f64, RequestsPerSecond)>) -> Self {
        let point = |(second, rate): (f64, RequestsPerSecond)| Point {
            second,
            rate: rate.get(),
        };
        Self {
            points: points.into_iter().map(point).collect(),
        }
    }

    /// The same profile with all loads times a factor.
    #[must_use]
    pub fn times(&self, factor: f64) -> Self {
        let scale = |point: &Point| Point {
            second: point.second,
            rate: RequestsPerSecond::clamped(point.rate * factor).get(),
        };
        Self {
            points: self.points.iter().map(scale).collect(),
        }
    }

    /// The requests of a second.
    #[must_use]
    pub fn rate_at(&self, second: u32) -> f64 {
        let at = f64::from(second);
        let after = self.points.partition_point(|point| point.second <= at);
        match (
            after.checked_sub(1).map(|index| self.points[index]),
            self.points.get(after),
        ) {
            (None, None) => 0.0,
            (None, Some(first)) => first.rate,
            (Some(last), None) => last.rate,
            (Some(from), Some(to)) => {
                let share = (at - from.second) / (to.second - from.second);
                from.rate + (to.rate - from.rate) * share
            }
        }
    }

    /// The last second of the profile; from there on its load stays as it is.
    #[must_use]
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "times are read within these bounds"
    )]
    pub fn end(&self) -> u32 {
        let last = self.points.last().map_or(0.0, |point| point.second);
        last.ceil() as u32
    }

    /// The highest load of the profile.
    #[must_use]
    pub fn peak(&self) -> f64 {
        self.points
            .iter()
            .map(|point| point.rate)
            .fold(0.0, f64::max)
    }
}

fn read_line(line: &str, before: Option<f64>) -> Result<(f64, RequestsPerSecond), ProfileFault> {
    let cells = line.split([',', ';', '\t']).map(str::trim);
    let columns: Vec<&str> = cells.map(|cell| cell.trim_matches('"').trim()).collect();
    let [time, rate] = columns.as_slice() else {
        return Err(ProfileFault::Columns);
    };
    let second = read_time(time).ok_or_else(|| ProfileFault::Time((*time).to_owned()))?;
    if before.is_some_and(|before| second <= before) {
        return Err(ProfileFault::Order((*time).to_owned()));
    }
    let rate = rate
        .parse()
        .ok()
        .and_then(|rate| RequestsPerSecond::new(rate).ok())
        .ok_or_else(|| ProfileFault::Rate((*rate).to_owned()))?;
    Ok((second, rate))
}

/// Seconds, or a duration such as `5m`.
pub(super) fn read_time(text: &str) -> Option<f64> {
    let seconds = if let Ok(seconds) = text.parse::<f64>() {
        seconds
    } else {
        let seconds = duration::parse_seconds(text).ok()?;
        f64::from(u32::try_from(seconds).ok()?)
    };
    (seconds.is_finite() && (0.0..=f64::from(u32::MAX)).contains(&seconds)).then_some(seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rate(rate: f64) -> RequestsPerSecond {
        RequestsPerSecond::new(rate).unwrap()
    }

    fn rates(profile: &Profile, seconds: &[u32]) -> Vec<f64> {
        seconds
            .iter()
            .map(|second| profile.rate_at(*second))
            .collect()
    }

    #[test]
    fn shapes_are_what_they_are_called() {
        assert_eq!(rates(&Profile::constant(rate(5.0)), &[0, 9999]), [5.0, 5.0]);
        let steps = Profile::steps(&[(60, rate(30.0)), (0, rate(10.0)), (120, rate(0.0))]);
        assert_eq!(
            rates(&steps, &[0, 59, 60, 119, 120, 500]),
            [10.0, 10.0, 30.0, 30.0, 0.0, 0.0]
        );
        let spike = Profile::spike(rate(1.0), rate(9.0), 10, 5);
        assert_eq!(rates(&spike, &[9, 10, 14, 15]), [1.0, 9.0, 9.0, 1.0]);
        let at_once = Profile::spike(rate(1.0), rate(9.0), 0, 5);
        assert_eq!(rates(&at_once, &[0, 4, 5]), [9.0, 9.0, 1.0]);
        assert!((spike.times(2.0).peak() - 18.0).abs() < f64::EPSILON);
        assert_eq!(rates(&Profile::steps(&[]), &[0, 9]), [0.0, 0.0]);
        let ends = [Profile::constant(rate(5.0)), steps, spike].map(|profile| profile.end());
        assert_eq!(ends, [0, 120, 15]);
    }

    #[test]
    fn csv_faults_have_their_line() {
        let fault = |text: &str| Profile::from_csv(text).unwrap_err().to_string();
        assert_eq!(fault(""), "line 1: the profile has no load");
        assert_eq!(fault("time,rps\n"), "line 1: the profile has no load");
        assert_eq!(fault("0,1\n5"), "line 2: expected time,rps");
        assert_eq!(
            fault("0,1\n\nx,2"),
            "line 3: \"x\" is no time; write seconds, or a duration such as 5m"
        );
        assert_eq!(
            fault("5,1\n5,2"),
            "line 2: \"5\" is not after the time of the line before"
        );
        assert_eq!(
            fault("0,-1"),
            "line 1: \"-1\" is no number of requests per second"
        );
        assert_eq!(
            fault("0,NaN"),
            "line 1: \"NaN\" is no number of requests per second"
        );
        assert!(Profile::from_csv("# of Monday\n0;1\n10;2").is_ok());
        assert!(Profile::from_csv("time,rps_p95\n\"0\",\"1\"\n").is_ok());
        assert!(Profile::from_csv("\"second\";\"rps\"\n0;1\n").is_ok());
    }
}
