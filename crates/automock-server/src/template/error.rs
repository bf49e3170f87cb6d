//! What goes wrong with templates.

/// A text that is no template, or asks for something that is not supported.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {reason}")]
pub struct TemplateError {
    /// The line, counted from 1.
    pub line: usize,
    /// The column in characters, counted from 1.
    pub column: usize,
    /// What is wrong there.
    pub reason: String,
}

/// Why a template did not render.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RenderError {
    /// The text grows too large.
    #[error("the template renders more than {limit} bytes")]
    TooLarge {
        /// How much is allowed.
        limit: usize,
    },
    /// Its loops run too often.
    #[error("the loops of the template run more than {limit} times")]
    TooManyIterations {
        /// How often they may, all together.
        limit: usize,
    },
    /// It computes too long.
    #[error("the template computes too long")]
    TooMuchWork,
    /// A value of lists within lists, or maps, is too deep.
    #[error("a value is nested deeper than {limit} levels")]
    TooDeep {
        /// How deep it may be.
        limit: usize,
    },
    /// Something that is not supported, which only shows now.
    #[error("{place}{reason}")]
    Unsupported {
        /// Where, if that is known: `line 1, column 2: `.
        place: String,
        /// What it is.
        reason: String,
    },
}

impl RenderError {
    /// Something that is not supported.
    pub(super) fn unsupported(reason: impl Into<String>) -> Self {
        Self::Unsupported {
            place: String::new(),
            reason: reason.into(),
        }
    }

    /// The same with its place, unless it has a closer one.
    pub(super) fn at(mut self, line: usize, column: usize) -> Self {
        if let Self::Unsupported { place, .. } = &mut self
            && place.is_empty()
        {
            *place = format!("line {line}, column {column}: ");
        }
        self
    }
}
