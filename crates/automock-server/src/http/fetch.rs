//! Fetches the documents that a call of the control API names by URLs.

use bytes::Bytes;
use http::{StatusCode, Uri};

use super::forward::Forwarder;
use crate::control::{Route, Verb, named_urls, with_documents};
use crate::engine::{Outgoing, Target};

/// A call may name so many documents.
const MOST_DOCUMENTS: usize = 16;

impl Forwarder {
    /// Puts documents in the place of their URLs in the body of a call. The same hosts may be asked
    /// that expectations may forward to, because it is the same risk: a client has this machine ask
    /// somebody in its place. Says why a document cannot be had.
    pub(super) async fn with_documents(&self, route: Route, body: Bytes) -> Result<Bytes, String> {
        let Route::Command {
            verb: Verb::OpenApi | Verb::Expectation,
            ..
        } = route
        else {
            return Ok(body);
        };
        let urls = named_urls(&body);
        if urls.is_empty() {
            return Ok(body);
        }
        if urls.len() > MOST_DOCUMENTS {
            return Err(format!(
                "only {MOST_DOCUMENTS} documents can be named in one call"
            ));
        }
        let mut documents = Vec::new();
        for url in urls {
            let text = self.fetch(&url).await?;
            documents.push((url, text));
        }
        Ok(with_documents(&body, &documents).map_or(body, Bytes::from))
    }

    async fn fetch(&self, url: &str) -> Result<String, String> {
        let uri: Uri = url.parse().map_err(|error| format!("{url}: {error}"))?;
        let secure = uri.scheme_str() == Some("https");
        let target = Target {
            host: uri.host().unwrap_or_default().to_owned(),
            port: uri.port_u16().unwrap_or(if secure { 443 } else { 80 }),
            secure,
        };
        let mut request = http::Request::new(Bytes::new());
        *request.uri_mut() = uri;
        let response = self.send(Outgoing { target, request }).await;
        let response =
            response.map_err(|reason| format!("{url}: {reason}; give the document itself"))?;
        if response.status() != StatusCode::OK {
            return Err(format!("{url}: the answer was {}", response.status()));
        }
        let text = String::from_utf8(response.into_body().into());
        text.map_err(|_| format!("{url}: the document is not UTF-8"))
    }
}
