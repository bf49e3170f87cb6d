//! Outputs of a configuration.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// The outputs, by name.
pub type Outputs = BTreeMap<String, Output>;

/// An output. A sensitive one shows its value only through [`Output::expose`].
#[derive(Clone, PartialEq, Eq, Deserialize)]
pub struct Output {
    #[serde(default)]
    sensitive: bool,
    #[serde(default, rename = "type")]
    value_type: Value,
    #[serde(default)]
    value: Value,
}

impl Output {
    /// Whether the configuration marks it as sensitive.
    #[must_use]
    pub fn is_sensitive(&self) -> bool {
        self.sensitive
    }

    /// Its type in Terraform's JSON notation, such as `"string"` or `["list", "string"]`.
    #[must_use]
    pub fn value_type(&self) -> &Value {
        &self.value_type
    }

    /// The value, unless it is sensitive.
    #[must_use]
    pub fn value(&self) -> Option<&Value> {
        (!self.sensitive).then_some(&self.value)
    }

    /// The value as text, if it is text and not sensitive.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        self.value()?.as_str()
    }

    /// The value, sensitive or not.
    #[must_use]
    pub fn expose(&self) -> &Value {
        &self.value
    }

    /// The value in the caller's type, sensitive or not.
    ///
    /// # Errors
    ///
    /// Fails if the value does not fit.
    pub fn read<T: DeserializeOwned>(&self) -> serde_json::Result<T> {
        serde_json::from_value(self.value.clone())
    }
}

impl fmt::Debug for Output {
    /// Writes the value, or that it is withheld.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.value() {
            Some(value) => write!(f, "{value}"),
            None => f.write_str("(sensitive)"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sensitive_value_shows_only_on_request() {
        let outputs: Outputs = serde_json::from_str(
            r#"{"url":{"sensitive":false,"type":"string","value":"http://x"},
                "token":{"sensitive":true,"type":"string","value":"hush"}}"#,
        )
        .unwrap();
        assert_eq!(outputs["url"].as_str(), Some("http://x"));
        assert_eq!(outputs["token"].value(), None);
        assert_eq!(outputs["token"].expose(), "hush");
        assert_eq!(outputs["token"].read::<String>().unwrap(), "hush");
        assert_eq!(
            format!("{outputs:?}"),
            r#"{"token": (sensitive), "url": "http://x"}"#
        );
    }

    #[test]
    fn a_value_of_another_type_is_refused() {
        let output: Output = serde_json::from_str(r#"{"type":"string","value":"x"}"#).unwrap();
        assert!(output.read::<u32>().is_err());
    }
}
