//! Money and quantities, both exact.
//!
//! A bill has to add up to the last digit, which sums of binary fractions do not. So prices are
//! whole pico-dollars, amounts whole nano-dollars and quantities whole billionths of their unit. An
//! amount is rounded once, where quantity and price meet; from there on there are only additions.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Mul, Sub};

use serde::{Serialize, Serializer};

const NANO: i128 = 1_000_000_000;
const PICO_PER_NANO: i128 = 1_000;

/// An amount in US dollars, in whole nano-dollars.
///
/// ```
/// # use automock_forecast::Usd;
/// let tenth: Usd = Usd::from_nanos(100_000_000);
/// assert_eq!(tenth + tenth + tenth, Usd::from_nanos(300_000_000));
/// assert_eq!(tenth.to_string(), "$0.10");
/// assert_eq!("12.345".parse::<Usd>().unwrap().cents(), 1235);
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Usd(i128);

/// A text is not an amount in US dollars.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not an amount in US dollars; write one such as 4.50")]
pub struct InvalidUsd(String);

impl Usd {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// So many nano-dollars.
    #[must_use]
    pub const fn from_nanos(nanos: i128) -> Self {
        Self(nanos)
    }

    /// So many pico-dollars, rounded to the nearest nano-dollar.
    #[must_use]
    pub(crate) const fn from_picos(picos: i128) -> Self {
        Self(divide_rounding(picos, PICO_PER_NANO))
    }

    /// The amount in nano-dollars.
    #[must_use]
    pub const fn nanos(self) -> i128 {
        self.0
    }

    /// The amount in cents, rounded to the nearest one.
    #[must_use]
    pub const fn cents(self) -> i128 {
        divide_rounding(self.0, NANO / 100)
    }

    /// The amount for drawing and comparing, with the precision of a floating point number.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "a picture needs no more")]
    pub fn as_f64(self) -> f64 {
        self.0 as f64 / NANO as f64
    }

    /// The exact decimal number, without currency and trailing zeros.
    #[must_use]
    pub fn to_decimal(self) -> String {
        decimal(self.0)
    }
}

/// Cents for all but small amounts, which get as many digits as it takes to see them.
impl fmt::Display for Usd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let nanos = self.0.unsigned_abs();
        let text = if nanos == 0 || nanos >= 10_000_000 {
            let cents = self.cents().unsigned_abs();
            format!("{sign}${}.{:02}", cents / 100, cents % 100)
        } else if nanos >= 10_000 {
            format!("{sign}$0.{:06}", (nanos + 500) / 1_000)
        } else {
            format!("{sign}$0.{nanos:09}")
        };
        f.pad(&text)
    }
}

impl std::str::FromStr for Usd {
    type Err = InvalidUsd;

    fn from_str(text: &str) -> Result<Self, InvalidUsd> {
        let invalid = || InvalidUsd(text.to_owned());
        let number = text.trim().trim_start_matches('$');
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        let is_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        let is_number =
            is_digits(whole) && is_digits(fraction) && !(whole.is_empty() && fraction.is_empty());
        if !is_number || fraction.len() > 9 || whole.len() > 15 {
            return Err(invalid());
        }
        let digits = format!("{whole}{fraction:0<9}");
        digits.parse().map(Self).map_err(|_| invalid())
    }
}

/// As a decimal number in a string, because JSON's numbers are binary fractions to most readers.
impl Serialize for Usd {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.to_decimal())
    }
}

impl Add for Usd {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl AddAssign for Usd {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sub for Usd {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl Sum for Usd {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::ZERO, Add::add)
    }
}

/// What one unit costs, in whole pico-dollars: a request to Lambda costs 0.2 micro-dollars, a
/// gigabyte-second has ten decimals.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnitPrice(i128);

impl UnitPrice {
    /// A million dollars for one unit; more is a slip.
    pub(crate) const MAX_USD: f64 = 1e6;

    /// So many dollars, if that is a price: finite, not negative and below a million.
    #[must_use]
    pub fn from_usd(usd: f64) -> Option<Self> {
        let is_price = usd.is_finite() && (0.0..=Self::MAX_USD).contains(&usd);
        is_price.then(|| Self(round(usd * 1e12)))
    }

    /// The price times a factor, if that is a price.
    #[expect(clippy::cast_precision_loss, reason = "a factor has no sixteen digits")]
    pub(crate) fn times(self, factor: f64) -> Option<Self> {
        Self::from_usd(self.0 as f64 * factor / 1e12)
    }

    /// The price in pico-dollars.
    #[must_use]
    pub const fn picos(self) -> i128 {
        self.0
    }
}

impl fmt::Display for UnitPrice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = format!("{:013}", self.0);
        let (whole, fraction) = digits.split_at(digits.len() - 12);
        let fraction = fraction.trim_end_matches('0');
        f.pad(&format!("${whole}.{fraction:0<2}"))
    }
}

/// As a decimal number in a string, like [`Usd`].
impl Serialize for UnitPrice {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.to_string().trim_start_matches('$'))
    }
}

/// How many units, in whole billionths of a unit. Never negative.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Quantity(i128);

impl Quantity {
    /// None.
    pub const ZERO: Self = Self(0);

    /// More than any bill holds: a quintillion units.
    const MAX: i128 = 1_000_000_000_000_000_000 * NANO;

    /// A whole number of units.
    #[must_use]
    pub fn whole(units: u64) -> Self {
        Self(i128::from(units) * NANO)
    }

    /// `numerator / denominator` units, rounded to the nearest billionth.
    #[must_use]
    pub(crate) fn ratio(numerator: u128, denominator: u128) -> Self {
        let numerator = i128::try_from(numerator).unwrap_or(i128::MAX);
        let denominator = i128::try_from(denominator).unwrap_or(i128::MAX).max(1);
        let nanos = match numerator.checked_mul(NANO) {
            Some(scaled) => divide_rounding(scaled, denominator),
            None => (numerator / denominator).saturating_mul(NANO),
        };
        Self(nanos.min(Self::MAX))
    }

    /// A measured number of units. What is no number, or below zero, counts as none.
    #[must_use]
    pub fn measured(units: f64) -> Self {
        if units.is_nan() {
            return Self::ZERO;
        }
        Self(round((units * 1e9).clamp(0.0, 1e26)).min(Self::MAX))
    }

    /// The quantity in billionths.
    #[must_use]
    pub const fn nanos(self) -> i128 {
        self.0
    }

    /// The quantity with the precision of a floating point number.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "for drawing and comparing only")]
    pub fn as_f64(self) -> f64 {
        self.0 as f64 / NANO as f64
    }
}

impl Mul<UnitPrice> for Quantity {
    type Output = Usd;

    fn mul(self, price: UnitPrice) -> Usd {
        // Billionths times pico-dollars: 10^21 of them are a dollar.
        match self.0.checked_mul(price.0) {
            Some(product) => Usd(divide_rounding(product, NANO * PICO_PER_NANO)),
            None => Usd((self.0 / NANO).saturating_mul(price.0 / PICO_PER_NANO)),
        }
    }
}

/// At most six decimals, fewer when they are zeros.
impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&decimal(divide_rounding(self.0, 1_000) * 1_000))
    }
}

/// As a decimal number in a string, like [`Usd`].
impl Serialize for Quantity {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&decimal(self.0))
    }
}

fn decimal(nanos: i128) -> String {
    let sign = if nanos < 0 { "-" } else { "" };
    let digits = format!("{:010}", nanos.unsigned_abs());
    let (whole, fraction) = digits.split_at(digits.len() - 9);
    let fraction = fraction.trim_end_matches('0');
    let point = if fraction.is_empty() { "" } else { "." };
    format!("{sign}{whole}{point}{fraction}")
}

/// Half away from zero, as on an invoice.
const fn divide_rounding(numerator: i128, denominator: i128) -> i128 {
    let half = denominator / 2;
    if numerator >= 0 {
        numerator.saturating_add(half) / denominator
    } else {
        numerator.saturating_sub(half) / denominator
    }
}

#[expect(clippy::cast_possible_truncation, reason = "callers bound the value")]
fn round(value: f64) -> i128 {
    value.round() as i128
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices_are_exact_to_the_pico_dollar() {
        let vcpu = UnitPrice::from_usd(0.04048).unwrap();
        assert_eq!(vcpu.picos(), 40_480_000_000);
        assert_eq!(vcpu.to_string(), "$0.04048");
        assert_eq!(
            UnitPrice::from_usd(0.000_000_2).unwrap().to_string(),
            "$0.0000002"
        );
        assert_eq!(UnitPrice::from_usd(3.0).unwrap().to_string(), "$3.00");
        for bad in [f64::NAN, f64::INFINITY, -0.01, 2e6] {
            assert_eq!(UnitPrice::from_usd(bad), None, "{bad}");
        }
    }

    #[test]
    fn amounts_are_rounded_once() {
        let price = UnitPrice::from_usd(0.04048).unwrap();
        assert_eq!((Quantity::whole(20) * price).nanos(), 809_600_000);
        let third = Quantity::ratio(1, 3);
        assert_eq!(third.nanos(), 333_333_333);
        assert_eq!((third * price).nanos(), 13_493_333);
    }

    #[test]
    fn amounts_read_like_money() {
        let text = |nanos| Usd::from_nanos(nanos).to_string();
        assert_eq!(text(0), "$0.00");
        assert_eq!(text(2_113_400_000), "$2.11");
        assert_eq!(text(1_995_000_000), "$2.00");
        assert_eq!(text(-180_000_000), "-$0.18");
        assert_eq!(text(123_456), "$0.000123");
        assert_eq!(text(400), "$0.000000400");
        assert_eq!(Usd::from_nanos(1_500_000_000).to_decimal(), "1.5");
    }

    #[test]
    fn amounts_are_read_as_people_write_them() {
        let nanos = |text: &str| text.parse::<Usd>().map(Usd::nanos).ok();
        assert_eq!(nanos("5"), Some(5_000_000_000));
        assert_eq!(nanos("$4.50"), Some(4_500_000_000));
        assert_eq!(nanos(".5"), Some(500_000_000));
        for bad in ["", "$", ".", "-1", "1e3", "NaN", "1.0000000001", "1,50"] {
            assert_eq!(nanos(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn nothing_overflows() {
        let price = UnitPrice::from_usd(1e6).unwrap();
        assert!(Quantity::measured(f64::MAX) * price > Usd::ZERO);
        assert_eq!(Quantity::measured(f64::NAN), Quantity::ZERO);
        assert_eq!(Quantity::measured(-1.0), Quantity::ZERO);
        assert!(Quantity::ratio(u128::MAX, 1).nanos() > 0);
    }
}
