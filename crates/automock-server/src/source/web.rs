//! A document on the web: expectations, or an OpenAPI document.

use std::error::Error as _;
use std::time::Duration;

use reqwest::header::{ETAG, HeaderValue, IF_NONE_MATCH};
use reqwest::{Client, StatusCode, Url};

use super::content::LARGEST;
use super::{Content, SourceError};

/// How long a connection, and a whole answer, may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const ANSWER_TIMEOUT: Duration = Duration::from_mins(1);

/// A document on the web, and the version of it that was read last.
#[derive(Debug)]
pub(super) struct WebDocument {
    url: Url,
    client: Client,
    entity_tag: Option<HeaderValue>,
}

impl WebDocument {
    /// # Errors
    /// When it is not a valid address.
    pub(super) fn new(url: &str) -> Result<Self, SourceError> {
        // The library takes the process's choice of cryptography, and fails without one.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let url: Url = url.parse().map_err(|error| SourceError::Fetch {
            name: url.to_owned(),
            reason: format!("invalid address: {error}"),
        })?;
        let client = Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(ANSWER_TIMEOUT)
            .user_agent(concat!("automock/", env!("CARGO_PKG_VERSION")))
            .build();
        let client = client.map_err(|error| failed(&url, in_full(error)))?;
        Ok(Self {
            url,
            client,
            entity_tag: None,
        })
    }

    /// Reads it; `None` when the server says that it is as it was.
    ///
    /// # Errors
    /// When the server does not answer, does not have it, or it is too large.
    pub(super) async fn read(&mut self) -> Result<Option<Content>, SourceError> {
        let mut request = self.client.get(self.url.clone());
        if let Some(tag) = &self.entity_tag {
            request = request.header(IF_NONE_MATCH, tag);
        }
        let fail = |error| failed(&self.url, in_full(error));
        let mut answer = request.send().await.map_err(fail)?;
        match answer.status() {
            StatusCode::NOT_MODIFIED => return Ok(None),
            status if !status.is_success() => {
                return Err(failed(&self.url, format!("the server answers {status}")));
            }
            _ => {}
        }
        let entity_tag = answer.headers().get(ETAG).cloned();
        let mut content = Vec::new();
        while let Some(piece) = answer.chunk().await.map_err(fail)? {
            content.extend_from_slice(&piece);
            if content.len() > LARGEST {
                return Err(failed(&self.url, "it has more than 64 MiB".to_owned()));
            }
        }
        self.entity_tag = entity_tag;
        Ok(Some(Content::named(shown(&self.url), content)))
    }
}

fn failed(url: &Url, reason: String) -> SourceError {
    SourceError::Fetch {
        name: shown(url),
        reason,
    }
}

/// An address without what may be secret: user, password and query.
fn shown(url: &Url) -> String {
    let mut shown = url.clone();
    shown.set_query(None);
    // Only addresses without a host have no room for them.
    let _ = shown.set_username("");
    let _ = shown.set_password(None);
    shown.into()
}

fn in_full(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(current) = cause {
        words = format!("{words}: {current}");
        cause = current.source();
    }
    words
}
