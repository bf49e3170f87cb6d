//! Where the documents of a teardown are kept in the foundation's bucket.

use automock_model::{Foundation, StackId};

/// The key of the journal of a stack's teardown.
#[must_use]
pub fn journal_key(stack: &StackId) -> String {
    format!("{}journal.json", Foundation::journal_prefix(stack))
}

/// The key of the lease on a stack.
#[must_use]
pub fn lease_key(stack: &StackId) -> String {
    format!("{}lease.json", Foundation::journal_prefix(stack))
}

/// The key of the receipt of one teardown of a stack.
#[must_use]
pub fn receipt_key(stack: &StackId, epoch: &str) -> String {
    format!("{}{epoch}.json", Foundation::receipt_prefix(stack))
}

/// The key of the lock of a Terraform state.
#[must_use]
pub fn terraform_lock_key(state: &str) -> String {
    format!("{state}.tflock")
}
