//! Reads a price book and reports everything that is wrong with it.

use std::collections::BTreeMap;

use automock_model::{Problem, Problems, Region};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{Item, Price, PriceBook, RegionPrices};
use crate::money::UnitPrice;

/// Keys of a price.
const KEYS: [&str; 4] = ["value", "unit", "source", "date"];

/// Keys that make a region another one's prices times a factor.
const LIKENESS: [&str; 4] = ["like", "factor", "source", "date"];

/// The largest factor between two regions that is no slip: the dearest ones ask for not quite twice as
/// much as the cheapest.
const MAX_FACTOR: f64 = 10.0;

/// A table with the places of its keys and values.
type Table<'t> = DeTable<'t>;

/// The prices of a region as they are written.
struct Written {
    prices: BTreeMap<Item, Price>,
    likeness: Option<Likeness>,
}

/// A region's prices are those of another one times a factor.
struct Likeness {
    base: String,
    factor: f64,
    source: String,
    date: String,
}

impl Likeness {
    /// Another region's price as this region has it.
    fn of(&self, base: &Price) -> Option<Price> {
        Some(Price {
            value: base.value.times(self.factor)?,
            source: self.source.clone(),
            date: self.date.clone(),
        })
    }
}

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
        let mut written = BTreeMap::new();
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
                && let Some(region) = self.region(path, table)
            {
                written.insert(path, (value, region));
            }
        }
        if root.is_empty() {
            self.problems
                .push(Problem::new("", "the price book has no region"));
        }
        let mut regions = BTreeMap::new();
        for (path, (place, region)) in &written {
            let base = region.likeness.as_ref().and_then(|likeness| {
                let found = written.get(likeness.base.as_str());
                let found = found.filter(|(_, base)| base.likeness.is_none());
                if found.is_none() {
                    let like = format!("{path}.like");
                    let reason = "names no region with prices of its own in this file";
                    self.report(&like, place, reason, None);
                }
                Some((likeness, &found?.1))
            });
            if region.likeness.is_some() && base.is_none() {
                continue;
            }
            if let Some(prices) = self.complete(path, place, region, base) {
                regions.insert((*path).to_owned(), prices);
            }
        }
        PriceBook { regions }
    }

    /// What is written of a region; `None` when there is something wrong with it.
    fn region(&mut self, path: &str, table: &Table<'_>) -> Option<Written> {
        let before = self.problems.len();
        let mut prices = BTreeMap::new();
        let is_like = table.contains_key("like");
        for (key, value) in table {
            let name = key.get_ref().as_ref();
            if is_like && LIKENESS.contains(&name) {
                continue;
            }
            let path = format!("{path}.{name}");
            let Some(item) = Item::ALL.iter().find(|item| item.key() == name) else {
                let items = Item::ALL.iter().map(|item| item.key());
                let hint = closest(name, items.chain(LIKENESS));
                self.report(&path, key, "is not a price that the forecast uses", hint);
                continue;
            };
            if let Some(price) = self.price(&path, *item, value) {
                prices.insert(*item, price);
            }
        }
        let likeness = table
            .get("like")
            .and_then(|like| self.likeness(path, like, table));
        (self.problems.len() == before).then_some(Written { prices, likeness })
    }

    fn likeness(
        &mut self,
        path: &str,
        like: &Spanned<DeValue<'_>>,
        table: &Table<'_>,
    ) -> Option<Likeness> {
        let base = self.string(path, "like", like, table);
        let factor = self.number(path, "factor", like, table);
        let source = self.source(path, like, table);
        let date = self.date(path, like, table);
        let (factor, place) = factor?;
        if !(factor > 0.0 && factor <= MAX_FACTOR) {
            let hint = Some(format!("write one above 0 and up to {MAX_FACTOR}"));
            let path = format!("{path}.factor");
            self.report(&path, place, "is no factor between two regions", hint);
            return None;
        }
        Some(Likeness {
            base: base?.0,
            factor,
            source: source?,
            date: date?,
        })
    }

    /// All prices of a region: its own, and where it is like another one, those that it lacks.
    fn complete(
        &mut self,
        path: &str,
        place: &Spanned<DeValue<'_>>,
        region: &Written,
        base: Option<(&Likeness, &Written)>,
    ) -> Option<RegionPrices> {
        let mut prices = region.prices.clone();
        for &item in Item::ALL {
            if prices.contains_key(&item) {
                continue;
            }
            let derived = base.and_then(|(likeness, base)| likeness.of(base.prices.get(&item)?));
            match derived {
                Some(price) => {
                    prices.insert(item, price);
                }
                // What the other region lacks is reported there.
                None if base.is_some() => return None,
                None => self.report(&format!("{path}.{item}"), place, "is missing", None),
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
        let source = self.source(path, place, table);
        let date = self.date(path, place, table);
        Some(Price {
            value: value?,
            source: source?,
            date: date?,
        })
        .filter(|_| unit.is_some())
    }

    fn source(
        &mut self,
        path: &str,
        place: &Spanned<DeValue<'_>>,
        table: &Table<'_>,
    ) -> Option<String> {
        let (source, place) = self.string(path, "source", place, table)?;
        if !source.starts_with("https://") {
            let hint = Some("write the link of a public page".to_owned());
            self.report(&format!("{path}.source"), place, "is not a link", hint);
        }
        Some(source)
    }

    fn date(
        &mut self,
        path: &str,
        place: &Spanned<DeValue<'_>>,
        table: &Table<'_>,
    ) -> Option<String> {
        let (date, place) = self.string(path, "date", place, table)?;
        if !is_date(&date) {
            let hint = Some("write it as 2026-03-01".to_owned());
            self.report(&format!("{path}.date"), place, "is not a date", hint);
        }
        Some(date)
    }

    fn value(
        &mut self,
        path: &str,
        place: &Spanned<DeValue<'_>>,
        table: &Table<'_>,
    ) -> Option<UnitPrice> {
        let (number, written) = self.number(path, "value", place, table)?;
        let price = UnitPrice::from_usd(number);
        if price.is_none() {
            let reason = if number.is_nan() {
                "is not a number"
            } else if number < 0.0 {
                "is negative"
            } else {
                "is more than a million dollars"
            };
            self.report(&format!("{path}.value"), written, reason, None);
        }
        price
    }

    fn number<'v, 't>(
        &mut self,
        path: &str,
        key: &str,
        place: &Spanned<DeValue<'_>>,
        table: &'v Table<'t>,
    ) -> Option<(f64, &'v Spanned<DeValue<'t>>)> {
        let path = format!("{path}.{key}");
        let Some(written) = table.get(key) else {
            self.report(&path, place, "is missing", None);
            return None;
        };
        let number = match written.get_ref() {
            DeValue::Float(float) => float.as_str().parse().ok()?,
            DeValue::Integer(integer) => integer.as_str().parse().unwrap_or(f64::NAN),
            _ => {
                let example = if key == "factor" {
                    "1.1"
                } else {
                    "US dollars, such as 0.045"
                };
                self.report(
                    &path,
                    written,
                    "is not a number",
                    Some(format!("write {example}")),
                );
                return None;
            }
        };
        Some((number, written))
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

    /// The built-in book, and a region that is like another one.
    fn with_ireland(lines: &str) -> String {
        let book = PriceBook::built_in_text();
        format!("{book}\n[eu-west-1]\n{lines}\n")
    }

    const FACTOR: &str = "like = \"us-east-1\"\nfactor = 1.1\nsource = \"https://a.example/b\"\n\
                          date = \"2026-05-01\"";

    #[test]
    fn a_region_can_be_like_another_one() {
        let mail = "[eu-west-1.sns-mail]\nvalue = 0.5\nunit = \"mail\"\n\
                    source = \"https://a.example/c\"\ndate = \"2026-05-02\"";
        let book = PriceBook::parse(&with_ireland(&format!("{FACTOR}\n{mail}"))).unwrap();
        let prices = book.region(&Region::new("eu-west-1").unwrap()).unwrap();
        let derived = prices.get(Item::FargateX86VcpuHour);
        assert_eq!(derived.value.to_string(), "$0.044528");
        assert_eq!(derived.source, "https://a.example/b");
        assert_eq!(derived.date, "2026-05-01");
        assert_eq!(prices.get(Item::Mail).value.to_string(), "$0.50");
    }

    #[test]
    fn a_factor_has_a_source_and_a_region_that_stands_for_itself() {
        for (from, to, complaint) in [
            ("factor = 1.1\n", "", "eu-west-1.factor: is missing"),
            (
                "factor = 1.1",
                "factor = 0",
                "is no factor between two regions",
            ),
            (
                "factor = 1.1",
                "factor = nan",
                "is no factor between two regions",
            ),
            (
                "factor = 1.1",
                "factor = \"much\"",
                "is not a number; write 1.1",
            ),
            (
                "source = \"https://a.example/b\"\n",
                "",
                "eu-west-1.source: is missing",
            ),
            ("source = \"https", "source = \"ftp", "is not a link"),
            (
                "us-east-1",
                "eu-west-1",
                "names no region with prices of its own",
            ),
            (
                "us-east-1",
                "eu-west-2",
                "names no region with prices of its own",
            ),
            ("like", "lik", "did you mean \"like\"?"),
        ] {
            let text = with_ireland(&FACTOR.replace(from, to));
            let problems = PriceBook::parse(&text).unwrap_err().to_string();
            assert!(problems.contains(complaint), "{to}: {problems}");
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
