//! A compiled template.

use std::sync::Arc;

use jiff::Timestamp;

use crate::definition::TemplateKind;
use crate::request::Request;

use super::error::{RenderError, TemplateError};
use super::globals::Globals;
use super::{mustache, velocity};

/// A compiled template, which is cheap to clone.
#[derive(Clone, Debug)]
pub struct Template(Arc<Compiled>);

#[derive(Debug)]
struct Compiled {
    source: String,
    program: Program,
}

#[derive(Debug)]
enum Program {
    Mustache(mustache::Program),
    Velocity(velocity::Program),
}

/// What a template is rendered from.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// The request.
    pub request: &'a Request,
    /// The parameters of its path in their order; several of a name are a list.
    pub path_parameters: &'a [(String, String)],
    /// The time.
    pub now: Timestamp,
    /// The seed of everything random: the same seed renders the same text.
    pub random: u64,
}

impl Template {
    /// Compiles a text.
    ///
    /// # Errors
    /// Where it is no template of its language, or asks for something that is not supported.
    pub fn compile(kind: TemplateKind, text: &str) -> Result<Self, TemplateError> {
        let program = match kind {
            TemplateKind::Mustache => mustache::Program::compile(text).map(Program::Mustache),
            TemplateKind::Velocity => velocity::Program::compile(text).map(Program::Velocity),
        };
        let program = program.map_err(|fault| fault.locate(text))?;
        let source = text.to_owned();
        Ok(Self(Arc::new(Compiled { source, program })))
    }

    /// Renders the template.
    ///
    /// # Errors
    /// It exceeds a limit, or it does something that is not supported.
    pub fn render(&self, context: &Context<'_>) -> Result<String, RenderError> {
        let globals = Globals::new(context);
        match &self.0.program {
            Program::Mustache(program) => program.render(globals),
            Program::Velocity(program) => program.render(globals, &self.0.source),
        }
    }

    /// Its language.
    #[must_use]
    pub fn kind(&self) -> TemplateKind {
        match self.0.program {
            Program::Mustache(_) => TemplateKind::Mustache,
            Program::Velocity(_) => TemplateKind::Velocity,
        }
    }

    /// The text it was compiled from.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.0.source
    }
}
