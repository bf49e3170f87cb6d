//! Who works on a teardown.

/// Somebody who tears stacks down: a run of the reaper, or of a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// What journals, receipts and other people are told, such as `reaper` or
    /// `destroy by ana on build-7`.
    pub name: String,
    /// What tells this run from every other one. It identifies the holder of a lease.
    pub run: String,
}

impl Actor {
    /// An actor with a name and the id of its run.
    #[must_use]
    pub fn new(name: impl Into<String>, run: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            run: run.into(),
        }
    }
}
