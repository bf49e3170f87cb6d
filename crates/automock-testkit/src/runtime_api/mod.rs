//! AWS Lambda's side of a function: the Runtime API, and the process that asks it for work.

mod function;
mod server;

pub use function::{Ending, FunctionProcess, LambdaFunction};
pub use server::{ErrorReport, Reply};
