//! Lines and bills.

use serde::Serialize;

use super::Window;
use crate::load::RequestsPerSecond;
use crate::money::{Quantity, UnitPrice, Usd};
use crate::prices::{Item, RegionPrices};

/// One line of a bill: so many units of an item at its price.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Line {
    /// What has the price.
    pub item: Item,
    /// What it is for, in words.
    pub what: &'static str,
    /// How many units.
    pub quantity: Quantity,
    /// The unit.
    pub unit: &'static str,
    /// What one unit costs.
    pub unit_price: UnitPrice,
    /// Quantity times price, rounded to a nano-dollar.
    pub amount: Usd,
    /// Where the quantity comes from.
    pub derivation: String,
}

/// What a stretch of time costs.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Bill {
    /// How long it is.
    pub seconds: u64,
    /// Tasks that run.
    pub tasks: u32,
    /// Requests per second on average.
    pub requests_per_second: RequestsPerSecond,
    /// The lines, those for the same service together.
    pub lines: Vec<Line>,
    /// Exactly the sum of the lines.
    pub total: Usd,
}

impl Bill {
    /// What all lines of an item come to.
    #[must_use]
    pub fn amount_of(&self, item: Item) -> Usd {
        let lines = self.lines.iter().filter(|line| line.item == item);
        lines.map(|line| line.amount).sum()
    }
}

/// A bill in the making.
pub(crate) struct Lines<'p> {
    prices: &'p RegionPrices,
    lines: Vec<Line>,
}

impl<'p> Lines<'p> {
    pub(crate) fn new(prices: &'p RegionPrices) -> Self {
        Self {
            prices,
            lines: Vec::new(),
        }
    }

    /// Adds a line, unless there is nothing to bill.
    pub(crate) fn add(
        &mut self,
        item: Item,
        what: &'static str,
        quantity: Quantity,
        derivation: String,
    ) {
        if quantity == Quantity::ZERO {
            return;
        }
        let unit_price = self.prices.unit_price(item);
        self.lines.push(Line {
            item,
            what,
            quantity,
            unit: item.unit(),
            unit_price,
            amount: quantity * unit_price,
            derivation,
        });
    }

    pub(crate) fn into_bill(self, window: &Window) -> Bill {
        Bill {
            seconds: window.seconds,
            tasks: window.tasks,
            requests_per_second: window.requests_per_second,
            total: self.lines.iter().map(|line| line.amount).sum(),
            lines: self.lines,
        }
    }
}
