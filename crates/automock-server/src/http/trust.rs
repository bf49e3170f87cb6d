//! Whom the server trusts when it asks others over TLS.

use std::io;
use std::sync::Arc;

use rustls::crypto::ring;
use rustls::{ClientConfig, RootCertStore};

use super::identity::read_certificates;
use super::options::ForwardOptions;

/// How other servers are asked over TLS.
#[derive(Clone, Debug)]
pub(super) struct Trust {
    pub(super) config: ClientConfig,
    /// Whether there is an authority at all.
    pub(super) has_roots: bool,
}

impl Trust {
    /// The authorities of this machine, and those of the options. Where nobody may be asked, none is
    /// looked for.
    pub(super) fn load(options: &ForwardOptions) -> io::Result<Self> {
        let mut roots = RootCertStore::empty();
        if !options.hosts.is_empty() {
            let found = rustls_native_certs::load_native_certs();
            for error in found.errors {
                tracing::warn!(%error, "a root certificate of this machine cannot be read");
            }
            // Machines have some that are too old to be understood.
            roots.add_parsable_certificates(found.certs);
        }
        if let Some(path) = &options.ca_file {
            for certificate in read_certificates(path).map_err(invalid)? {
                roots.add(certificate).map_err(invalid)?;
            }
        }
        let has_roots = !roots.is_empty();
        let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
        let builder = builder
            .with_safe_default_protocol_versions()
            .map_err(io::Error::other)?;
        let config = builder.with_root_certificates(roots).with_no_client_auth();
        Ok(Self { config, has_roots })
    }
}

/// A file that cannot be used is not the port's fault.
fn invalid(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, error)
}
