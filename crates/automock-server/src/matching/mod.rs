//! Which requests an expectation is for.

mod difference;
mod key;
mod matcher;

pub use difference::Difference;
pub use key::Key;
pub use matcher::RequestMatcher;
