//! Pauses that differ from one caller to the next, and are the same each time they are asked for.

use std::time::Duration;

/// The pause before try number `attempt`: doubled from `first` to `last`, then spread over half
/// of it to both sides, so that those who failed together do not come back together.
pub(crate) fn backoff(first: Duration, last: Duration, seed: &str, attempt: u32) -> Duration {
    let doubled = first.saturating_mul(1 << attempt.min(16)).min(last);
    let spread = f64::from(hash(seed, attempt) % 1000) / 1000.0;
    doubled.mul_f64(0.5 + spread)
}

/// FNV-1a, which needs no state and no crate: <http://www.isthe.com/chongo/tech/comp/fnv/>.
fn hash(seed: &str, attempt: u32) -> u32 {
    let bytes = seed.bytes().chain(attempt.to_le_bytes());
    bytes.fold(0x811c_9dc5, |hash: u32, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: Duration = Duration::from_secs(1);
    const LAST: Duration = Duration::from_secs(16);

    #[test]
    fn a_pause_grows_and_stays_within_its_bounds() {
        for attempt in 0..40 {
            let pause = backoff(FIRST, LAST, "vpc-1", attempt);
            let middle = FIRST.saturating_mul(1 << attempt.min(4)).min(LAST);
            assert!(pause >= middle / 2 && pause < middle * 3 / 2, "{pause:?}");
        }
    }

    #[test]
    fn two_callers_part_and_one_is_always_the_same() {
        let pause = |seed: &str| backoff(FIRST, LAST, seed, 3);
        assert_eq!(pause("vpc-1"), pause("vpc-1"));
        let different: std::collections::BTreeSet<_> = (0..20)
            .map(|number| pause(&format!("subnet-{number}")))
            .collect();
        assert!(different.len() > 15);
    }
}
