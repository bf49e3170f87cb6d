//! The picture: panels over a common time axis.

use std::fmt::{self, Write};

use super::panel::{PANELS, Panel, Series, Style};
use super::path::{self, Frame};
use super::scale::{Axis, time_ticks};
use super::theme;
use super::xml::escape;
use crate::simulation::{Sample, Simulation};

/// Width of a picture for a window of a computer, in pixels.
pub(super) const WIDE: u32 = 960;

/// Width of a picture for a phone.
pub(super) const NARROW: u32 = 340;

/// Below this, words and axes leave no room for a picture.
const NARROWEST: u32 = 240;

/// More columns than any screen that shows the whole picture has.
const WIDEST: u32 = 4_000;

/// Pictures narrower than this have their legends below the titles.
const ONE_ROW_FROM: u32 = 600;

const LEFT: f64 = 56.0;
const RIGHT: f64 = 16.0;
const TITLE_ROW: f64 = 22.0;
const LEGEND_ROW: f64 = 18.0;
const PLOT_HEIGHT: f64 = 96.0;
const GAP: f64 = 16.0;
const TIME_ROW: f64 = 40.0;

/// Pixels of a letter of the style sheet's 12 pixels, on the wide side of what fonts have.
const LETTER: f64 = 7.3;

/// The simulation as an SVG of 960 pixels, which scales to any size.
///
/// It has the panels load, tasks, utilisation, what is not served, and cost so far; each column of
/// pixels shows the lowest and the highest value of its seconds, so that a single second of refused
/// requests is seen in a whole day. Its colours follow the reader's choice of dark or light.
///
/// ```
/// use automock_forecast::{Load, PriceBook, Profile, RequestsPerSecond, Scenario, chart, simulate};
/// use automock_model::Project;
///
/// let rate = |rate| RequestsPerSecond::new(rate).unwrap();
/// let project = Project::from_toml("name = \"petstore\"").unwrap();
/// let profile = Profile::ramp(rate(100.0), rate(1_000.0), 600);
/// let scenario = Scenario::new(project, Load::idle(), profile, 1_200, rate(600.0));
/// let simulation = simulate(&scenario, &PriceBook::built_in()).unwrap();
///
/// let svg = chart::svg(&simulation);
/// assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>\n"));
/// ```
#[must_use]
pub fn svg(simulation: &Simulation) -> String {
    svg_of_width(simulation, WIDE)
}

/// The same with another width in pixels, 240 to 4,000: letters keep their size, so a narrow picture
/// is readable on a phone.
#[must_use]
pub fn svg_of_width(simulation: &Simulation, width: u32) -> String {
    let style = format!("<style>{}</style>", theme::following());
    picture(simulation, width, "", &style)
}

/// The picture with more classes and with a style sheet of its own, or none.
pub(super) fn picture(simulation: &Simulation, width: u32, class: &str, style: &str) -> String {
    let mut picture = Picture {
        text: String::new(),
        samples: &simulation.samples,
        width: width.clamp(NARROWEST, WIDEST),
    };
    picture
        .write(class, style, &words(simulation))
        .expect("writing to a string cannot fail");
    picture.text
}

/// The picture in words, for those who do not see it.
fn words(simulation: &Simulation) -> String {
    let summary = &simulation.summary;
    format!(
        "Load, tasks, utilisation, requests that are not served, and cost over {} seconds. \
         Offered {:.0} requests, served {:.0}, refused {:.0}; at most {} tasks; cost {}.",
        summary.seconds,
        summary.offered,
        summary.served,
        summary.refused,
        summary.peak_tasks,
        summary.cost,
    )
}

struct Picture<'s> {
    text: String,
    samples: &'s [Sample],
    width: u32,
}

impl Picture<'_> {
    fn write(&mut self, class: &str, style: &str, words: &str) -> fmt::Result {
        let heights = PANELS
            .iter()
            .map(|panel| self.head(panel) + PLOT_HEIGHT + GAP);
        let height = heights.sum::<f64>() + TIME_ROW;
        let width = self.width;
        let space = if class.is_empty() { "" } else { " " };
        writeln!(
            self.text,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"am{space}{class}\" \
             viewBox=\"0 0 {width} {height}\" role=\"img\" aria-label=\"{label}\">\
             {style}<title>{label}</title>\
             <rect class=\"bg\" width=\"{width}\" height=\"{height}\"/>",
            label = escape(words),
        )?;
        let mut top = 0.0;
        for panel in &PANELS {
            self.panel(panel, top)?;
            top += self.head(panel) + PLOT_HEIGHT + GAP;
        }
        let below = top - GAP + 16.0;
        for (x, words) in self.time_ticks() {
            self.words(x, below, "middle", &words)?;
        }
        let middle = LEFT + self.plot_width() / 2.0;
        self.words(middle, below + 18.0, "middle", "time since the start")?;
        writeln!(self.text, "</svg>")
    }

    /// Whether the legend is where the title leaves room, or below it.
    fn is_narrow(&self) -> bool {
        self.width < ONE_ROW_FROM
    }

    /// A single series needs no legend beside its title, and nothing needs none.
    fn has_legend(&self, panel: &Panel) -> bool {
        panel.series.len() > 1 && panel.remark(self.samples).is_none()
    }

    /// Height of title and legend.
    fn head(&self, panel: &Panel) -> f64 {
        if self.is_narrow() && self.has_legend(panel) {
            TITLE_ROW + LEGEND_ROW
        } else {
            TITLE_ROW
        }
    }

    fn plot_width(&self) -> f64 {
        f64::from(self.width) - LEFT - RIGHT
    }

    fn panel(&mut self, panel: &Panel, top: f64) -> fmt::Result {
        let frame = Frame {
            left: LEFT,
            top: top + self.head(panel),
            width: self.plot_width(),
            height: PLOT_HEIGHT,
        };
        let remark = panel.remark(self.samples);
        self.title(panel, top)?;
        if remark.is_none() {
            let axis = panel.axis(self.samples, 4);
            self.grid(&axis.ticks(panel.unit), axis.end, &frame)?;
            for series in panel.series {
                self.series(series, &axis, &frame)?;
            }
        } else {
            // An axis of values would be made up.
            self.grid(&[(0.0, "0".to_owned())], 1.0, &frame)?;
        }
        let (left, right, bottom) = (frame.left, frame.right(), frame.bottom());
        writeln!(
            self.text,
            "<path class=\"x\" d=\"M{left} {bottom}H{right}\"/>"
        )?;
        if let Some(remark) = remark {
            let (x, y) = (
                frame.left + frame.width / 2.0,
                frame.top + frame.height / 2.0,
            );
            let remark = escape(remark);
            writeln!(
                self.text,
                "<text class=\"r\" x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{remark}</text>",
                y + 4.0
            )?;
        }
        Ok(())
    }

    fn title(&mut self, panel: &Panel, top: f64) -> fmt::Result {
        let baseline = top + 15.0;
        let unit = match panel.unit_words {
            "" => String::new(),
            words => format!(" <tspan class=\"u\">{}</tspan>", escape(words)),
        };
        writeln!(
            self.text,
            "<text class=\"t\" x=\"{LEFT}\" y=\"{baseline}\">{}{unit}</text>",
            escape(panel.title),
        )?;
        if self.has_legend(panel) {
            self.legend(panel, baseline)?;
        }
        Ok(())
    }

    fn legend(&mut self, panel: &Panel, baseline: f64) -> fmt::Result {
        let room = |series: &Series| 18.0 + letters(series.name) + 14.0;
        let (mut x, y) = if self.is_narrow() {
            (LEFT, baseline + LEGEND_ROW)
        } else {
            let all: f64 = panel.series.iter().map(room).sum();
            (f64::from(self.width) - RIGHT - all + 14.0, baseline)
        };
        for series in panel.series {
            let class = series.class;
            match series.style {
                Style::Area => write!(
                    self.text,
                    "<rect class=\"{class} a\" x=\"{x:.1}\" y=\"{}\" width=\"12\" height=\"10\"/>",
                    y - 9.0
                )?,
                Style::Line => write!(
                    self.text,
                    "<path class=\"{class} l\" d=\"M{x:.1} {}h12\"/>",
                    y - 4.0
                )?,
            }
            self.words(x + 18.0, y, "start", series.name)?;
            x += room(series);
        }
        Ok(())
    }

    fn grid(&mut self, ticks: &[(f64, String)], end: f64, frame: &Frame) -> fmt::Result {
        let (left, right) = (frame.left, frame.right());
        let mut path = String::new();
        for (value, words) in ticks {
            let y = frame.y(*value, end);
            write!(path, "M{left} {y:.1}H{right}")?;
            self.words(left - 6.0, y + 4.0, "end", words)?;
        }
        let (top, bottom) = (frame.top, frame.bottom());
        for (x, _) in self.time_ticks() {
            write!(path, "M{x:.1} {top}V{bottom}")?;
        }
        writeln!(self.text, "<path class=\"g\" d=\"{path}\"/>")
    }

    fn series(&mut self, series: &Series, axis: &Axis, frame: &Frame) -> fmt::Result {
        let columns = series.columns(self.samples, self.columns());
        let (letter, path) = match series.style {
            Style::Area => ('a', path::area(&columns, axis.end, frame)),
            Style::Line => ('l', path::line(&columns, axis.end, frame)),
        };
        if path.is_empty() {
            return Ok(());
        }
        let class = series.class;
        writeln!(self.text, "<path class=\"{class} {letter}\" d=\"{path}\"/>")
    }

    /// One column for each pixel, or for each sample if there are fewer.
    fn columns(&self) -> usize {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "at most the widest picture"
        )]
        let pixels = self.plot_width() as usize;
        pixels.min(self.samples.len())
    }

    /// Ticks of the time axis: where, and in which words.
    fn time_ticks(&self) -> Vec<(f64, String)> {
        let seconds = u32::try_from(self.samples.len()).unwrap_or(u32::MAX);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "at most the widest picture"
        )]
        let most = (self.plot_width() / 75.0) as u32;
        let width = self.plot_width();
        time_ticks(seconds, most)
            .into_iter()
            .map(|(second, words)| {
                let share = f64::from(second) / f64::from(seconds.max(1));
                (LEFT + width * share, words)
            })
            .collect()
    }

    fn words(&mut self, x: f64, y: f64, anchor: &str, words: &str) -> fmt::Result {
        let anchor = match anchor {
            "start" => String::new(),
            other => format!(" text-anchor=\"{other}\""),
        };
        // Half a word at the right edge would be cut off.
        let half = letters(words) / 2.0;
        let edge = f64::from(self.width);
        let x = if anchor.contains("middle") {
            x.min(edge - half)
        } else {
            x
        };
        let words = escape(words);
        writeln!(
            self.text,
            "<text x=\"{x:.1}\" y=\"{y:.1}\"{anchor}>{words}</text>"
        )
    }
}

fn letters(words: &str) -> f64 {
    f64::from(u32::try_from(words.chars().count()).unwrap_or(u32::MAX)) * LETTER
}
