//! Whether a process may do what it does.

use jiff::Timestamp;
use serde_json::Value;

use crate::state::State;

/// What speaks against a run that removes something now, if anything does.
pub(crate) fn problem(state: &State, run: &str) -> Option<String> {
    let leases: Vec<_> = state
        .objects
        .iter()
        .filter(|(key, _)| key.ends_with("/lease.json"))
        .collect();
    let Some((key, bytes)) = leases.first() else {
        return Some("nobody holds a lease".to_owned());
    };
    let Some((holder, until)) = read(bytes) else {
        return Some(format!("{key} cannot be read"));
    };
    if holder != run {
        return Some(format!("{holder} holds the lease"));
    }
    let is_over = state.now.timestamp() >= until;
    is_over.then(|| format!("its lease was over at {until}"))
}

fn read(bytes: &[u8]) -> Option<(String, Timestamp)> {
    let lease: Value = serde_json::from_slice(bytes).ok()?;
    let holder = lease.get("holder")?.as_str()?.to_owned();
    let until = lease.get("until")?.as_str()?.parse().ok()?;
    Some((holder, until))
}
