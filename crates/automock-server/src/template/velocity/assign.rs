//! Changes variables: `#set`, and methods that change lists and maps.

use crate::template::budget::Budget;
use crate::template::collection::{List, Map};
use crate::template::error::RenderError;
use crate::template::methods::position;
use crate::template::value::Value;

use super::ast::{Reference, Step};
use super::render::Renderer;

/// Methods that change what they are called on.
const CHANGES: [&str; 7] = ["add", "addAll", "put", "putAll", "set", "remove", "clear"];

impl Renderer<'_> {
    /// Gives a variable a value, or a part of it.
    pub(super) fn assign(&mut self, target: &Reference, value: Value) -> Result<(), RenderError> {
        let Some((last, path)) = target.steps.split_last() else {
            self.variables.insert(target.root.clone(), value);
            return Ok(());
        };
        let (Some(keys), Some(key)) = (self.keys(path)?, self.key(last)?) else {
            return Err(self.no_place(target));
        };
        let put = self.change_part(&target.root, &keys, "put", &[key, value])?;
        match put {
            Some(_) => Ok(()),
            None => Err(self.no_place(target)),
        }
    }

    fn no_place(&self, target: &Reference) -> RenderError {
        let (line, column) = crate::template::source::locate(self.source, target.offset);
        let reason = format!("`{}` is no place for a value", target.source);
        RenderError::unsupported(reason).at(line, column)
    }

    /// Calls a method that changes a variable, if the reference is such a call.
    pub(super) fn change(&mut self, reference: &Reference) -> Result<Option<Value>, RenderError> {
        let [path @ .., Step::Call(name, arguments)] = reference.steps.as_slice() else {
            return Ok(None);
        };
        let is_change = CHANGES.contains(&name.as_str());
        if !is_change || !self.variables.contains_key(&reference.root) {
            return Ok(None);
        }
        let Some(keys) = self.keys(path)? else {
            return Ok(None);
        };
        let arguments = self.evaluate_all(arguments)?;
        let answer = self.change_part(&reference.root, &keys, name, &arguments)?;
        Ok(Some(answer.unwrap_or(Value::Null)))
    }

    fn change_part(
        &mut self,
        root: &str,
        keys: &[Value],
        name: &str,
        arguments: &[Value],
    ) -> Result<Option<Value>, RenderError> {
        let Some(value) = self.variables.get_mut(root) else {
            return Ok(None);
        };
        let answer = descend(value, keys, name, arguments, &mut self.budget)?;
        // What a variable has become must stay within bounds as a whole.
        let whole = value.clone();
        self.budget.accept(whole)?;
        Ok(answer)
    }

    fn keys(&mut self, path: &[Step]) -> Result<Option<Vec<Value>>, RenderError> {
        path.iter().map(|step| self.key(step)).collect()
    }

    fn key(&mut self, step: &Step) -> Result<Option<Value>, RenderError> {
        match step {
            Step::Property(name) => Ok(Some(name.as_str().into())),
            Step::Index(index) => self.evaluate(index).map(Some),
            Step::Call(name, arguments) => match arguments.as_slice() {
                [index] if name == "get" => self.evaluate(index).map(Some),
                _ => Ok(None),
            },
        }
    }
}

/// Goes down to the part that is changed; nothing if there is none such.
fn descend(
    value: &mut Value,
    keys: &[Value],
    name: &str,
    arguments: &[Value],
    budget: &mut Budget,
) -> Result<Option<Value>, RenderError> {
    budget.step()?;
    let Some((key, rest)) = keys.split_first() else {
        return apply(value, name, arguments, budget);
    };
    let inner =
        |part: &mut Value, budget: &mut Budget| descend(part, rest, name, arguments, budget);
    match value {
        Value::List(list) => {
            budget.spend(list.cost_of_change())?;
            let index = position(key, list.items().len());
            let answer = index.and_then(|index| list.change(index, |part| inner(part, budget)));
            answer.unwrap_or(Ok(None))
        }
        Value::Map(map) => {
            budget.spend(map.cost_of_change())?;
            let key = budget.text(key)?;
            let answer = map.change(&key, |part| inner(part, budget));
            answer.unwrap_or(Ok(None))
        }
        _ => Ok(None),
    }
}

fn apply(
    value: &mut Value,
    name: &str,
    arguments: &[Value],
    budget: &mut Budget,
) -> Result<Option<Value>, RenderError> {
    match value {
        Value::List(list) => {
            budget.spend(list.cost_of_change())?;
            change_list(list, name, arguments, budget)
        }
        Value::Map(map) => {
            budget.spend(map.cost_of_change())?;
            change_map(map, name, arguments, budget)
        }
        _ => Ok(None),
    }
}

fn change_list(
    list: &mut List,
    name: &str,
    arguments: &[Value],
    budget: &mut Budget,
) -> Result<Option<Value>, RenderError> {
    Ok(match (name, arguments) {
        ("add", [item]) => {
            list.push(item.clone());
            Some(true.into())
        }
        ("addAll", [Value::List(items)]) => {
            budget.spend(items.items().len().saturating_mul(10))?;
            items
                .items()
                .iter()
                .for_each(|item| list.push(item.clone()));
            Some(true.into())
        }
        ("set" | "put", [index, item]) => {
            let index = position(index, list.items().len());
            index.and_then(|index| list.change(index, |old| std::mem::replace(old, item.clone())))
        }
        ("remove", [index]) => {
            budget.spend(list.items().len())?;
            let index = position(index, list.items().len());
            Some(
                index
                    .and_then(|index| list.remove(index))
                    .unwrap_or(Value::Null),
            )
        }
        ("clear", []) => {
            *list = List::new(Vec::new(), list.style());
            Some(Value::Null)
        }
        _ => None,
    })
}

fn change_map(
    map: &mut Map,
    name: &str,
    arguments: &[Value],
    budget: &mut Budget,
) -> Result<Option<Value>, RenderError> {
    Ok(match (name, arguments) {
        ("put" | "set", [key, value]) => {
            let key = budget.text(key)?;
            Some(map.put(key.into(), value.clone()).unwrap_or(Value::Null))
        }
        ("putAll", [Value::Map(entries)]) => {
            budget.spend(entries.entries().len().saturating_mul(50))?;
            for (key, value) in entries.entries() {
                map.put(key.clone(), value.clone());
            }
            Some(Value::Null)
        }
        ("remove", [key]) => {
            budget.spend(map.entries().len().saturating_mul(100))?;
            let key = budget.text(key)?;
            Some(map.remove(&key).unwrap_or(Value::Null))
        }
        ("clear", []) => {
            *map = Map::new([], map.style());
            Some(Value::Null)
        }
        _ => None,
    })
}
