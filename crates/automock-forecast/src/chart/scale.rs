//! Axes with round ticks, and the words at them.

/// An axis from zero to a round number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Axis {
    /// The value at its end.
    pub(super) end: f64,
    /// From one tick to the next.
    pub(super) step: f64,
}

/// What the values of an axis are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    Plain,
    Whole,
    Percent,
    Dollars,
}

/// A span of values that is no longer drawn as one: a thousandth of a micro-dollar.
const SMALLEST: f64 = 1e-9;

impl Axis {
    /// The axis for values up to a highest one, with about so many ticks above zero.
    pub(super) fn of(highest: f64, ticks: u32, unit: Unit) -> Self {
        if unit == Unit::Percent {
            let step = if ticks < 4 { 50.0 } else { 25.0 };
            return Self { end: 100.0, step };
        }
        let highest = if highest.is_finite() && highest > SMALLEST {
            highest
        } else {
            1.0
        };
        let raw = highest / f64::from(ticks.max(1));
        let magnitude = 10_f64.powf(raw.log10().floor());
        let factor = [1.0, 2.0, 5.0, 10.0]
            .into_iter()
            .find(|factor| raw <= factor * magnitude * (1.0 + 1e-9))
            .unwrap_or(10.0);
        let mut step = factor * magnitude;
        if unit == Unit::Whole {
            step = step.max(1.0).round();
        }
        Self {
            end: (highest / step - 1e-9).ceil().max(1.0) * step,
            step,
        }
    }

    /// The ticks with their words, zero among them.
    pub(super) fn ticks(&self, unit: Unit) -> Vec<(f64, String)> {
        let mut ticks = Vec::new();
        let mut count = 0.0;
        // Ten steps at most follow from how the step is chosen; more would only come from rounding.
        while count <= 12.0 && count * self.step <= self.end * (1.0 + 1e-9) {
            let value = count * self.step;
            ticks.push((value, self.words(value, unit)));
            count += 1.0;
        }
        ticks
    }

    /// A value of the axis in words, with the decimals that its ticks need.
    pub(super) fn words(&self, value: f64, unit: Unit) -> String {
        let (scale, suffix) = match self.end {
            end if end >= 1e9 => (1e9, "G"),
            end if end >= 1e6 => (1e6, "M"),
            end if end >= 1e4 => (1e3, "k"),
            _ => (1.0, ""),
        };
        if value <= 0.0 {
            return match unit {
                Unit::Dollars => "$0".to_owned(),
                Unit::Percent => "0 %".to_owned(),
                Unit::Plain | Unit::Whole => "0".to_owned(),
            };
        }
        let decimals = decimals(self.step / scale);
        let number = format!("{:.decimals$}", value / scale);
        match unit {
            Unit::Dollars if scale <= 1.0 && self.step < 1.0 => {
                format!("${:.1$}", value, decimals.max(2))
            }
            Unit::Dollars => format!("${number}{suffix}"),
            Unit::Percent => format!("{number} %"),
            Unit::Plain | Unit::Whole => format!("{number}{suffix}"),
        }
    }
}

/// Digits behind the point that a round step has.
fn decimals(step: f64) -> usize {
    let digits = -(step * (1.0 + 1e-9)).log10().floor();
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "clamped to a few digits"
    )]
    let digits = digits.clamp(0.0, 12.0) as usize;
    digits
}

/// Steps that people read a clock in, in seconds.
const TIME_STEPS: [u32; 18] = [
    1, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200, 86_400,
    604_800,
];

/// Ticks of a time axis with their words, not more than so many beyond zero.
pub(super) fn time_ticks(seconds: u32, most: u32) -> Vec<(u32, String)> {
    let most = most.max(1);
    let step = TIME_STEPS
        .into_iter()
        .find(|step| seconds / step <= most)
        .unwrap_or_else(|| (seconds / most).max(1));
    let unit = match step {
        ..60 if seconds < 120 => 1,
        ..3_600 if seconds < 7_200 => 60,
        _ => 3_600,
    };
    let ticks = (0..=seconds).step_by(step as usize);
    ticks
        .map(|second| (second, time_words(second, unit)))
        .collect()
}

fn time_words(second: u32, unit: u32) -> String {
    let (whole, rest) = (second / unit, second % unit);
    match unit {
        _ if second == 0 => "0".to_owned(),
        1 => format!("{second} s"),
        60 if rest == 0 => format!("{whole} min"),
        60 => format!("{whole}:{rest:02} min"),
        _ if rest == 0 => format!("{whole} h"),
        _ => format!("{whole}:{:02} h", rest / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(highest: f64, unit: Unit) -> Vec<String> {
        let ticks = Axis::of(highest, 4, unit).ticks(unit);
        ticks.into_iter().map(|(_, words)| words).collect()
    }

    #[test]
    fn ticks_are_round() {
        assert_eq!(words(7.0, Unit::Plain), ["0", "2", "4", "6", "8"]);
        assert_eq!(words(1_000.0, Unit::Plain), ["0", "500", "1000"]);
        assert_eq!(words(15_000.0, Unit::Plain), ["0", "5k", "10k", "15k"]);
        assert_eq!(words(1.0, Unit::Whole), ["0", "1"]);
        assert_eq!(words(0.0, Unit::Plain), ["0", "0.5", "1.0"]);
        assert_eq!(
            words(0.013, Unit::Dollars),
            ["0", "0.005", "0.010", "0.015"].map(|n| {
                if n == "0" {
                    "$0".to_owned()
                } else {
                    format!("${n}")
                }
            })
        );
        assert_eq!(words(2.3, Unit::Dollars), ["$0", "$1", "$2", "$3"]);
        assert_eq!(
            words(1.7, Unit::Dollars),
            ["$0", "$0.50", "$1.00", "$1.50", "$2.00"]
        );
        assert_eq!(
            words(80.0, Unit::Percent),
            ["0 %", "25 %", "50 %", "75 %", "100 %"]
        );
    }

    #[test]
    fn no_value_makes_an_axis_without_end() {
        for highest in [
            f64::NAN,
            f64::INFINITY,
            -5.0,
            0.0,
            1e-300,
            1e300,
            1e-8,
            123.456,
        ] {
            for unit in [Unit::Plain, Unit::Whole, Unit::Dollars, Unit::Percent] {
                let axis = Axis::of(highest, 4, unit);
                assert!(axis.end.is_finite() && axis.end > 0.0, "{highest} {axis:?}");
                let ticks = axis.ticks(unit);
                assert!((2..=12).contains(&ticks.len()), "{highest} {ticks:?}");
            }
        }
    }

    #[test]
    fn times_are_those_of_a_clock() {
        let words = |seconds, most| -> Vec<String> {
            let ticks = time_ticks(seconds, most).into_iter();
            ticks.map(|(_, words)| words).collect()
        };
        assert_eq!(words(1, 8), ["0", "1 s"]);
        assert_eq!(words(90, 4), ["0", "30 s", "60 s", "90 s"]);
        assert_eq!(
            words(1_200, 4),
            ["0", "5 min", "10 min", "15 min", "20 min"]
        );
        assert_eq!(
            words(9_000, 6),
            ["0", "0:30 h", "1 h", "1:30 h", "2 h", "2:30 h"]
        );
        assert_eq!(words(86_400, 4), ["0", "6 h", "12 h", "18 h", "24 h"]);
        assert_eq!(words(0, 4), ["0"]);
        assert!(words(u32::MAX, 4).len() <= 6);
    }
}
