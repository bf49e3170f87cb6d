//! Reads paths.

use super::select::{Condition, Step, Test, XPath};

/// Reads a path.
pub(super) fn path(text: &str) -> Result<XPath, String> {
    Reader { rest: text }.path()
}

struct Reader<'t> {
    rest: &'t str,
}

impl<'t> Reader<'t> {
    fn path(&mut self) -> Result<XPath, String> {
        let is_absolute = self.rest.starts_with('/');
        let mut steps = Vec::new();
        let mut descends = self.take("//");
        if is_absolute && !descends {
            self.take("/");
        }
        loop {
            steps.push(self.step(descends)?);
            if self.rest.is_empty() {
                return Ok(XPath { is_absolute, steps });
            }
            descends = self.take("//");
            if !descends && !self.take("/") {
                return Err(self.unexpected());
            }
        }
    }

    fn step(&mut self, descends: bool) -> Result<Step, String> {
        let test = self.test()?;
        let mut conditions = Vec::new();
        while self.take("[") {
            conditions.push(self.condition()?);
            self.expect("]")?;
        }
        Ok(Step {
            descends,
            test,
            conditions,
        })
    }

    fn test(&mut self) -> Result<Test, String> {
        if self.take("@") {
            return Ok(Test::Attribute(self.name()?.to_owned()));
        }
        if self.take("text()") {
            return Ok(Test::Text);
        }
        if self.take("..") {
            return Ok(Test::Parent);
        }
        if self.take(".") {
            return Ok(Test::Itself);
        }
        if self.take("*") {
            return Ok(Test::AnyElement);
        }
        Ok(Test::Element(self.name()?.to_owned()))
    }

    fn condition(&mut self) -> Result<Condition, String> {
        self.blanks();
        let digits = self.take_while(|sign| sign.is_ascii_digit());
        if !digits.is_empty() {
            let position = digits.parse().map_err(|_| "no position".to_owned())?;
            self.blanks();
            return Ok(Condition::Position(position));
        }
        if self.take("last()") {
            self.blanks();
            return Ok(Condition::Last);
        }
        let test = self.test()?;
        self.blanks();
        let wanted = if self.take("=") {
            Some(self.quoted()?.to_owned())
        } else {
            None
        };
        self.blanks();
        Ok(Condition::Holds(test, wanted))
    }

    fn quoted(&mut self) -> Result<&'t str, String> {
        self.blanks();
        let quote = self
            .rest
            .chars()
            .next()
            .filter(|sign| matches!(sign, '\'' | '"'));
        let quote = quote.ok_or_else(|| self.unexpected())?;
        self.rest = &self.rest[1..];
        let text = self.take_while(|sign| sign != quote);
        self.expect(&quote.to_string())?;
        Ok(text)
    }

    fn name(&mut self) -> Result<&'t str, String> {
        let name =
            self.take_while(|sign| sign.is_alphanumeric() || matches!(sign, '_' | '-' | '.'));
        let is_name = name.starts_with(|sign: char| sign.is_alphabetic() || sign == '_');
        let is_plain = !self.rest.starts_with(['(', ':']);
        (is_name && is_plain)
            .then_some(name)
            .ok_or_else(|| self.unexpected())
    }

    fn blanks(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn take(&mut self, text: &str) -> bool {
        let rest = self.rest.strip_prefix(text);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn take_while(&mut self, wanted: impl Fn(char) -> bool) -> &'t str {
        let end = self
            .rest
            .find(|sign| !wanted(sign))
            .unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at(end);
        self.rest = rest;
        taken
    }

    fn expect(&mut self, text: &str) -> Result<(), String> {
        if self.take(text) {
            return Ok(());
        }
        Err(self.unexpected())
    }

    fn unexpected(&self) -> String {
        match self.rest.chars().next() {
            Some(sign) => format!("`{sign}` is unexpected"),
            None => "it ends too early".to_owned(),
        }
    }
}
