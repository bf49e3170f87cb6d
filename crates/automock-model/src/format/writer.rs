//! Writes TOML: sections with one key per line.

use super::reader::quote_key;
use crate::duration::format_seconds;

/// A TOML text that grows line by line.
#[derive(Default)]
pub(crate) struct Writer {
    text: String,
}

impl Writer {
    /// Starts a table.
    pub(crate) fn section(&mut self, name: &str) {
        self.text.extend(["\n[", name, "]\n"]);
    }

    /// Writes a key of the current table.
    pub(crate) fn set(&mut self, key: &str, value: impl Into<toml::Value>) {
        let key = quote_key(key);
        let value = value.into().to_string();
        self.text.extend([&key, " = ", &value, "\n"]);
    }

    /// Writes a key if there is a value.
    pub(crate) fn set_some(&mut self, key: &str, value: Option<impl Into<toml::Value>>) {
        if let Some(value) = value {
            self.set(key, value);
        }
    }

    /// Writes a duration.
    pub(crate) fn set_seconds(&mut self, key: &str, seconds: u64) {
        self.set(key, format_seconds(seconds));
    }

    /// Writes a list of texts.
    pub(crate) fn set_texts(&mut self, key: &str, items: impl IntoIterator<Item = impl ToString>) {
        let items = items.into_iter().map(|item| item.to_string());
        self.set(key, items.collect::<Vec<_>>());
    }

    pub(crate) fn into_text(self) -> String {
        self.text
    }
}
