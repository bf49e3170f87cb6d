//! A `module` block.

use hcl::expr::Expression;
use hcl::structure::{Attribute, Block};

use crate::expr::{list, reference, text};
use crate::modules::Module;

/// A `module` block under construction.
pub(crate) struct ModuleCall {
    module: Module,
    arguments: Vec<Attribute>,
    depends_on: Option<Module>,
}

impl ModuleCall {
    pub(crate) fn new(module: Module) -> Self {
        Self {
            module,
            arguments: Vec::new(),
            depends_on: None,
        }
    }

    /// Passes an argument.
    pub(crate) fn arg(mut self, name: &str, value: impl Into<Expression>) -> Self {
        self.arguments.push(Attribute::new(name, value));
        self
    }

    /// Passes an argument if there is a value; otherwise the module's default counts.
    pub(crate) fn optional(self, name: &str, value: Option<Expression>) -> Self {
        match value {
            Some(value) => self.arg(name, value),
            None => self,
        }
    }

    /// Waits for everything in another module.
    pub(crate) fn after(mut self, module: Option<Module>) -> Self {
        self.depends_on = module;
        self
    }

    pub(crate) fn build(self) -> Block {
        let source = format!("./modules/{}", self.module.folder());
        let depends_on = self.depends_on.map(|module| {
            let path = format!("module.{}", module.label());
            Attribute::new("depends_on", list([reference(&path)]))
        });
        Block::builder("module")
            .add_label(self.module.label())
            .add_attribute(("source", text(source)))
            .add_attributes(self.arguments)
            .add_attributes(depends_on)
            .build()
    }
}

/// An output of a module.
pub(crate) fn output(module: Module, name: &str) -> Expression {
    reference(&format!("module.{}.{name}", module.label()))
}
