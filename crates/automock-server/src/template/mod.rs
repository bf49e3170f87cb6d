//! Response templates.

use crate::definition::TemplateKind;

/// A compiled template.
#[derive(Clone, Debug)]
pub struct Template;

/// Why a text is no template.
#[derive(Clone, Debug, thiserror::Error)]
#[error("not a template")]
pub struct TemplateError;

impl Template {
    /// Compiles a template.
    ///
    /// # Errors
    /// Why the text is no template.
    pub fn compile(_kind: TemplateKind, _text: &str) -> Result<Self, TemplateError> {
        Err(TemplateError)
    }
}
