//! The environment variables of a reaper function.
//!
//! Rendering writes them, the function reads them. Region, function name and credentials are not
//! among them: Lambda itself provides those.

/// The project's name.
pub const PROJECT: &str = "AUTOMOCK_PROJECT";
/// The project's environment.
pub const ENVIRONMENT: &str = "AUTOMOCK_ENVIRONMENT";
/// The bucket with registry, journals, receipts and states.
pub const STATE_BUCKET: &str = "AUTOMOCK_STATE_BUCKET";
/// ARN of the topic that carries warnings and receipts.
pub const TOPIC_ARN: &str = "AUTOMOCK_TOPIC_ARN";
/// The EventBridge rule that calls the function.
pub const RULE: &str = "AUTOMOCK_RULE";
