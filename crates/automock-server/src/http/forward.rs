//! Asks other servers.

use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

use super::options::ForwardOptions;
use crate::book::Prepared;
use crate::engine::{ForwardOrder, Outgoing, Target};

/// Asks other servers, as far as that is allowed.
#[derive(Debug)]
pub(super) struct Forwarder {
    client: Client<HttpConnector, Full<Bytes>>,
    pub(super) options: ForwardOptions,
    body_bytes: usize,
}

impl Forwarder {
    pub(super) fn new(options: ForwardOptions, body_bytes: usize) -> Self {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        connector.set_connect_timeout(Some(options.timeout.min(Duration::from_secs(10))));
        let client = Client::builder(TokioExecutor::new()).build(connector);
        Self {
            client,
            options,
            body_bytes,
        }
    }

    /// Asks the server that an order names. Says why there is no response.
    pub(super) async fn forward(&self, order: &ForwardOrder) -> Result<Prepared, String> {
        let Outgoing { target, request } = order.outgoing()?;
        self.check(&target)?;
        let asked = tokio::time::timeout(self.options.timeout, self.ask(request.map(Full::new)));
        let name = target.authority();
        let response = asked
            .await
            .map_err(|_| format!("{name} did not answer in time"))?;
        order.incoming(response.map_err(|reason| format!("{name}: {reason}"))?)
    }

    pub(super) fn check(&self, target: &Target) -> Result<(), String> {
        let name = target.authority();
        if !self.options.allows(&target.host, target.port) {
            return Err(format!("forwarding to {name} is not allowed"));
        }
        if target.secure {
            return Err(format!(
                "{name} is to be asked over TLS, which is not supported"
            ));
        }
        Ok(())
    }

    pub(super) async fn ask(
        &self,
        request: http::Request<Full<Bytes>>,
    ) -> Result<http::Response<Bytes>, String> {
        let response = self
            .client
            .request(request)
            .await
            .map_err(|error| chain(&error))?;
        let (parts, body) = response.into_parts();
        let body = Limited::new(body, self.body_bytes).collect().await;
        let body = body.map_err(|error| error.to_string())?.to_bytes();
        Ok(http::Response::from_parts(parts, body))
    }
}

/// An error with its causes.
fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(": ")
}
