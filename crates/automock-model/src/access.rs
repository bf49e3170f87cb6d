//! Who may call the mock and its control API.

use ipnet::Ipv4Net;
use serde::Serialize;

/// Address ranges that may call the mock and its control API.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Access {
    /// Ranges that may call the mock; at least one.
    pub mock: Vec<Ipv4Net>,
    /// Ranges that may call the control API. Empty means nobody.
    pub control: Vec<Ipv4Net>,
}
