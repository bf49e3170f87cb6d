//! Random numbers that are the same for the same seed.

/// `SplitMix64`: <https://prng.di.unimi.it/splitmix64.c>, in the public domain.
#[derive(Debug)]
pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number from 0 to below 1.
    fn unit(&mut self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "53 bits fit")]
        let bits = (self.next() >> 11) as f64;
        bits / 9_007_199_254_740_992.0
    }

    /// A whole number whose mean is the expected one.
    pub(super) fn around(&mut self, expected: f64) -> u32 {
        if expected.is_nan() || expected <= 0.0 {
            return 0;
        }
        let expected = expected.min(1e6);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a million at most"
        )]
        let whole = expected.floor() as u32;
        whole + u32::from(self.unit() < expected.fract())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mean_is_the_expected_number() {
        let mut random = Random::new(7);
        let sum: u32 = (0..10_000).map(|_| random.around(0.3)).sum();
        assert!((2_800..3_200).contains(&sum), "{sum}");
        assert_eq!(random.around(2.0), 2);
        assert_eq!(random.around(f64::NAN), 0);
    }
}
