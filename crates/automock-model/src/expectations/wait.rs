//! How long an answer may take by the delays that the expectations ask for.

use std::time::Duration;

use serde::Serialize;
use serde_json::value::RawValue;

use super::json::Members;
use super::{ACTIONS, Expectations};

/// The names of Java's `TimeUnit`, in seconds.
const UNITS: [(&str, f64); 7] = [
    ("DAYS", 86_400.0),
    ("HOURS", 3_600.0),
    ("MINUTES", 60.0),
    ("SECONDS", 1.0),
    ("MILLISECONDS", 1e-3),
    ("MICROSECONDS", 1e-6),
    ("NANOSECONDS", 1e-9),
];

/// Distributions without an upper bound count up to this many standard deviations: one draw in 3.5
/// million is longer.
const DEVIATIONS: f64 = 5.0;

/// The 99th percentile of the standard normal distribution.
const NORMAL_P99: f64 = 2.326_347_874_040_841;

/// The engine cuts a delay here.
const LONGEST: f64 = 86_400.0;

/// Levels of an action in which delays can be; deeper ones are data of the user's.
const DEPTH: usize = 6;

/// How long answers take, as far as the expectations say.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct LongestAnswer {
    /// The longest wait that an expectation asks for. What a client and a network need comes on top.
    pub wait: Duration,
    /// The action that asks for it, such as `[3].httpResponse`; `None` when no answer waits.
    pub place: Option<String>,
    /// Templates that may write a delay of their own, which is known only when they are asked.
    pub templates: Vec<String>,
}

impl Expectations {
    /// The longest wait that any of the expectations asks for: delays, their distributions' upper
    /// bounds, delays of single chunks, events and messages, and of closing connections.
    ///
    /// ```
    /// use automock_model::Expectations;
    /// use std::time::Duration;
    ///
    /// let file = r#"[{ "httpResponse": { "delay": { "timeUnit": "SECONDS", "value": 8 } } }]"#;
    /// let longest = Expectations::parse(file).unwrap().longest_answer();
    /// assert_eq!(longest.wait, Duration::from_secs(8));
    /// assert_eq!(longest.place.as_deref(), Some("[0].httpResponse"));
    /// ```
    #[must_use]
    pub fn longest_answer(&self) -> LongestAnswer {
        let mut longest = LongestAnswer::default();
        let mut seconds = 0.0;
        for (index, item) in self.items().iter().enumerate() {
            let Ok(Members(members)) = serde_json::from_str(&item.text) else {
                continue;
            };
            for (name, action) in members {
                if !ACTIONS.contains(&name.as_ref()) {
                    continue;
                }
                let place = format!("[{index}].{name}");
                let wait = wait_of_action(&name, action);
                if wait > seconds {
                    seconds = wait;
                    longest.place = Some(place.clone());
                }
                if is_template(&name) && may_delay(action) {
                    longest.templates.push(place);
                }
            }
        }
        longest.wait = Duration::from_secs_f64(seconds.min(LONGEST));
        longest
    }
}

fn is_template(name: &str) -> bool {
    name == "httpResponseTemplate" || name == "httpForwardTemplate"
}

/// A template writes a response, and a response has its delay in a member of this name.
fn may_delay(action: &RawValue) -> bool {
    super::advice::member(action, "template").is_some_and(|text| text.get().contains("delay"))
}

/// Of several responses each is an answer of its own.
fn wait_of_action(name: &str, action: &RawValue) -> f64 {
    if name == "httpResponses"
        && let Ok(responses) = serde_json::from_str::<Vec<&RawValue>>(action.get())
    {
        let waits = responses.into_iter().map(|response| wait(response, DEPTH));
        return waits.fold(0.0, f64::max);
    }
    wait(action, DEPTH)
}

/// The sum of all delays in an action: they follow one another, and where only one of them applies,
/// the sum is still a bound. Bodies are data, whatever the names in them are.
fn wait(value: &RawValue, depth: usize) -> f64 {
    if depth == 0 {
        return 0.0;
    }
    if let Ok(items) = serde_json::from_str::<Vec<&RawValue>>(value.get()) {
        return items.into_iter().map(|item| wait(item, depth - 1)).sum();
    }
    let Ok(Members(members)) = serde_json::from_str::<Members<'_>>(value.get()) else {
        return 0.0;
    };
    let chunks = chunks(&members);
    members
        .iter()
        .map(|(name, value)| match name.as_ref() {
            "body" | "headers" | "cookies" | "template" | "responseBytes" => 0.0,
            "delay" | "closeSocketDelay" => delay(value),
            "connectionOptions" => connection(value, chunks),
            _ => wait(value, depth - 1),
        })
        .sum()
}

fn connection(options: &RawValue, chunks: f64) -> f64 {
    let Ok(Members(members)) = serde_json::from_str::<Members<'_>>(options.get()) else {
        return 0.0;
    };
    members
        .iter()
        .map(|(name, value)| match name.as_ref() {
            "closeSocketDelay" => delay(value),
            "chunkDelay" => delay(value) * chunks,
            _ => 0.0,
        })
        .sum()
}

/// In how many chunks a response's body is sent.
#[expect(
    clippy::cast_precision_loss,
    reason = "a body of more than 2^52 bytes fits nowhere"
)]
fn chunks(response: &[(std::borrow::Cow<'_, str>, &RawValue)]) -> f64 {
    let of = |name: &str| {
        let mut members = response.iter();
        members
            .find(|(known, _)| known == name)
            .map(|(_, value)| *value)
    };
    let body = of("body").map_or(0, |body| body.get().len());
    let size = of("connectionOptions")
        .and_then(|options| super::advice::member(options, "chunkSize"))
        .and_then(|size| serde_json::from_str::<usize>(size.get()).ok());
    match size {
        Some(size) if size > 0 => body.div_ceil(size) as f64,
        _ => 1.0,
    }
}

/// The upper bound of one delay in seconds; 0 for what is not a delay.
fn delay(value: &RawValue) -> f64 {
    #[derive(serde::Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Delay {
        time_unit: Option<String>,
        value: Option<f64>,
        distribution: Option<Distribution>,
    }
    #[derive(serde::Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Distribution {
        #[serde(rename = "type")]
        kind: Option<String>,
        max: Option<f64>,
        median: Option<f64>,
        p99: Option<f64>,
        mean: Option<f64>,
        #[serde(alias = "stdDev")]
        standard_deviation: Option<f64>,
    }
    let Ok(delay) = serde_json::from_str::<Delay>(value.get()) else {
        return 0.0;
    };
    let unit = delay.time_unit.as_deref().unwrap_or("MILLISECONDS");
    let unit = UNITS.iter().find(|(name, _)| *name == unit);
    let unit = unit.map_or(1.0, |(_, seconds)| *seconds);
    let Some(spread) = delay.distribution else {
        return bounded(delay.value.unwrap_or(0.0) * unit);
    };
    let of = |value: Option<f64>| value.unwrap_or(0.0);
    let longest = match spread.kind.as_deref() {
        Some("UNIFORM") => of(spread.max),
        Some("LOG_NORMAL") => {
            let (median, p99) = (of(spread.median), of(spread.p99));
            if median > 0.0 {
                median * (p99 / median).powf(DEVIATIONS / NORMAL_P99)
            } else {
                p99
            }
        }
        Some("GAUSSIAN") => of(spread.mean) + DEVIATIONS * of(spread.standard_deviation),
        _ => 0.0,
    };
    bounded(longest * unit)
}

fn bounded(seconds: f64) -> f64 {
    if seconds.is_nan() {
        return 0.0;
    }
    seconds.clamp(0.0, LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn longest(items: &str) -> LongestAnswer {
        Expectations::parse(items).unwrap().longest_answer()
    }

    fn seconds(action: &str) -> f64 {
        longest(&format!("[{{ {action} }}]")).wait.as_secs_f64()
    }

    #[test]
    fn every_delay_that_can_be_asked_for_counts() {
        for (action, expected) in [
            (r#""httpResponse": {}"#, 0.0),
            (
                r#""httpResponse": {"delay": {"timeUnit": "MILLISECONDS", "value": 1500}}"#,
                1.5,
            ),
            (
                r#""httpResponse": {"delay": {"timeUnit": "MINUTES", "value": 2}}"#,
                120.0,
            ),
            (
                r#""httpError": {"dropConnection": true, "delay": {"timeUnit": "SECONDS", "value": 3}}"#,
                3.0,
            ),
            (
                r#""httpForward": {"host": "a", "delay": {"timeUnit": "SECONDS", "value": 4}}"#,
                4.0,
            ),
            (
                r#""httpResponseTemplate": {"templateType": "VELOCITY", "template": "{}", "delay": {"timeUnit": "SECONDS", "value": 5}}"#,
                5.0,
            ),
            (
                r#""httpOverrideForwardedRequest": {"delay": {"timeUnit": "SECONDS", "value": 1}, "responseOverride": {"delay": {"timeUnit": "SECONDS", "value": 2}}}"#,
                3.0,
            ),
            (
                r#""httpResponse": {"delay": {"timeUnit": "SECONDS", "value": 1}, "connectionOptions": {"closeSocketDelay": {"timeUnit": "SECONDS", "value": 2}}}"#,
                3.0,
            ),
            (
                r#""httpResponse": {"body": "0123456789", "connectionOptions": {"chunkSize": 4, "chunkDelay": {"timeUnit": "SECONDS", "value": 2}}}"#,
                6.0,
            ),
            (
                r#""httpResponses": [{"delay": {"timeUnit": "SECONDS", "value": 7}}, {"delay": {"timeUnit": "SECONDS", "value": 9}}]"#,
                9.0,
            ),
            (
                r#""httpSseResponse": {"events": [{"data": "a", "delay": {"timeUnit": "SECONDS", "value": 2}}, {"data": "b", "delay": {"timeUnit": "SECONDS", "value": 3}}]}"#,
                5.0,
            ),
            (
                r#""httpResponse": {"delay": {"timeUnit": "SECONDS", "distribution": {"type": "UNIFORM", "min": 1, "max": 6}}}"#,
                6.0,
            ),
            (
                r#""httpResponse": {"delay": {"timeUnit": "SECONDS", "distribution": {"type": "GAUSSIAN", "mean": 2, "stdDev": 1}}}"#,
                7.0,
            ),
            (
                r#""httpResponse": {"delay": {"timeUnit": "DAYS", "value": 90}}"#,
                86_400.0,
            ),
        ] {
            assert!(
                (seconds(action) - expected).abs() < 1e-9,
                "{action}: {}",
                seconds(action)
            );
        }
        let log_normal = seconds(
            r#""httpResponse": {"delay": {"timeUnit": "MILLISECONDS", "distribution": {"type": "LOG_NORMAL", "median": 100, "p99": 900}}}"#,
        );
        assert!((11.0..11.5).contains(&log_normal), "{log_normal}");
    }

    #[test]
    fn data_is_no_delay() {
        let body = r#"{"delay": {"timeUnit": "HOURS", "value": 1}}"#;
        let text = format!(r#""httpResponse": {{"body": {body}, "headers": {body}}}"#);
        assert!(seconds(&text).abs() < 1e-9);
        let deep = "[".repeat(50_000) + &"]".repeat(50_000);
        let text = format!(r#"[{{"httpResponse": {{"body": {deep}, "x": {deep}}}}}]"#);
        if let Ok(expectations) = Expectations::parse(&text) {
            let _ = expectations.longest_answer();
        }
    }

    #[test]
    fn the_longest_one_is_named() {
        let found = longest(
            r#"[{"httpResponse": {"delay": {"timeUnit": "SECONDS", "value": 1}}},
                {"httpError": {"delay": {"timeUnit": "SECONDS", "value": 2}}},
                {"httpResponse": {}}]"#,
        );
        assert_eq!(found.place.as_deref(), Some("[1].httpError"));
    }

    #[test]
    fn a_template_that_may_delay_is_named() {
        let found = longest(
            r#"[{"httpResponseTemplate": {"templateType": "VELOCITY", "template": "{\"delay\": {\"timeUnit\": \"SECONDS\", \"value\": 9}}"}},
                {"httpResponseTemplate": {"templateType": "VELOCITY", "template": "{\"statusCode\": 200}"}}]"#,
        );
        assert_eq!(found.templates, ["[0].httpResponseTemplate"]);
        assert_eq!(found.wait, Duration::ZERO);
    }
}
