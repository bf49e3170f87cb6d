//! A part of `XPath`: paths of elements, texts and attributes, with simple conditions.

mod read;
mod select;

pub(super) use select::{Found, XPath};
