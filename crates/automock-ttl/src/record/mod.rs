//! What is remembered of a stack outside of the stack: where it is, in which phase, until when.

mod names;
mod phase;
mod stack;

pub use names::{DomainNames, StackNames};
pub use phase::{IllegalTransition, Phase};
pub use stack::{
    NewStack, Operation, OperationKind, RecordError, SCHEMA_VERSION, StackRecord, StateLocation,
};
