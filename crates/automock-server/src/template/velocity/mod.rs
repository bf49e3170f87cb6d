//! Velocity as `MockServer` sets it up.
//!
//! A reference without a value is rendered as it is written, lines of directives vanish, and names
//! may have hyphens. Macros, includes and classes do not exist.

mod assign;
mod ast;
mod check;
mod escape;
mod evaluate;
mod expression;
mod lines;
mod math;
mod operators;
mod parser;
mod program;
mod reference;
mod render;
mod scan;
mod tools;
mod tree;

pub(super) use program::Program;
