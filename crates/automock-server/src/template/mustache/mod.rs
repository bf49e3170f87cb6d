//! Mustache as `MockServer` has it, which is that of jmustache.
//!
//! An empty text and zero are false in a section, a name without a value renders nothing, and
//! partials do not exist.

mod program;
mod render;
mod scan;
mod tree;

pub(super) use program::Program;
