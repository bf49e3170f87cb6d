//! A compiled template.

use crate::template::error::RenderError;
use crate::template::globals::Globals;
use crate::template::source::Fault;

use super::ast::Node;
use super::parser::Parser;
use super::render::Renderer;
use super::{check, scan, tree};

/// A compiled template.
#[derive(Debug)]
pub(in crate::template) struct Program(Vec<Node>);

impl Program {
    /// Compiles a text.
    pub(in crate::template) fn compile(text: &str) -> Result<Self, Fault> {
        let mut parser = Parser::new(text);
        let tokens = scan::tokens(&mut parser)?;
        check::check(&parser.notes)?;
        tree::build(tokens).map(Self)
    }

    /// Renders the template.
    pub(in crate::template) fn render(
        &self,
        globals: Globals<'_>,
        source: &str,
    ) -> Result<String, RenderError> {
        let mut renderer = Renderer::new(globals, source);
        renderer.run(&self.0)?;
        Ok(renderer.finish())
    }
}
