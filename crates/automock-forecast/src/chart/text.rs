//! The chart for terminals.

use super::panel::{PANELS, Panel, Style};
use super::scale::{Axis, time_ticks};
use crate::simulation::{Sample, Simulation};

/// Lines of each panel's plot.
const ROWS: usize = 4;

/// Eighths of a cell, from the bottom.
const BLOCKS: [char; 9] = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// What a line is drawn with where no block is.
const MARK: char = '·';

/// Columns beside the plot: the axis' words, a space and the axis.
const MARGIN: usize = 8;

/// Columns from which a plot is worth drawing.
const NARROWEST: usize = 16;

/// The simulation as text, no line of it wider than so many columns: blocks for what is served,
/// healthy, refused, busy and spent; dots for what is offered, desired or waits.
///
/// ```
/// use automock_forecast::{Load, PriceBook, Profile, RequestsPerSecond, Scenario, chart, simulate};
/// use automock_model::Project;
///
/// let rate = |rate| RequestsPerSecond::new(rate).unwrap();
/// let project = Project::from_toml("name = \"petstore\"").unwrap();
/// let profile = Profile::ramp(rate(0.0), rate(400.0), 600);
/// let scenario = Scenario::new(project, Load::idle(), profile, 600, rate(600.0));
/// let text = chart::text(&simulate(&scenario, &PriceBook::built_in()).unwrap(), 60);
///
/// assert!(text.starts_with("Load, requests per second: █ served"));
/// assert!(text.lines().all(|line| line.chars().count() <= 60));
/// ```
#[must_use]
pub fn text(simulation: &Simulation, width: usize) -> String {
    let samples = &simulation.samples;
    let mut lines = Vec::new();
    for panel in &PANELS {
        let remark = panel.remark(samples);
        lines.push(heading(panel, remark, width));
        if remark.is_none() {
            plot(panel, samples, width, &mut lines);
        }
    }
    let is_drawn = !samples.is_empty() && width >= NARROWEST;
    if is_drawn {
        time_axis(samples.len(), width, &mut lines);
    }
    let mut text = String::new();
    for line in lines {
        text.extend(line.trim_end().chars().take(width));
        text.push('\n');
    }
    text
}

fn heading(panel: &Panel, remark: Option<&str>, width: usize) -> String {
    let unit = match panel.unit_words {
        "" => String::new(),
        words => format!(", {words}"),
    };
    if let Some(remark) = remark {
        return format!("{}: {remark}", panel.title);
    }
    if panel.series.len() < 2 {
        return format!("{}{unit}", panel.title);
    }
    let names = panel.series.iter().map(|series| match series.style {
        Style::Area => format!("█ {}", series.name),
        Style::Line => format!("{MARK} {}", series.name),
    });
    let legend = names.collect::<Vec<_>>().join("  ");
    let whole = format!("{}{unit}: {legend}", panel.title);
    // The legend says more than the unit where there is no room for both.
    if whole.chars().count() <= width {
        whole
    } else {
        format!("{}: {legend}", panel.title)
    }
}

fn plot(panel: &Panel, samples: &[Sample], width: usize, lines: &mut Vec<String>) {
    if width < NARROWEST {
        return;
    }
    let axis = panel.axis(samples, 4);
    let count = width - MARGIN;
    let mut cells = vec![vec![' '; count]; ROWS];
    for (index, series) in panel.series.iter().enumerate() {
        // A picture in eighths shows the highest value of each column.
        let columns = series.columns(samples, count);
        for (column, (_, high)) in columns.iter().enumerate() {
            let eighths = eighths(*high, &axis);
            if index == 0 {
                fill(&mut cells, column, eighths);
            } else {
                mark(&mut cells, column, eighths);
            }
        }
    }
    for (index, row) in cells.iter().enumerate() {
        let words = match index {
            0 => axis.words(axis.end, panel.unit),
            _ if index + 1 == ROWS => axis.words(0.0, panel.unit),
            _ => String::new(),
        };
        let axis = if words.is_empty() { '│' } else { '┤' };
        let row: String = row.iter().collect();
        lines.push(format!("{words:>room$} {axis}{row}", room = MARGIN - 2));
    }
}

/// A value in eighths of a line. What is there at all is seen.
fn eighths(value: f64, axis: &Axis) -> usize {
    let all = ROWS * 8;
    let share = (value / axis.end).clamp(0.0, 1.0);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "between nothing and a few dozen"
    )]
    let eighths = (share * all as f64).round() as usize;
    eighths.max(usize::from(value > 0.0))
}

fn fill(cells: &mut [Vec<char>], column: usize, eighths: usize) {
    for (from_bottom, row) in cells.iter_mut().rev().enumerate() {
        let here = eighths.saturating_sub(from_bottom * 8).min(8);
        row[column] = BLOCKS[here];
    }
}

fn mark(cells: &mut [Vec<char>], column: usize, eighths: usize) {
    if eighths == 0 {
        return;
    }
    let from_bottom = (eighths - 1) / 8;
    let row = ROWS - 1 - from_bottom.min(ROWS - 1);
    if cells[row][column] == ' ' {
        cells[row][column] = MARK;
    }
}

fn time_axis(seconds: usize, width: usize, lines: &mut Vec<String>) {
    let count = width - MARGIN;
    let seconds = u32::try_from(seconds).unwrap_or(u32::MAX);
    // Words of up to eight letters, with room between them.
    let most = u32::try_from(count / 10).unwrap_or(u32::MAX);
    let mut axis: Vec<char> = vec!['─'; count];
    let mut words: Vec<char> = vec![' '; width];
    for (second, text) in time_ticks(seconds, most) {
        let share = u64::from(second) * (count as u64 - 1) / u64::from(seconds.max(1));
        let column = usize::try_from(share).unwrap_or(0);
        axis[column] = '┬';
        let text: Vec<char> = text.chars().collect();
        let start = (MARGIN + column).saturating_sub(text.len() / 2);
        let start = start.min(width.saturating_sub(text.len()));
        let is_free = words[start.saturating_sub(1)..(start + text.len()).min(width)]
            .iter()
            .all(|letter| *letter == ' ');
        if is_free {
            words[start..start + text.len()].copy_from_slice(&text);
        }
    }
    let axis: String = axis.into_iter().collect();
    lines.push(format!("{:>room$}└{axis}", "", room = MARGIN - 1));
    lines.push(words.into_iter().collect());
}
