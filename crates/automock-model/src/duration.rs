//! Durations as people write them: `90s`, `5m`, `1h30m`, `2d`.

const UNITS: [(char, u64); 4] = [('d', 86_400), ('h', 3_600), ('m', 60), ('s', 1)];

/// A text is not a duration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DurationError {
    /// Nothing was written.
    #[error("is empty; write a duration such as \"4h\"")]
    Empty,
    /// There is no number at all, as in `forever`.
    #[error("is not a duration; write one such as \"4h\"")]
    NoDigits,
    /// A number has no unit, as in `90`.
    #[error("has the number {0} without a unit; add d, h, m or s")]
    NoUnit(u64),
    /// A unit has no number, as in `1hm`.
    #[error("has the unit {0:?} without a number before it")]
    NoNumber(char),
    /// A letter is not a unit.
    #[error("has the unit {0:?}; the units are d, h, m and s")]
    UnknownUnit(char),
    /// Units are repeated or not in descending order, as in `30m1h`.
    #[error("has {0:?} out of order; write units from large to small, each once, as in \"1h30m\"")]
    OutOfOrder(char),
    /// The duration does not fit.
    #[error("is too long")]
    TooLong,
}

/// Reads a duration in seconds.
///
/// # Errors
/// Says which part of the text is wrong.
///
/// ```
/// # use automock_model::duration::parse_seconds;
/// assert_eq!(parse_seconds("1h30m"), Ok(5400));
/// assert!(parse_seconds("90").is_err());
/// ```
pub fn parse_seconds(text: &str) -> Result<u64, DurationError> {
    let text = text.trim();
    if text.is_empty() {
        return Err(DurationError::Empty);
    }
    if !text.contains(|c: char| c.is_ascii_digit()) {
        return Err(DurationError::NoDigits);
    }
    let mut total = 0_u64;
    let mut number = None;
    let mut units = UNITS.as_slice();
    for c in text.chars() {
        if let Some(digit) = c.to_digit(10) {
            number = Some(push_digit(number.unwrap_or(0), digit)?);
            continue;
        }
        let size = next_unit(&mut units, c)?;
        let amount: u64 = number.take().ok_or(DurationError::NoNumber(c))?;
        let part = amount.checked_mul(size).ok_or(DurationError::TooLong)?;
        total = total.checked_add(part).ok_or(DurationError::TooLong)?;
    }
    match number {
        Some(number) => Err(DurationError::NoUnit(number)),
        None => Ok(total),
    }
}

/// Writes a duration in the shortest form that [`parse_seconds`] reads back.
///
/// ```
/// # use automock_model::duration::format_seconds;
/// assert_eq!(format_seconds(5400), "1h30m");
/// assert_eq!(format_seconds(0), "0s");
/// ```
#[must_use]
pub fn format_seconds(seconds: u64) -> String {
    let mut rest = seconds;
    let mut text = String::new();
    for (unit, size) in UNITS {
        let amount = rest / size;
        rest %= size;
        if amount > 0 {
            text.push_str(&amount.to_string());
            text.push(unit);
        }
    }
    if text.is_empty() {
        text.push_str("0s");
    }
    text
}

fn push_digit(number: u64, digit: u32) -> Result<u64, DurationError> {
    number
        .checked_mul(10)
        .and_then(|n| n.checked_add(u64::from(digit)))
        .ok_or(DurationError::TooLong)
}

/// The unit's size; afterwards only smaller units are left.
fn next_unit(units: &mut &[(char, u64)], c: char) -> Result<u64, DurationError> {
    if !UNITS.iter().any(|(unit, _)| *unit == c) {
        return Err(DurationError::UnknownUnit(c));
    }
    let at = units
        .iter()
        .position(|(unit, _)| *unit == c)
        .ok_or(DurationError::OutOfOrder(c))?;
    let size = units[at].1;
    *units = &units[at + 1..];
    Ok(size)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reads_the_usual_forms() {
        let cases = [
            ("4h", 14_400),
            ("90m", 5_400),
            ("1h30m", 5_400),
            ("2d", 172_800),
            (" 45s ", 45),
            ("1d2h3m4s", 93_784),
            ("0s", 0),
        ];
        for (text, seconds) in cases {
            assert_eq!(parse_seconds(text), Ok(seconds), "{text}");
        }
    }

    #[test]
    fn names_the_wrong_part() {
        let cases = [
            ("", DurationError::Empty),
            ("90", DurationError::NoUnit(90)),
            ("h", DurationError::NoDigits),
            ("forever", DurationError::NoDigits),
            ("1hm", DurationError::NoNumber('m')),
            ("1w", DurationError::UnknownUnit('w')),
            ("-1h", DurationError::UnknownUnit('-')),
            ("1.5h", DurationError::UnknownUnit('.')),
            ("30m1h", DurationError::OutOfOrder('h')),
            ("1h1h", DurationError::OutOfOrder('h')),
            ("99999999999999999999s", DurationError::TooLong),
            ("999999999999999999d", DurationError::TooLong),
        ];
        for (text, error) in cases {
            assert_eq!(parse_seconds(text), Err(error), "{text}");
        }
    }

    proptest! {
        #[test]
        fn formatting_reads_back(seconds: u64) {
            prop_assert_eq!(parse_seconds(&format_seconds(seconds)), Ok(seconds));
        }

        #[test]
        fn any_text_is_answered(text: String) {
            let _ = parse_seconds(&text);
        }
    }
}
