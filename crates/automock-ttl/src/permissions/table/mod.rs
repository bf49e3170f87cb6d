//! The table itself, a file for each part of a stack.

mod compute;
mod delivery;
mod network;
mod records;
mod storage;

use super::{Access, Grant, Operation, Scope, Service};
use crate::kind::ResourceKind;

/// Every operation that the reaper's program calls.
pub fn operations() -> impl Iterator<Item = &'static Operation> {
    [
        network::OPERATIONS,
        delivery::OPERATIONS,
        compute::OPERATIONS,
        storage::OPERATIONS,
        records::OPERATIONS,
    ]
    .into_iter()
    .flatten()
}

const fn row(
    service: Service,
    call: &'static str,
    access: Access,
    kinds: &'static [ResourceKind],
    grants: &'static [Grant],
) -> Operation {
    Operation {
        service,
        call,
        access,
        kinds,
        grants,
    }
}

const fn on(action: &'static str, scope: &'static Scope) -> Grant {
    Grant { action, scope }
}
