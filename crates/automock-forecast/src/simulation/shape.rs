//! Loads over time in a word: `ramp:100:2000:10m`.

use std::str::FromStr;

use super::profile::{Profile, read_time};
use crate::load::RequestsPerSecond;

/// A text is not the shape of a load.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ShapeError {
    /// It begins with none of the shapes' names.
    #[error("{0:?} is no load over time; write one of {forms}", forms = FORMS.join(", "))]
    Unknown(String),
    /// It has too few or too many parts.
    #[error("{text:?} has not the parts of {form}")]
    Parts {
        /// What was written.
        text: String,
        /// How the shape is written.
        form: &'static str,
    },
    /// A part is no rate.
    #[error("{0:?} is no number of requests per second")]
    Rate(String),
    /// A step does not come after the one before it.
    #[error("{0:?} is not after the time of the step before")]
    Order(String),
    /// A part is no time.
    #[error("{0:?} is no time; write seconds, or a duration such as 5m")]
    Time(String),
}

const CONSTANT: &str = "constant:RATE";
const RAMP: &str = "ramp:FROM:TO:DURATION";
const STEPS: &str = "steps:TIME=RATE,TIME=RATE";
const SPIKE: &str = "spike:BASE:PEAK:TIME:DURATION";
const FORMS: [&str; 4] = [CONSTANT, RAMP, STEPS, SPIKE];

impl Profile {
    /// Whether a text is meant as a shape: it begins with the name of one and a colon.
    #[must_use]
    pub fn is_shape(text: &str) -> bool {
        let name = text.split_once(':').map(|(name, _)| name);
        name.is_some_and(|name| {
            FORMS
                .iter()
                .any(|form| form.split(':').next() == Some(name))
        })
    }
}

/// Reads a shape. Rates are requests per second, times and durations seconds or texts such as `5m`.
///
/// ```
/// use automock_forecast::Profile;
///
/// let ramp: Profile = "ramp:100:2000:10m".parse().unwrap();
/// assert_eq!(ramp.rate_at(300), 1_050.0);
/// let steps: Profile = "steps:0=60,5m=2400".parse().unwrap();
/// assert_eq!((steps.rate_at(299), steps.rate_at(300)), (60.0, 2_400.0));
/// let spike: Profile = "spike:100:2000:5m:30".parse().unwrap();
/// assert_eq!((spike.rate_at(329), spike.rate_at(330)), (2_000.0, 100.0));
/// assert!("ramp:100:2000".parse::<Profile>().is_err());
/// ```
impl FromStr for Profile {
    type Err = ShapeError;

    fn from_str(text: &str) -> Result<Self, ShapeError> {
        let unknown = || ShapeError::Unknown(text.to_owned());
        let (name, rest) = text.split_once(':').ok_or_else(unknown)?;
        let parts: Vec<&str> = rest.split(':').map(str::trim).collect();
        let wrong = |form| ShapeError::Parts {
            text: text.to_owned(),
            form,
        };
        match (name, parts.as_slice()) {
            ("constant", [steady]) => Ok(Self::constant(rate(steady)?)),
            ("ramp", [from, to, over]) => Ok(Self::ramp(rate(from)?, rate(to)?, seconds(over)?)),
            ("spike", [base, peak, at, lasts]) => Ok(Self::spike(
                rate(base)?,
                rate(peak)?,
                seconds(at)?,
                seconds(lasts)?,
            )),
            ("steps", [steps]) => {
                let step = |step: &str| {
                    let (at, then) = step.split_once('=').ok_or_else(|| wrong(STEPS))?;
                    Ok((seconds(at.trim())?, rate(then.trim())?))
                };
                let read: Result<Vec<_>, ShapeError> = steps.split(',').map(step).collect();
                let read = read?;
                let is_late = |pair: &[(u32, RequestsPerSecond)]| pair[1].0 <= pair[0].0;
                if let Some(at) = read.windows(2).position(is_late) {
                    let written = steps.split(',').nth(at + 1).unwrap_or_default();
                    return Err(ShapeError::Order(written.to_owned()));
                }
                Ok(Self::steps(&read))
            }
            ("constant", _) => Err(wrong(CONSTANT)),
            ("ramp", _) => Err(wrong(RAMP)),
            ("spike", _) => Err(wrong(SPIKE)),
            ("steps", _) => Err(wrong(STEPS)),
            _ => Err(unknown()),
        }
    }
}

fn rate(text: &str) -> Result<RequestsPerSecond, ShapeError> {
    let number = text.parse().ok();
    let rate = number.and_then(|number| RequestsPerSecond::new(number).ok());
    rate.ok_or_else(|| ShapeError::Rate(text.to_owned()))
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a time is read within these bounds"
)]
fn seconds(text: &str) -> Result<u32, ShapeError> {
    let seconds = read_time(text).ok_or_else(|| ShapeError::Time(text.to_owned()))?;
    Ok(seconds.round() as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shape_is_told_from_a_file() {
        for shape in ["constant:5", "ramp:", "steps:0=1", "spike:1:2:3:4"] {
            assert!(Profile::is_shape(shape), "{shape}");
        }
        for file in ["load.csv", "ramp", "constant.csv", "C:load.csv", ""] {
            assert!(!Profile::is_shape(file), "{file}");
        }
    }

    #[test]
    fn faults_say_what_to_write() {
        let fault = |text: &str| text.parse::<Profile>().unwrap_err().to_string();
        assert_eq!(
            fault("wave:1:2"),
            "\"wave:1:2\" is no load over time; write one of constant:RATE, \
             ramp:FROM:TO:DURATION, steps:TIME=RATE,TIME=RATE, spike:BASE:PEAK:TIME:DURATION"
        );
        assert_eq!(
            fault("ramp:1:2"),
            "\"ramp:1:2\" has not the parts of ramp:FROM:TO:DURATION"
        );
        assert_eq!(
            fault("steps:0=1,5"),
            "\"steps:0=1,5\" has not the parts of steps:TIME=RATE,TIME=RATE"
        );
        assert_eq!(
            fault("steps:0=1,0=5"),
            "\"0=5\" is not after the time of the step before"
        );
        assert_eq!(
            fault("constant:-1"),
            "\"-1\" is no number of requests per second"
        );
        assert_eq!(
            fault("ramp:1:2:soon"),
            "\"soon\" is no time; write seconds, or a duration such as 5m"
        );
    }

    #[test]
    fn all_four_are_what_they_are_called() {
        let parse = |text: &str| text.parse::<Profile>().unwrap();
        let rate = |rate| RequestsPerSecond::new(rate).unwrap();
        assert_eq!(parse("constant:5"), Profile::constant(rate(5.0)));
        assert_eq!(
            parse("ramp:1:2:10m"),
            Profile::ramp(rate(1.0), rate(2.0), 600)
        );
        assert_eq!(
            parse("spike:1:2:60:1m"),
            Profile::spike(rate(1.0), rate(2.0), 60, 60)
        );
        let steps = [(0, rate(1.0)), (60, rate(2.0))];
        assert_eq!(parse("steps: 0 = 1, 1m = 2"), Profile::steps(&steps));
    }
}
