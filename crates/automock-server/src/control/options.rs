//! How the control API is set up.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::path::PathBuf;

use ipnet::IpNet;

/// How the control API is set up.
#[derive(Clone)]
pub struct ControlOptions {
    /// Whether it answers here. Without it its paths are ordinary traffic; readiness and liveness
    /// answer anyway.
    pub enabled: bool,
    /// The bearer token that each call must carry.
    pub token: Option<String>,
    /// The networks that may call; empty for all.
    pub sources: Vec<IpNet>,
    /// What calls may call the server.
    pub names: ServerNames,
    /// A path that answers GET like `status`.
    pub liveness_path: Option<String>,
    /// Whether a client may stop the server.
    pub stop: bool,
    /// Whether a client may have it listen on more ports.
    pub bind: bool,
    /// The folder in which a client may name files with `OpenAPI` documents. Without it no file is
    /// read: whoever can call could otherwise learn what is in the files of this machine.
    pub files: Option<PathBuf>,
    /// The version in `version`. Clients in Java refuse to talk to another minor version than their
    /// own.
    pub version: String,
}

/// What calls may call the server, in their `host`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ServerNames {
    /// Anything.
    #[default]
    Any,
    /// An address, or a name that no site on the internet has, such as `localhost`. A web page in a
    /// browser of this machine could otherwise call from an allowed address: the name of its site can
    /// change its address while the page is open.
    Local,
}

impl Default for ControlOptions {
    fn default() -> Self {
        Self {
            enabled: true,
            token: None,
            sources: Vec::new(),
            names: ServerNames::Any,
            liveness_path: None,
            stop: true,
            bind: true,
            files: None,
            version: "5.15.0".to_owned(),
        }
    }
}

impl ControlOptions {
    /// Only this machine may call.
    #[must_use]
    pub fn for_this_machine() -> Self {
        let loopback = [
            IpNet::new_assert(Ipv4Addr::LOCALHOST.into(), 8),
            IpNet::new_assert(Ipv6Addr::LOCALHOST.into(), 128),
        ];
        Self {
            sources: loopback.into(),
            names: ServerNames::Local,
            ..Self::default()
        }
    }
}

/// The token is not shown.
impl std::fmt::Debug for ControlOptions {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("ControlOptions")
            .field("enabled", &self.enabled)
            .field("token", &self.token.as_ref().map(|_| "..."))
            .field("sources", &self.sources)
            .field("liveness_path", &self.liveness_path)
            .finish_non_exhaustive()
    }
}
