//! The custom domain.

use serde::Serialize;

/// A custom domain name with an HTTPS certificate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Domain {
    /// The mock's host name, inside the zone.
    pub name: String,
    /// The name of the Route 53 hosted zone.
    pub zone: String,
}
