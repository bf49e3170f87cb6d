//! A compiled template.

use crate::template::error::RenderError;
use crate::template::globals::Globals;
use crate::template::source::Fault;

use super::render::Renderer;
use super::scan;
use super::tree::{self, Segment};

/// A compiled template.
#[derive(Debug)]
pub(in crate::template) struct Program(Vec<Segment>);

impl Program {
    /// Compiles a text.
    pub(in crate::template) fn compile(text: &str) -> Result<Self, Fault> {
        let tokens = scan::tokens(text)?;
        tree::build(text, tokens).map(Self)
    }

    /// Renders the template.
    pub(in crate::template) fn render(&self, globals: Globals<'_>) -> Result<String, RenderError> {
        let mut renderer = Renderer::new(globals);
        renderer.run(&self.0)?;
        Ok(renderer.finish())
    }
}
