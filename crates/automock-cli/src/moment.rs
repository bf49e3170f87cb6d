//! Moments as people write them.

use jiff::civil::{DateTime, Time};
use jiff::{Timestamp, ToSpan as _, Zoned};

/// Reads a moment: with an offset or a time zone as it is, a date and time on the clock of `now`, and
/// a time alone as the next one on that clock.
///
/// # Errors
///
/// Words about a text that is none of these.
pub(crate) fn parse(text: &str, now: &Zoned) -> Result<Timestamp, String> {
    let text = text.trim();
    // A time zone decides alone: an offset beside it must be the zone's.
    if text.contains('[') {
        let zoned = text.parse::<Zoned>();
        return zoned.map(|it| it.timestamp()).map_err(|_| refusal());
    }
    if let Ok(moment) = text.parse::<Timestamp>() {
        return Ok(moment);
    }
    if is_on_some_clock(text) {
        if let Ok(time) = text.parse::<DateTime>() {
            return on_the_clock(time, now);
        }
        if let Ok(time) = text.parse::<Time>() {
            return next(time, now);
        }
    }
    Err(refusal())
}

fn refusal() -> String {
    "it is no moment; write `2026-01-02T18:00:00Z`, `2026-01-02 18:00` or `18:00`".into()
}

/// Whether the text ends with a time of day and nothing else. A date alone would be a moment in the
/// night that nobody has thought of, and an offset behind the time would be left out in silence.
fn is_on_some_clock(text: &str) -> bool {
    let time = text.rsplit(['T', 't', ' ']).next().unwrap_or_default();
    let is_of_a_clock = |c: char| c.is_ascii_digit() || matches!(c, ':' | '.');
    time.contains(':') && time.chars().all(is_of_a_clock)
}

/// An hour that the clock skips or shows twice is read as calendars do.
fn on_the_clock(time: DateTime, now: &Zoned) -> Result<Timestamp, String> {
    let zoned = time.to_zoned(now.time_zone().clone());
    zoned
        .map(|zoned| zoned.timestamp())
        .map_err(|error| error.to_string())
}

fn next(time: Time, now: &Zoned) -> Result<Timestamp, String> {
    let today = on_the_clock(now.date().to_datetime(time), now)?;
    if today > now.timestamp() {
        return Ok(today);
    }
    let tomorrow = now.date().checked_add(1.day());
    let tomorrow = tomorrow.map_err(|error| error.to_string())?;
    on_the_clock(tomorrow.to_datetime(time), now)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let now: Zoned = "2026-03-28T17:30[Europe/Berlin]".parse().unwrap();
        assert_eq!(parse(text, &now).unwrap().to_string(), expected, "{text}");
    }

    #[test]
    fn an_offset_says_it_all() {
        check("2026-01-02T18:00:00Z", "2026-01-02T18:00:00Z");
        check("2026-01-02T18:00:00+02:00", "2026-01-02T16:00:00Z");
    }

    #[test]
    fn a_time_zone_says_it_all() {
        check("2026-01-02T18:00[America/New_York]", "2026-01-02T23:00:00Z");
        check(
            "2026-01-02T18:00:00-05:00[America/New_York]",
            "2026-01-02T23:00:00Z",
        );
    }

    #[test]
    fn a_date_and_a_time_are_local() {
        check("2026-03-28 18:00", "2026-03-28T17:00:00Z");
        // Summer time has begun in between.
        check("2026-03-29T18:00", "2026-03-29T16:00:00Z");
    }

    #[test]
    fn a_time_alone_is_the_next_one() {
        check("18:00", "2026-03-28T17:00:00Z");
        check("17:30", "2026-03-29T15:30:00Z");
        check("08:15", "2026-03-29T06:15:00Z");
    }

    #[test]
    fn an_hour_that_the_clock_skips_comes_after_the_gap() {
        check("02:30", "2026-03-29T01:30:00Z");
    }

    #[test]
    fn anything_else_is_refused_with_examples() {
        let now: Zoned = "2026-03-28T17:30[Europe/Berlin]".parse().unwrap();
        for text in [
            "",
            "tomorrow",
            "2026-03-29",
            "25:00",
            "2h",
            "1800",
            "18:00+02:00",
            "18:00Z",
            "18:00[America/New_York]",
            "2026-01-02 18:00 +02:00",
            "2026-01-02T18:00+02:00[America/New_York]",
            "2026-01-02T18:00[Nowhere/Else]",
        ] {
            let words = parse(text, &now).unwrap_err();
            assert!(words.contains("`18:00`"), "{text}: {words}");
        }
    }
}
