//! Where the IAM roles are created and what bounds them.

use serde::Serialize;

/// Where the IAM roles are created and what bounds them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Iam {
    /// ARN of the policy that bounds every role, if any.
    pub permissions_boundary: Option<String>,
    /// The path of the roles; starts and ends with a slash.
    pub path: String,
}
