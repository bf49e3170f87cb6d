//! Paths: a series as a line with few points.

use std::fmt::Write;

/// A point in tenths of a pixel, which is as fine as anybody sees.
type Point = (i64, i64);

/// Where a panel's plot is, in pixels.
#[derive(Debug, Clone, Copy)]
pub(super) struct Frame {
    pub(super) left: f64,
    pub(super) top: f64,
    pub(super) width: f64,
    pub(super) height: f64,
}

impl Frame {
    pub(super) fn bottom(&self) -> f64 {
        self.top + self.height
    }

    pub(super) fn right(&self) -> f64 {
        self.left + self.width
    }

    /// Where a value is on an axis that ends at another.
    pub(super) fn y(&self, value: f64, end: f64) -> f64 {
        self.bottom() - (value / end).clamp(0.0, 1.0) * self.height
    }
}

/// The line through the lowest and highest value of each column.
pub(super) fn line(columns: &[(f64, f64)], end: f64, frame: &Frame) -> String {
    text(&points(columns, end, frame))
}

/// The same, closed along the axis.
pub(super) fn area(columns: &[(f64, f64)], end: f64, frame: &Frame) -> String {
    let points = points(columns, end, frame);
    let mut path = text(&points);
    if !path.is_empty() {
        let (bottom, left) = (number(tenths(frame.bottom())), number(tenths(frame.left)));
        // Writing to a string cannot fail.
        let _ = write!(path, "V{bottom}H{left}z");
    }
    path
}

fn points(columns: &[(f64, f64)], end: f64, frame: &Frame) -> Vec<Point> {
    let count = f64::from(u32::try_from(columns.len()).unwrap_or(u32::MAX)).max(1.0);
    let mut points: Vec<Point> = Vec::new();
    let mut index = 0.0;
    for (low, high) in columns {
        let x = tenths(frame.left + frame.width * index / count);
        let (low, high) = (tenths(frame.y(*low, end)), tenths(frame.y(*high, end)));
        let before = points.last().map_or(low, |(_, y)| *y);
        // The nearer end first, so that the line does not jump to and fro.
        let is_low_nearer = (before - low).abs() <= (before - high).abs();
        let (first, second) = if is_low_nearer {
            (low, high)
        } else {
            (high, low)
        };
        push(&mut points, (x, first));
        push(&mut points, (x, second));
        index += 1.0;
    }
    // A second lasts until the next, so the last value reaches the edge.
    if let Some((_, y)) = points.last().copied() {
        push(&mut points, (tenths(frame.right()), y));
    }
    points
}

/// Adds a point; of three at the same height, the one between is not needed.
fn push(points: &mut Vec<Point>, point: Point) {
    if points.last() == Some(&point) {
        return;
    }
    if let [.., (_, before), last] = points.as_mut_slice()
        && *before == last.1
        && last.1 == point.1
    {
        *last = point;
        return;
    }
    points.push(point);
}

fn text(points: &[Point]) -> String {
    let mut path = String::new();
    let mut before: Option<Point> = None;
    for (x, y) in points.iter().copied() {
        // Relative coordinates have fewer digits; horizontal and vertical ones need only one.
        let written = match before {
            None => write!(path, "M{} {}", number(x), number(y)),
            Some((old_x, old_y)) if old_y == y => write!(path, "h{}", number(x - old_x)),
            Some((old_x, old_y)) if old_x == x => write!(path, "v{}", number(y - old_y)),
            Some((old_x, old_y)) => {
                write!(path, "l{} {}", number(x - old_x), number(y - old_y))
            }
        };
        debug_assert!(written.is_ok(), "writing to a string cannot fail");
        before = Some((x, y));
    }
    path
}

#[expect(clippy::cast_possible_truncation, reason = "pixels of a picture")]
fn tenths(pixels: f64) -> i64 {
    (pixels * 10.0).round() as i64
}

/// Tenths as a decimal number.
fn number(tenths: i64) -> String {
    let sign = if tenths < 0 { "-" } else { "" };
    let (whole, rest) = (tenths.unsigned_abs() / 10, tenths.unsigned_abs() % 10);
    match (whole, rest) {
        (_, 0) => format!("{sign}{whole}"),
        (0, _) => format!("{sign}.{rest}"),
        _ => format!("{sign}{whole}.{rest}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRAME: Frame = Frame {
        left: 10.0,
        top: 0.0,
        width: 40.0,
        height: 100.0,
    };

    #[test]
    fn flat_lines_have_two_points() {
        assert_eq!(line(&[(5.0, 5.0); 40], 10.0, &FRAME), "M10 50h40");
        assert_eq!(line(&[(5.0, 5.0)], 10.0, &FRAME), "M10 50h40");
        assert_eq!(area(&[(5.0, 5.0); 4], 10.0, &FRAME), "M10 50h40V100H10z");
        assert_eq!(line(&[], 10.0, &FRAME), "");
        assert_eq!(area(&[], 10.0, &FRAME), "");
    }

    #[test]
    fn a_column_shows_its_lowest_and_highest_value() {
        let columns = [(0.0, 0.0), (0.0, 10.0), (0.0, 0.0), (2.5, 2.5)];
        assert_eq!(
            line(&columns, 10.0, &FRAME),
            "M10 100h10v-100l10 100l10 -25h10"
        );
    }

    #[test]
    fn numbers_are_short() {
        assert_eq!(
            [0, 5, -5, 10, -123].map(number),
            ["0", ".5", "-.5", "1", "-12.3"]
        );
    }
}
