//! Asks other servers.

use std::time::Duration;

use bytes::Bytes;
use http::HeaderMap;
use http_body_util::{BodyExt, Full, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};

use super::options::ForwardOptions;
use super::proxy::Mark;
use super::shared::Shared;
use crate::book::Prepared;
use crate::engine::{ForwardOrder, Outgoing, Target};

/// How long a connection is kept for later.
const IDLE: Duration = Duration::from_secs(30);

/// Asks other servers, as far as that is allowed.
#[derive(Debug)]
pub(super) struct Forwarder {
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    options: ForwardOptions,
    has_roots: bool,
    mark: Mark,
    body_bytes: usize,
}

impl Forwarder {
    pub(super) fn new(shared: &Shared) -> Self {
        let options = shared.forward.clone();
        let mut connector = HttpConnector::new();
        connector.enforce_http(false);
        connector.set_nodelay(true);
        connector.set_connect_timeout(Some(options.timeout.min(Duration::from_secs(10))));
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(shared.trust.config.clone())
            .https_or_http()
            .enable_http1()
            .wrap_connector(connector);
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE)
            .pool_max_idle_per_host(options.idle_connections)
            .build(connector);
        Self {
            client,
            options,
            has_roots: shared.trust.has_roots,
            mark: shared.mark.clone(),
            body_bytes: shared.limits.body_bytes,
        }
    }

    /// Asks the server that an order names. Says why there is no response.
    pub(super) async fn forward(&self, order: &ForwardOrder) -> Result<Prepared, String> {
        self.refuse_circle(order.headers())?;
        order.incoming(self.send(order.outgoing()?).await?)
    }

    /// Asks another server. Says why there is no response.
    pub(super) async fn send(&self, outgoing: Outgoing) -> Result<http::Response<Bytes>, String> {
        let Outgoing {
            target,
            mut request,
        } = outgoing;
        self.refuse_circle(request.headers())?;
        self.check(&target)?;
        self.mark.put_on(request.headers_mut());
        let asked = tokio::time::timeout(self.options.timeout, self.ask(request.map(Full::new)));
        let name = target.authority();
        let response = asked
            .await
            .map_err(|_| format!("{name} did not answer in time"))?;
        response.map_err(|reason| format!("{name}: {reason}"))
    }

    fn refuse_circle(&self, headers: &HeaderMap) -> Result<(), String> {
        if self.mark.is_on(headers) {
            return Err(
                "this server has forwarded the request already: it goes in a circle".to_owned(),
            );
        }
        Ok(())
    }

    fn check(&self, target: &Target) -> Result<(), String> {
        let name = target.authority();
        if !self.options.allows(&target.host, target.port) {
            return Err(format!("forwarding to {name} is not allowed"));
        }
        if target.secure && !self.has_roots {
            return Err(format!(
                "{name} is to be asked over TLS, but no authority is known to trust: \
                 neither has this machine root certificates, nor is a file of them named; name one with \
                 --forward-ca or AUTOMOCK_FORWARD_CA, or a bundle in place of the machine's with SSL_CERT_FILE"
            ));
        }
        Ok(())
    }

    async fn ask(
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
