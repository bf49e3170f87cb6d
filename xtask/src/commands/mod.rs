//! One module per task.

pub(crate) mod bench;
pub(crate) mod deploy;
pub(crate) mod fuzz;
pub(crate) mod generate;
pub(crate) mod image;
pub(crate) mod package;
pub(crate) mod rehearse;
pub(crate) mod soak;
pub(crate) mod test;
pub(crate) mod tidy;
