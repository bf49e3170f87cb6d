//! The page for people: what is asked, what answers it, and why something does not.
//!
//! The page is one HTML file that loads nothing from elsewhere and asks for what is new once per
//! second. All work is done when it asks: while nobody looks, nothing is prepared for it. What it gets
//! is bounded, so that a page that is open under load gets the newest requests and the number of those
//! in between.

mod bound;
mod data;
mod details;
mod page;
mod show;
#[cfg(test)]
mod tests;
mod why;

pub use show::View;

pub(crate) use show::show;
