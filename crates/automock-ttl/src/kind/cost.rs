//! What a resource costs merely by being there.

use super::ResourceKind;

/// AWS's month: 8,760 hours of a year in twelve parts.
const HOURS_PER_MONTH: f64 = 730.0;

/// A price that runs as long as the resource exists, whatever it is used for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StandingPrice {
    unit: Unit,
    /// Where the price was read.
    pub source: &'static str,
    /// When, as year and month.
    pub as_of: &'static str,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Unit {
    UsdPerHour(f64),
    UsdPerMonth(f64),
}

impl StandingPrice {
    /// US dollars a month, in whole cents.
    #[must_use]
    pub fn usd_per_month(&self) -> f64 {
        in_cents(match self.unit {
            Unit::UsdPerHour(usd) => usd * HOURS_PER_MONTH,
            Unit::UsdPerMonth(usd) => usd,
        })
    }
}

/// The standing price of a kind in us-east-1, where it has one that does not depend on size or
/// use. Tasks cost by their size and log groups by what they store, which a look does not show.
///
/// An endpoint is priced as an interface endpoint in one zone; the gateway endpoints of S3 are
/// free.
#[must_use]
pub fn standing_price(kind: ResourceKind) -> Option<StandingPrice> {
    let (unit, source) = match kind {
        ResourceKind::LoadBalancer => (
            Unit::UsdPerHour(0.0225),
            "https://aws.amazon.com/elasticloadbalancing/pricing/",
        ),
        ResourceKind::NatGateway => (
            Unit::UsdPerHour(0.045),
            "https://aws.amazon.com/vpc/pricing/",
        ),
        ResourceKind::ElasticIp => (
            Unit::UsdPerHour(0.005),
            "https://aws.amazon.com/vpc/pricing/",
        ),
        ResourceKind::VpcEndpoint => (
            Unit::UsdPerHour(0.01),
            "https://aws.amazon.com/privatelink/pricing/",
        ),
        ResourceKind::Alarm => (
            Unit::UsdPerMonth(0.10),
            "https://aws.amazon.com/cloudwatch/pricing/",
        ),
        _ => return None,
    };
    Some(StandingPrice {
        unit,
        source,
        as_of: "2026-01",
    })
}

/// An amount of dollars in whole cents.
#[must_use]
pub(crate) fn in_cents(usd: f64) -> f64 {
    (usd * 100.0).round() / 100.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usd(kind: ResourceKind) -> Option<f64> {
        standing_price(kind).map(|price| price.usd_per_month())
    }

    #[test]
    #[expect(clippy::float_cmp, reason = "the amounts are rounded to cents")]
    fn what_stands_around_has_a_price() {
        assert_eq!(usd(ResourceKind::NatGateway).unwrap(), 32.85);
        assert_eq!(usd(ResourceKind::ElasticIp).unwrap(), 3.65);
        assert_eq!(usd(ResourceKind::LoadBalancer).unwrap(), 16.43);
        assert_eq!(usd(ResourceKind::Alarm).unwrap(), 0.1);
        assert_eq!(usd(ResourceKind::Subnet), None);
    }

    #[test]
    fn every_price_says_where_it_comes_from() {
        for price in ResourceKind::ALL.into_iter().filter_map(standing_price) {
            assert!(price.source.starts_with("https://aws.amazon.com/"));
            assert!(!price.as_of.is_empty());
        }
    }
}
