//! What is fuzzed, and what must hold whatever the input is.
//!
//! Each target takes bytes and panics where something is wrong; `cargo xtask fuzz` builds it with
//! coverage, starts from the cases of the compatibility tests and keeps an input that fails. Beside
//! what each target says, an input must not take longer than the runner's limit, nor more memory.
//!
//! | target | takes |
//! |---|---|
//! | [`expectations`] | a text: lenient JSON, read as expectations |
//! | [`matching`] | an expectation, a line of dashes, a request |
//! | [`control`] | calls of the control API, with a line of dashes between them |
//! | [`templates`] | a template, a line of dashes, a request |
//! | [`wire`] | what a client sends, as bytes |

mod control;
mod expectations;
mod input;
mod matching;
mod templates;
mod wire;

pub use control::control;
pub use expectations::expectations;
pub use matching::matching;
pub use templates::templates;
pub use wire::wire;
