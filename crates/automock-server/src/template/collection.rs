//! Lists and maps, which are shared until they are changed.

use std::collections::HashMap;
use std::sync::Arc;

use super::value::Value;

/// How a list or a map looks as text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    /// As Java shows it: `[a, b]`, `{k=v}`.
    Plain,
    /// As JSON, because it came from there.
    Json,
}

/// How large a value is, down to the last level. It is kept up to date, so that nothing has to walk
/// through a value to know what a walk would cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Size {
    /// Its levels.
    pub(super) depth: usize,
    /// Its items and bytes.
    pub(super) weight: usize,
}

impl Size {
    const EMPTY: Self = Self {
        depth: 1,
        weight: 2,
    };

    fn add(&mut self, value: &Value) {
        self.depth = self.depth.max(value.depth().saturating_add(1));
        self.weight = self.weight.saturating_add(value.weight()).saturating_add(2);
    }

    fn add_entry(&mut self, name: &str, value: &Value) {
        self.add(value);
        self.weight = self.weight.saturating_add(name.len());
    }

    fn replace(&mut self, before: usize, value: &Value) {
        self.weight = self.weight.saturating_sub(before);
        self.add(value);
        self.weight = self.weight.saturating_sub(2);
    }
}

/// Values in a row.
#[derive(Clone, Debug)]
pub(super) struct List {
    items: Arc<Vec<Value>>,
    size: Size,
    style: Style,
}

impl PartialEq for List {
    fn eq(&self, other: &Self) -> bool {
        self.items == other.items
    }
}

impl List {
    /// A list of these items.
    pub(super) fn new(items: Vec<Value>, style: Style) -> Self {
        let mut size = Size::EMPTY;
        for item in &items {
            size.add(item);
        }
        let items = Arc::new(items);
        Self { items, size, style }
    }

    /// What is in it.
    pub(super) fn items(&self) -> &[Value] {
        &self.items
    }

    /// How large it is.
    pub(super) fn size(&self) -> Size {
        self.size
    }

    /// How it looks.
    pub(super) fn style(&self) -> Style {
        self.style
    }

    /// What a change costs: a copy of its items if others have the list too.
    pub(super) fn cost_of_change(&self) -> usize {
        cost_of_change(&self.items, self.items.len())
    }

    /// Adds an item at the end.
    pub(super) fn push(&mut self, item: Value) {
        self.size.add(&item);
        Arc::make_mut(&mut self.items).push(item);
    }

    /// Removes an item.
    pub(super) fn remove(&mut self, index: usize) -> Option<Value> {
        (index < self.items.len()).then(|| {
            let item = Arc::make_mut(&mut self.items).remove(index);
            self.size.weight = self.size.weight.saturating_sub(item.weight() + 2);
            item
        })
    }

    /// Changes an item in place.
    pub(super) fn change<T>(
        &mut self,
        index: usize,
        action: impl FnOnce(&mut Value) -> T,
    ) -> Option<T> {
        let before = self.items.get(index)?.weight();
        let item = Arc::make_mut(&mut self.items).get_mut(index)?;
        let answer = action(item);
        self.size.replace(before, item);
        Some(answer)
    }
}

/// Values with names, in their order.
#[derive(Clone, Debug)]
pub(super) struct Map {
    entries: Arc<Entries>,
    size: Size,
    style: Style,
    ignores_case: bool,
}

#[derive(Clone, Debug, Default)]
struct Entries {
    list: Vec<(Arc<str>, Value)>,
    places: HashMap<Arc<str>, usize>,
}

/// The same names with the same values, in any order.
impl PartialEq for Map {
    fn eq(&self, other: &Self) -> bool {
        let mut entries = self.entries().iter();
        self.entries().len() == other.entries().len()
            && entries.all(|(name, value)| other.get(name) == Some(value))
    }
}

impl Map {
    /// A map of these entries. The last of a repeated name counts.
    pub(super) fn new(entries: impl IntoIterator<Item = (Arc<str>, Value)>, style: Style) -> Self {
        Self::build(entries, style, false)
    }

    /// A map whose names are found in any case, as those of headers.
    pub(super) fn ignoring_case(entries: impl IntoIterator<Item = (Arc<str>, Value)>) -> Self {
        Self::build(entries, Style::Plain, true)
    }

    fn build(
        entries: impl IntoIterator<Item = (Arc<str>, Value)>,
        style: Style,
        ignores_case: bool,
    ) -> Self {
        let mut map = Self {
            entries: Arc::default(),
            size: Size::EMPTY,
            style,
            ignores_case,
        };
        for (name, value) in entries {
            map.put(name, value);
        }
        map
    }

    /// What is in it.
    pub(super) fn entries(&self) -> &[(Arc<str>, Value)] {
        &self.entries.list
    }

    /// How large it is.
    pub(super) fn size(&self) -> Size {
        self.size
    }

    /// How it looks.
    pub(super) fn style(&self) -> Style {
        self.style
    }

    /// What a change costs: a copy of its entries if others have the map too.
    pub(super) fn cost_of_change(&self) -> usize {
        cost_of_change(&self.entries, self.entries.list.len())
    }

    /// The value of a name.
    pub(super) fn get(&self, name: &str) -> Option<&Value> {
        let place = self.place(name)?;
        self.entries.list.get(place).map(|(_, value)| value)
    }

    fn place(&self, name: &str) -> Option<usize> {
        if self.ignores_case {
            let lower = name.to_ascii_lowercase();
            return self.entries.places.get(lower.as_str()).copied();
        }
        self.entries.places.get(name).copied()
    }

    /// Adds an entry, or replaces the value of a name.
    pub(super) fn put(&mut self, name: Arc<str>, value: Value) -> Option<Value> {
        if let Some(place) = self.place(&name) {
            return self.change_at(place, |old| std::mem::replace(old, value));
        }
        self.size.add_entry(&name, &value);
        let key = if self.ignores_case {
            name.to_ascii_lowercase().into()
        } else {
            Arc::clone(&name)
        };
        let entries = Arc::make_mut(&mut self.entries);
        entries.places.insert(key, entries.list.len());
        entries.list.push((name, value));
        None
    }

    /// Removes an entry. The rest keeps its order.
    pub(super) fn remove(&mut self, name: &str) -> Option<Value> {
        let place = self.place(name)?;
        let mut rest = self.entries.list.clone();
        let (_, value) = rest.remove(place);
        *self = Self::build(rest, self.style, self.ignores_case);
        Some(value)
    }

    /// Changes a value in place.
    pub(super) fn change<T>(
        &mut self,
        name: &str,
        action: impl FnOnce(&mut Value) -> T,
    ) -> Option<T> {
        let place = self.place(name)?;
        self.change_at(place, action)
    }

    fn change_at<T>(&mut self, place: usize, action: impl FnOnce(&mut Value) -> T) -> Option<T> {
        let before = self.entries.list.get(place)?.1.weight();
        let (_, value) = Arc::make_mut(&mut self.entries).list.get_mut(place)?;
        let answer = action(value);
        self.size.replace(before, value);
        Some(answer)
    }
}

fn cost_of_change<T>(shared: &Arc<T>, items: usize) -> usize {
    if Arc::strong_count(shared) > 1 {
        items.saturating_mul(50)
    } else {
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_headers_are_found_in_any_case() {
        let headers = Map::ignoring_case([("X-Id".into(), "1".into())]);
        assert_eq!(headers.get("x-ID"), Some(&"1".into()));
        assert_eq!(headers.get("y"), None);
        assert_eq!(&*headers.entries()[0].0, "X-Id");
    }

    #[test]
    fn sizes_follow_changes() {
        let mut list = List::new(vec!["abc".into()], Style::Plain);
        let before = list.size();
        list.push(Value::List(list.clone()));
        assert_eq!(list.size().depth, 2);
        list.change(1, |item| *item = "abc".into()).unwrap();
        list.remove(1).unwrap();
        assert_eq!(list.size().weight, before.weight);
        assert_eq!(list.remove(1), None);
    }

    #[test]
    fn changes_leave_other_owners_alone() {
        let map = Map::new([("a".into(), "1".into())], Style::Plain);
        let mut other = map.clone();
        assert_eq!(other.put("a".into(), "2".into()), Some("1".into()));
        assert_eq!(other.put("b".into(), "3".into()), None);
        assert_eq!(other.remove("a"), Some("2".into()));
        assert_eq!(other.get("b"), Some(&"3".into()));
        assert_eq!((map.entries().len(), other.entries().len()), (1, 1));
    }
}
