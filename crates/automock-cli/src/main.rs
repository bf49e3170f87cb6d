//! The `automock` command.
fn main() {}
