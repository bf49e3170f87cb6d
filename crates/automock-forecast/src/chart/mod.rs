//! Pictures of a simulation: SVG, PNG (feature `png`), a report in HTML, and a chart for terminals.
//!
//! All are pure functions of a [`Simulation`](crate::Simulation), and all show the same panels over
//! the same time: load, tasks, utilisation, what is refused or waits, and what it has cost so far.
//! None of them refers to anything outside itself, and none has a script.

mod html;
mod panel;
mod path;
#[cfg(feature = "png")]
mod png;
mod scale;
mod svg;
mod text;
mod theme;
mod xml;

pub use html::{Fact, Report, assumptions, html};
#[cfg(feature = "png")]
pub use png::png;
pub use svg::{svg, svg_of_width};
pub use text::text;
pub use theme::Theme;
