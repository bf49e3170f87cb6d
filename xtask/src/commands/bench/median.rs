//! The middle of several measurements, which a single slow one doesn't move.

/// Returns the median, or the mean of the two in the middle.
///
/// There is none of no measurements: then the result is not a number.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() {
        0 => f64::NAN,
        odd if odd % 2 == 1 => values[middle],
        _ => f64::midpoint(values[middle - 1], values[middle]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_in_the_middle() {
        let shown = |values: &[f64]| format!("{}", median(values.to_vec()));
        assert_eq!(shown(&[9.0, 1.0, 2.0]), "2");
        assert_eq!(shown(&[4.0, 1.0, 2.0, 9.0]), "3");
        assert_eq!(shown(&[]), "NaN");
    }
}
