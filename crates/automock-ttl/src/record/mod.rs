//! What is remembered of a stack outside of the stack: where it is, in which phase, until when.

mod error;
mod names;
mod operation;
mod phase;
mod stack;

pub use error::RecordError;
pub use names::{DomainNames, StackNames};
pub use operation::{Operation, OperationKind};
pub use phase::{IllegalTransition, Phase};
pub use stack::{NewStack, SCHEMA_VERSION, StackRecord, StateLocation};
