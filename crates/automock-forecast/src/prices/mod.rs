//! The price book: what AWS asks for each unit, with its source and date.

mod item;
mod parse;

use std::collections::BTreeMap;

use automock_model::{Problems, Region};
use serde::Serialize;

pub use item::Item;

use crate::money::UnitPrice;

/// The prices that come with the crate.
const BUILT_IN: &str = include_str!("../../prices.toml");

/// The prices of one or more regions.
///
/// The built-in book is the file `prices.toml` of this crate, in which every price names the public
/// page it was read from and when. A replacement has the same form:
///
/// ```
/// use automock_forecast::PriceBook;
///
/// let text = PriceBook::built_in_text().replace("0.04048", "0.05");
/// let book = PriceBook::parse(&text).unwrap();
/// assert_ne!(book, PriceBook::built_in());
///
/// let text = text.replace("fargate-x86-vcpu-hour", "fargate-x86-vcpu-hours");
/// let problems = PriceBook::parse(&text).unwrap_err();
/// assert!(problems.to_string().contains("did you mean \"fargate-x86-vcpu-hour\"?"));
/// ```
///
/// A region has all prices, or it is like another one but for a factor and the prices that it has
/// itself. The factor names its source as a price does:
///
/// ```
/// # use automock_forecast::PriceBook;
/// let ireland = r#"
/// [eu-west-1]
/// like = "us-east-1"
/// factor = 1.1
/// source = "https://example.com/prices-by-region"
/// date = "2026-06-01"
/// "#;
/// let book = PriceBook::parse(&format!("{}{ireland}", PriceBook::built_in_text())).unwrap();
/// assert_eq!(book.regions().count(), 2);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct PriceBook {
    regions: BTreeMap<String, RegionPrices>,
}

/// A region has no prices in the book.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no prices for this region: {region}; the price book has {}", known.join(", "))]
#[non_exhaustive]
pub struct NoPrices {
    /// The region that was asked for.
    pub region: String,
    /// The regions that the book has.
    pub known: Vec<String>,
}

impl PriceBook {
    /// The book that comes with the crate.
    #[must_use]
    #[expect(clippy::missing_panics_doc, reason = "a test reads the built-in book")]
    pub fn built_in() -> Self {
        Self::parse(BUILT_IN).expect("the built-in price book is valid")
    }

    /// The text of the built-in book, to be edited and given to [`PriceBook::parse`].
    #[must_use]
    pub fn built_in_text() -> &'static str {
        BUILT_IN
    }

    /// Reads a price book.
    ///
    /// # Errors
    /// Everything that is wrong with it: unknown or missing prices, values that are no price, units
    /// that are not the item's, a source that is no link, a date that is none.
    pub fn parse(text: &str) -> Result<Self, Problems> {
        parse::parse(text)
    }

    /// The prices of a region.
    ///
    /// # Errors
    /// The book has none for it. No factor is guessed: regions differ by item.
    pub fn region(&self, region: &Region) -> Result<&RegionPrices, NoPrices> {
        self.regions.get(region.as_str()).ok_or_else(|| NoPrices {
            region: region.to_string(),
            known: self.regions.keys().cloned().collect(),
        })
    }

    /// The regions of the book with their prices.
    pub fn regions(&self) -> impl Iterator<Item = (&str, &RegionPrices)> {
        self.regions
            .iter()
            .map(|(code, prices)| (code.as_str(), prices))
    }
}

/// The prices of one region. Every item has one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct RegionPrices {
    prices: BTreeMap<Item, Price>,
}

impl RegionPrices {
    /// The price of an item.
    #[must_use]
    #[expect(
        clippy::missing_panics_doc,
        reason = "the reader refuses a region that lacks an item"
    )]
    pub fn get(&self, item: Item) -> &Price {
        self.prices.get(&item).expect("a region has every item")
    }

    /// What one unit of an item costs.
    #[must_use]
    pub fn unit_price(&self, item: Item) -> UnitPrice {
        self.get(item).value
    }
}

/// A price and where it is from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Price {
    /// US dollars for one unit.
    pub value: UnitPrice,
    /// The public page that says so.
    pub source: String,
    /// The day on which it did, `YYYY-MM-DD`.
    pub date: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_book_has_northern_virginia() {
        let book = PriceBook::built_in();
        let region = Region::new("us-east-1").unwrap();
        let prices = book.region(&region).unwrap();
        for &item in Item::ALL {
            assert!(prices.get(item).source.starts_with("https://"), "{item}");
        }
        let vcpu = prices.unit_price(Item::FargateX86VcpuHour);
        assert_eq!(vcpu.to_string(), "$0.04048");
    }

    #[test]
    fn other_regions_are_refused_and_not_guessed() {
        let region = Region::new("eu-west-1").unwrap();
        let error = PriceBook::built_in().region(&region).unwrap_err();
        let expected = "no prices for this region: eu-west-1; the price book has us-east-1";
        assert_eq!(error.to_string(), expected);
    }
}
