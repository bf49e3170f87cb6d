//! One module per task.

pub(crate) mod bench_plan;
pub(crate) mod generate;
pub(crate) mod rehearse;
pub(crate) mod test;
pub(crate) mod tidy;
