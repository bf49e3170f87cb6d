//! The panels: what is drawn, in which unit, and the samples of each column.

use super::scale::{Axis, Unit};
use crate::simulation::Sample;

/// How a series is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    Area,
    Line,
}

/// One quantity over time.
#[derive(Debug)]
pub(super) struct Series {
    pub(super) name: &'static str,
    /// Its class in the style sheet.
    pub(super) class: &'static str,
    pub(super) style: Style,
    value: fn(&Sample) -> f64,
}

impl Series {
    const fn area(name: &'static str, class: &'static str, value: fn(&Sample) -> f64) -> Self {
        let style = Style::Area;
        Self {
            name,
            class,
            style,
            value,
        }
    }

    const fn line(name: &'static str, class: &'static str, value: fn(&Sample) -> f64) -> Self {
        let style = Style::Line;
        Self {
            name,
            class,
            style,
            value,
        }
    }

    /// A finite value that is not negative, whatever is in the sample.
    pub(super) fn value(&self, sample: &Sample) -> f64 {
        let value = (self.value)(sample);
        if value.is_finite() {
            value.max(0.0)
        } else {
            0.0
        }
    }

    fn highest(&self, samples: &[Sample]) -> f64 {
        let values = samples.iter().map(|sample| self.value(sample));
        values.fold(0.0, f64::max)
    }

    /// The lowest and the highest value of each column.
    pub(super) fn columns(&self, samples: &[Sample], count: usize) -> Vec<(f64, f64)> {
        let bounds = |column: usize| {
            let start = column * samples.len() / count;
            let end = ((column + 1) * samples.len() / count).max(start + 1);
            let values = samples[start..end.min(samples.len())].iter();
            values
                .map(|sample| self.value(sample))
                .fold((f64::INFINITY, 0.0_f64), |(low, high), value| {
                    (low.min(value), high.max(value))
                })
        };
        if samples.is_empty() {
            return Vec::new();
        }
        (0..count).map(bounds).collect()
    }
}

/// Series that share an axis.
#[derive(Debug)]
pub(super) struct Panel {
    pub(super) title: &'static str,
    /// The unit in words, behind the title.
    pub(super) unit_words: &'static str,
    pub(super) unit: Unit,
    /// What is said when all values are zero.
    pub(super) nothing: Option<&'static str>,
    /// Areas first: lines are drawn over them.
    pub(super) series: &'static [Series],
}

impl Panel {
    pub(super) fn axis(&self, samples: &[Sample], ticks: u32) -> Axis {
        let highest = self.series.iter().map(|series| series.highest(samples));
        Axis::of(highest.fold(0.0, f64::max), ticks, self.unit)
    }

    /// What to say in place of a picture without anything in it.
    pub(super) fn remark(&self, samples: &[Sample]) -> Option<&'static str> {
        if samples.is_empty() {
            return Some("nothing was simulated");
        }
        let is_zero = |series: &Series| series.highest(samples) <= 0.0;
        self.nothing.filter(|_| self.series.iter().all(is_zero))
    }
}

/// All panels, from top to bottom.
pub(super) static PANELS: [Panel; 5] = [
    Panel {
        title: "Load",
        unit_words: "requests per second",
        unit: Unit::Plain,
        nothing: Some("no requests"),
        series: &[
            Series::area("served", "served", |sample| sample.served),
            Series::line("offered", "offered", |sample| sample.offered),
        ],
    },
    Panel {
        title: "Tasks",
        unit_words: "",
        unit: Unit::Whole,
        nothing: Some("no tasks"),
        series: &[
            Series::area("healthy", "healthy", |sample| f64::from(sample.healthy)),
            Series::line("desired", "desired", |sample| f64::from(sample.desired)),
        ],
    },
    Panel {
        title: "Utilisation",
        unit_words: "of healthy tasks",
        unit: Unit::Percent,
        nothing: None,
        series: &[Series::line("busy", "busy", |sample| sample.utilisation)],
    },
    Panel {
        title: "Not served",
        unit_words: "requests",
        unit: Unit::Plain,
        nothing: Some("none refused, none waiting"),
        series: &[
            Series::area("refused per second", "refused", |sample| sample.refused),
            Series::line("waiting", "queued", |sample| sample.queued),
        ],
    },
    Panel {
        title: "Cost so far",
        unit_words: "US dollars",
        unit: Unit::Dollars,
        nothing: None,
        series: &[Series::line("cost", "cost", |sample| sample.cost.as_f64())],
    },
];
