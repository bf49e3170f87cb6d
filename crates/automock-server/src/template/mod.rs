//! Response templates in the two languages that expectations use.
//!
//! A template is compiled once and rendered per request. Rendering is pure: the clock and the seed of
//! everything random come in. What a language has and this engine has not is refused, at compile
//! time where it can be seen there; and no template runs without end, because a `Budget` bounds
//! what a render may do.

mod budget;
mod collection;
mod compare;
mod compiled;
mod error;
mod globals;
mod json_path;
mod json_path_signs;
mod methods;
mod model;
mod mustache;
mod patterns;
mod source;
mod strings;
mod value;
mod velocity;
mod xml;
mod xpath;

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;

pub use compiled::{Context, Template};
pub use error::{RenderError, TemplateError};
