//! Numbers that meet a schema.

use super::merged::{Merged, as_f64};
use crate::node::Node;

/// The greatest number below which all whole numbers can be told apart.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// 0, or the number closest to it that the schema allows.
pub(super) fn number(schema: &Merged<'_>, whole: bool) -> Node {
    let step = step(schema, whole);
    let lowest = lowest(schema, step);
    let highest = highest(schema, step);
    let wanted = match (lowest, highest) {
        (Some(lowest), _) if lowest > 0.0 => round_up(lowest, step),
        (_, Some(highest)) if highest < 0.0 => -round_up(-highest, step),
        _ => 0.0,
    };
    if wanted.fract() == 0.0 && wanted.abs() < EXACT {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "it is whole and small enough"
        )]
        return Node::from(wanted as i64);
    }
    serde_json::Number::from_f64(wanted).map_or(Node::from(0), Node::Number)
}

/// Numbers may differ by this.
fn step(schema: &Merged<'_>, whole: bool) -> Option<f64> {
    let multiple = schema.greatest("multipleOf").filter(|step| *step > 0.0);
    match multiple {
        Some(step) if !whole || step.fract() == 0.0 => Some(step),
        _ => whole.then_some(1.0),
    }
}

/// What an exclusive bound keeps away.
fn margin(step: Option<f64>) -> f64 {
    step.unwrap_or(0.5)
}

fn lowest(schema: &Merged<'_>, step: Option<f64>) -> Option<f64> {
    let bounds = schema.parts.iter().filter_map(|part| {
        let minimum = part.get("minimum").and_then(as_f64);
        match part.get("exclusiveMinimum") {
            Some(Node::Bool(true)) => minimum.map(|it| past(it, step)),
            Some(Node::Number(number)) => number.as_f64().map(|it| past(it, step)),
            _ => minimum,
        }
    });
    bounds.reduce(f64::max)
}

fn highest(schema: &Merged<'_>, step: Option<f64>) -> Option<f64> {
    let bounds = schema.parts.iter().filter_map(|part| {
        let maximum = part.get("maximum").and_then(as_f64);
        match part.get("exclusiveMaximum") {
            Some(Node::Bool(true)) => maximum.map(|it| -past(-it, step)),
            Some(Node::Number(number)) => number.as_f64().map(|it| -past(-it, step)),
            _ => maximum,
        }
    });
    bounds.reduce(f64::min)
}

/// The next number after an exclusive bound.
fn past(bound: f64, step: Option<f64>) -> f64 {
    match step {
        Some(step) => (bound / step).floor() * step + step,
        None => bound + margin(step),
    }
}

fn round_up(bound: f64, step: Option<f64>) -> f64 {
    step.map_or(bound, |step| (bound / step).ceil() * step)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_closest_to_zero_is_taken() {
        let check = |text: &str, whole: bool, expected: &str| {
            let node = Node::parse(text).unwrap();
            let schema = Merged {
                parts: vec![&node],
                own: 1,
                ..Merged::default()
            };
            assert_eq!(number(&schema, whole).to_string(), expected, "{text}");
        };
        check("{}", true, "0");
        check(r#"{"minimum":3}"#, true, "3");
        check(r#"{"minimum":3,"exclusiveMinimum":true}"#, true, "4");
        check(r#"{"exclusiveMinimum":0}"#, true, "1");
        check(r#"{"exclusiveMinimum":0}"#, false, "0.5");
        check(r#"{"minimum":3,"multipleOf":5}"#, true, "5");
        check(r#"{"maximum":-3}"#, true, "-3");
        check(r#"{"minimum":1.5}"#, false, "1.5");
        check(r#"{"minimum":1.5}"#, true, "2");
        check(r#"{"exclusiveMaximum":0}"#, true, "-1");
    }
}
