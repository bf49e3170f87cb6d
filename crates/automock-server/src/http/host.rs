//! The server, as the control API sees it.

use std::sync::Arc;

use super::listen::listen_once;
use super::worker::{Worker, accept_from};
use crate::control::Host;

/// The server, as a call that a worker handles sees it.
#[derive(Debug)]
pub(super) struct WorkerHost(pub(super) Arc<Worker>);

impl Host for WorkerHost {
    fn ports(&self) -> Vec<u16> {
        self.0.shared.ports()
    }

    /// The worker of the call alone listens on these ports.
    fn bind(&self, ports: &[u16]) -> Result<Vec<u16>, String> {
        let shared = &self.0.shared;
        let mut listeners = Vec::with_capacity(ports.len());
        for &port in ports {
            let listener = listen_once(shared.address_of(port));
            listeners.push(listener.map_err(|error| format!("port {port}: {error}"))?);
        }
        let mut bound = Vec::with_capacity(listeners.len());
        for listener in listeners {
            let address = listener.local_addr().map_err(|error| error.to_string())?;
            bound.push(address.port());
            shared.add_port(address.port());
            let accepting = tokio::spawn(accept_from(Arc::clone(&self.0), listener));
            self.0.add_acceptor(accepting);
        }
        Ok(bound)
    }

    fn is_draining(&self) -> bool {
        self.0.shared.is_draining()
    }

    fn stop(&self) {
        self.0.shared.stop(None);
    }
}
