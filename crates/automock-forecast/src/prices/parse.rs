//! Reads a price book and reports everything that is wrong with it.

use std::collections::BTreeMap;

use automock_model::{Problem, Problems, Region};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{Item, Price, PriceBook, RegionPrices};
use crate::money::UnitPrice;

const KEYS: [&str; 4] = ["value", "unit", "source", "date"];

/// A table with the places of its keys and values.
type Table<'t> = DeTable<'t>;

pub(super) fn parse(text: &str) -> Result<PriceBook, Problems> {
    let mut reader = Reader {
        text,
        problems: Vec::new(),
    };
    let book = match DeTable::parse(text) {
        Ok(table) => reader.book(table.get_ref()),
        Err(error) => {
            let offset = error.span().map_or(0, |span| span.start);
            let reason = error.message().to_owned();
            reader
                .problems
                .push(Problem::new("", reason).at(text, offset));
            PriceBook {
                regions: BTreeMap::new(),
            }
        }
    };
    match Problems::from_vec(reader.problems) {
        Some(problems) => Err(problems),
        None => Ok(book),
    }
}

struct Reader<'t> {
    text: &'t str,
    problems: Vec<Problem>,
}

impl Reader<'_> {
    fn book(&mut self, root: &Table<'_>) -> PriceBook {
        let mut regions = BTreeMap::new();
        for (code, value) in root {
            let path = code.get_ref().as_ref();
            match Region::new(path) {
                Ok(region) if region.is_listed() => {}
                Ok(_) | Err(_) => {
                    let hint = closest(path, automock_model::LISTED_REGIONS);
                    self.report(path, code, "is not a region that AutoMock knows", hint);
                    continue;
                }
            }
            if let Some(table) = self.table(path, value)
                && let Some(prices) = self.region(path, value, table)
            {
                regions.insert(path.to_owned(), prices);
            }
        }
        if root.is_empty() {
            self.problems
                .push(Problem::new("", "the price book has no region"));
        }
        PriceBook { regions }
    }

    fn region(
        &mut self,
        path: &str,
        place: &Spanned<DeValue<'_>>,
        table: &Table<'_>,
    ) -> Option<RegionPrices> {
        let mut prices = BTreeMap::new();
        let before = self.problems.len();
        for (key, value) in table {
            let name = key.get_ref().as_ref();
            let path = format!("{path}.{name}");
            let Some(item) = Item::ALL.iter().find(|item| item.key() == name) else {
                let hint = closest(name, Item::ALL.iter().map(|item| item.key()));
                self.report(&path, key, "is not a price that the forecast uses", hint);
                continue;
            };
            if let Some(price) = self.price(&path, *item, value) {
                prices.insert(*item, price);
            }
        }
        if self.problems.len() == before {
            for item in Item::ALL.iter().filter(|item| !prices.contains_key(item)) {
                let path = format!("{path}.{item}");
                self.report(&path, place, "is missing", None);
            }
        }
        (prices.len() == Item::ALL.len()).then_some(RegionPrices { prices })
    }

    fn price(&mut self, path: &str, item: Item, place: &Spanned<DeValue<'_>>) -> Option<Price> {
        let table = self.table(path, place)?;
        for (key, _) in table {
            let name = key.get_ref().as_ref();
            if !KEYS.contains(&name) {
                let path = format!("{path}.{name}");
                self.report(&path, key, "is not a key of a price", closest(name, KEYS));
            }
        }
        let value = self.value(path, place, table);
        let unit = self.string(path, "unit", place, table);
        if let Some((unit, place)) = &unit
            && unit != item.unit()
        {
            let hint = Some(format!("the price is for one {}", item.unit()));
            self.report(&format!("{path}.unit"), place, "is another unit", hint);
        }
        let source = self.string(path, "source", place, table);
        if let Some((source, place)) = &source
            && !source.starts_with("https://")
        {
            let hint = Some("write the link of a public page".to_owned());
            self.report(&format!("{path}.source"), place, "is not a link", hint);
        }
        let date = self.string(path, "date", place, table);
        if let Some((date, place)) = &date
            && !is_date(date)
        {
            let hint = Some("write it as 2026-03-01".to_owned());
            self.report(&format!("{path}.date"), place, "is not a date", hint);
        }
        Some(Price {
            value: value?,
            source: source?.0,
            date: date?.0,
        })
        .filter(|_| unit.is_some())
    }

    fn value(
        &mut self,
        path: &str,
        place: &Spanned<DeValue<'_>>,
        table: &Table<'_>,
    ) -> Option<UnitPrice> {
        let path = format!("{path}.value");
        let Some(written) = table.get("value") else {
            self.report(&path, place, "is missing", None);
            return None;
        };
        let number: f64 = match written.get_ref() {
            DeValue::Float(float) => float.as_str().parse().ok()?,
            DeValue::Integer(integer) => integer.as_str().parse().unwrap_or(f64::NAN),
            _ => {
                let hint = Some("write US dollars, such as 0.045".to_owned());
                self.report(&path, written, "is not a number", hint);
                return None;
            }
        };
        let price = UnitPrice::from_usd(number);
        if price.is_none() {
            let reason = if number.is_nan() {
                "is not a number"
            } else if number < 0.0 {
                "is negative"
            } else {
                "is more than a million dollars"
            };
            self.report(&path, written, reason, None);
        }
        price
    }

    fn string<'v, 't>(
        &mut self,
        path: &str,
        key: &str,
        place: &Spanned<DeValue<'_>>,
        table: &'v Table<'t>,
    ) -> Option<(String, &'v Spanned<DeValue<'t>>)> {
        let path = format!("{path}.{key}");
        let Some(written) = table.get(key) else {
            self.report(&path, place, "is missing", None);
            return None;
        };
        if let DeValue::String(text) = written.get_ref() {
            return Some((text.to_string(), written));
        }
        let hint = Some("put it in quotes".to_owned());
        self.report(&path, written, "is not a string", hint);
        None
    }

    fn table<'v, 't>(
        &mut self,
        path: &str,
        value: &'v Spanned<DeValue<'t>>,
    ) -> Option<&'v Table<'t>> {
        if let DeValue::Table(table) = value.get_ref() {
            return Some(table);
        }
        self.report(path, value, "is not a table", None);
        None
    }

    fn report<T>(&mut self, path: &str, place: &Spanned<T>, reason: &str, hint: Option<String>) {
        let span = place.span();
        let written = self.text.get(span.clone()).unwrap_or_default();
        let mut problem = Problem::new(path, reason).at(self.text, span.start);
        if !written.is_empty() && !written.contains('\n') && reason != "is missing" {
            problem = problem.with_value(written);
        }
        problem.suggestion = hint;
        self.problems.push(problem);
    }
}

/// The candidate that differs in no more than a third of its letters.
fn closest<'c>(text: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<String> {
    candidates
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(text, candidate), candidate))
        .filter(|(distance, candidate)| *distance <= (candidate.len() / 3).max(1))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| format!("did you mean {candidate:?}?"))
}

fn is_date(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let [year, month, day] = parts.as_slice() else {
        return false;
    };
    let number = |part: &str, length: usize| {
        let is_number = part.len() == length && part.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then(|| part.parse::<u32>().ok()).flatten()
    };
    number(year, 4).is_some_and(|year| year >= 2006)
        && number(month, 2).is_some_and(|month| (1..=12).contains(&month))
        && number(day, 2).is_some_and(|day| (1..=31).contains(&day))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The built-in book with one text replaced, and what is said about it.
    fn complaint(from: &str, to: &str) -> String {
        let text = PriceBook::built_in_text();
        assert!(text.contains(from), "{from}");
        let problems = PriceBook::parse(&text.replacen(from, to, 1)).unwrap_err();
        assert!(problems.iter().all(|problem| problem.line.is_some()));
        problems.to_string()
    }

    #[test]
    fn values_that_are_no_price_are_refused() {
        for (to, reason) in [
            ("value = nan", "nan is not a number"),
            ("value = inf", "inf is more than a million dollars"),
            ("value = -0.04048", "-0.04048 is negative"),
            (
                "value = \"0.04048\"",
                "\"0.04048\" is not a number; write US dollars, such as 0.045",
            ),
            (
                "value = 99999999",
                "99999999 is more than a million dollars",
            ),
        ] {
            let expected = format!("us-east-1.fargate-x86-vcpu-hour.value: {reason}");
            assert_eq!(complaint("value = 0.04048", to), expected);
        }
    }

    #[test]
    fn slips_get_a_suggestion() {
        assert_eq!(
            complaint("us-east-1.nat-gateway-gb]", "us-east-1.nat-gatway-gb]"),
            "us-east-1.nat-gatway-gb: nat-gatway-gb is not a price that the forecast uses; \
             did you mean \"nat-gateway-gb\"?"
        );
        assert_eq!(
            complaint("unit = \"vCPU-hour\"", "unti = \"vCPU-hour\""),
            "us-east-1.fargate-x86-vcpu-hour.unit: is missing\n\
             us-east-1.fargate-x86-vcpu-hour.unti: unti is not a key of a price; \
             did you mean \"unit\"?"
        );
        assert_eq!(
            complaint("unit = \"vCPU-hour\"", "unit = \"vCPU-second\""),
            "us-east-1.fargate-x86-vcpu-hour.unit: \"vCPU-second\" is another unit; \
             the price is for one vCPU-hour"
        );
        assert!(complaint("[us-east-1.sns-mail]", "[us-est-1.sns-mail]").contains("us-east-1"));
    }

    #[test]
    fn a_source_is_a_link_and_a_date_a_date() {
        assert!(complaint("source = \"https://", "source = \"ftp://").contains("is not a link"));
        for bad in ["2026-13-01", "2026-3-1", "soon", "1999-01-01"] {
            let text = complaint("date = \"2026-0", &format!("date = \"{bad}\" # "));
            assert!(text.contains("is not a date"), "{bad}: {text}");
        }
    }

    #[test]
    fn a_book_is_complete_or_refused() {
        let text = PriceBook::built_in_text();
        let start = text.find("[us-east-1.sns-mail]").unwrap();
        let end = start + text[start..].find("\n\n").unwrap();
        let problems = PriceBook::parse(&format!("{}{}", &text[..start], &text[end..]));
        assert_eq!(
            problems.unwrap_err().to_string(),
            "us-east-1.sns-mail: is missing"
        );
        assert!(PriceBook::parse("").is_err());
        assert!(PriceBook::parse("us-east-1 = 5").is_err());
        assert!(PriceBook::parse("[us-east-1").is_err());
    }
}
