//! Which requests an expectation is for.
