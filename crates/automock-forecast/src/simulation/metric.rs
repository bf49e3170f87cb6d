//! Metrics: averages over a period, to be seen some time after it.

use std::collections::VecDeque;

/// A metric in the making, and its values that are not published yet.
#[derive(Debug)]
pub(super) struct Metric {
    period: u32,
    phase: u32,
    delay: u32,
    sum: f64,
    weight: f64,
    /// Whether a period in which nothing happened has no value at all, as with the load balancer's.
    absent_at_zero: bool,
    waiting: VecDeque<(u32, f64)>,
    /// The last value that can be seen.
    pub(super) latest: Option<f64>,
}

impl Metric {
    pub(super) fn new(period: u32, phase: u32, delay: u32) -> Self {
        Self {
            period: period.max(1),
            phase: phase % period.max(1),
            delay,
            sum: 0.0,
            weight: 0.0,
            absent_at_zero: false,
            waiting: VecDeque::new(),
            latest: None,
        }
    }

    /// The same, without values for periods in which nothing happened.
    pub(super) fn absent_at_zero(mut self, absent: bool) -> Self {
        self.absent_at_zero = absent;
        self
    }

    /// Takes what was seen in a second: its value is the sum of the values over that of the weights.
    pub(super) fn record(&mut self, value: f64, weight: f64) {
        self.sum += value;
        self.weight += weight;
    }

    /// At the end of a second: closes a period that ends with it, and tells the value that can be
    /// seen from now on, if there is a new one. A value that is missing is not a number, so that it
    /// breaches nothing.
    pub(super) fn close(&mut self, second: u32) -> Option<f64> {
        if (u64::from(second) + 1) % u64::from(self.period) == u64::from(self.phase) {
            if self.weight > 0.0 {
                let is_absent = self.absent_at_zero && self.sum <= 0.0;
                let value = if is_absent {
                    f64::NAN
                } else {
                    self.sum / self.weight
                };
                self.waiting
                    .push_back((second.saturating_add(self.delay), value));
            }
            (self.sum, self.weight) = (0.0, 0.0);
        }
        let (at, value) = *self.waiting.front()?;
        if at > second {
            return None;
        }
        self.waiting.pop_front();
        self.latest = Some(value);
        Some(value)
    }
}

/// Which side of the threshold is the wrong one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Breach {
    AtLeast,
    Above,
    Below,
}

/// An alarm on a metric: so many values in a row on the wrong side.
#[derive(Debug)]
pub(super) struct Alarm {
    pub(super) breach: Breach,
    pub(super) threshold: f64,
    pub(super) values: u32,
    in_a_row: u32,
    pub(super) is_on: bool,
}

impl Alarm {
    pub(super) fn new(breach: Breach, threshold: f64, values: u32) -> Self {
        Self {
            breach,
            threshold,
            values: values.max(1),
            in_a_row: 0,
            is_on: false,
        }
    }

    /// A new value can be seen.
    pub(super) fn see(&mut self, value: f64) {
        let breaches = match self.breach {
            Breach::AtLeast => value >= self.threshold,
            Breach::Above => value > self.threshold,
            Breach::Below => value < self.threshold,
        };
        self.in_a_row = if breaches {
            self.in_a_row.saturating_add(1)
        } else {
            0
        };
    }

    /// Evaluates the alarm; tells whether its state has changed.
    pub(super) fn evaluate(&mut self) -> bool {
        let was_on = std::mem::replace(&mut self.is_on, self.in_a_row >= self.values);
        was_on != self.is_on
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_averages_of_a_period_and_come_late() {
        let mut metric = Metric::new(60, 0, 60);
        let mut seen = Vec::new();
        for second in 0..240 {
            metric.record(if second < 60 { 30.0 } else { 90.0 }, 1.0);
            if let Some(value) = metric.close(second) {
                seen.push((second, value));
            }
        }
        assert_eq!(seen, [(119, 30.0), (179, 90.0), (239, 90.0)]);
    }

    #[test]
    fn a_phase_moves_the_periods() {
        let mut metric = Metric::new(60, 20, 0);
        let seen: Vec<u32> = (0..150)
            .filter(|second| {
                metric.record(1.0, 1.0);
                metric.close(*second).is_some()
            })
            .collect();
        assert_eq!(seen, [19, 79, 139]);
    }

    #[test]
    fn an_alarm_needs_its_values_in_a_row() {
        let mut alarm = Alarm::new(Breach::Below, 40.0, 3);
        let states: Vec<bool> = [39.0, 39.0, 40.0, 39.0, 39.0, 39.0, 41.0]
            .into_iter()
            .map(|value| {
                alarm.see(value);
                alarm.evaluate();
                alarm.is_on
            })
            .collect();
        assert_eq!(states, [false, false, false, false, false, true, false]);
    }
}
