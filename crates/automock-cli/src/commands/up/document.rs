//! A document on the web: expectations, or an OpenAPI document.

use std::error::Error as _;
use std::time::Duration;

use reqwest::header::{ETAG, HeaderValue, IF_NONE_MATCH};
use reqwest::{Client, StatusCode, Url};

/// How long a connection, and a whole answer, may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const ANSWER_TIMEOUT: Duration = Duration::from_mins(1);

/// The largest document, as of an S3 object. OpenAPI documents of 13 MB exist.
const LARGEST: usize = 64 << 20;

/// Why a document was not read, in words.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct NotRead(String);

/// A document on the web, and the version of it that was read last.
#[derive(Debug)]
pub(super) struct WebDocument {
    url: Url,
    client: Client,
    entity_tag: Option<HeaderValue>,
}

impl WebDocument {
    /// # Errors
    ///
    /// When it is no address.
    pub(super) fn new(url: &str) -> Result<Self, NotRead> {
        // The library takes the process's choice of cryptography, and fails without one.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let url = url
            .parse()
            .map_err(|error| NotRead(format!("it is no address: {error}")))?;
        let client = Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(ANSWER_TIMEOUT)
            .user_agent(concat!("automock/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(in_full)?;
        Ok(Self {
            url,
            client,
            entity_tag: None,
        })
    }

    /// Its address without what may be secret: user, password and query.
    pub(super) fn shown(&self) -> String {
        let mut shown = self.url.clone();
        shown.set_query(None);
        // Only addresses without a host have no room for them.
        let _ = shown.set_username("");
        let _ = shown.set_password(None);
        shown.into()
    }

    /// Reads it; `None` when the server says that it is as it was.
    ///
    /// # Errors
    ///
    /// When the server does not answer, has none, or it is too large or no text.
    pub(super) async fn read(&mut self) -> Result<Option<String>, NotRead> {
        let mut request = self.client.get(self.url.clone());
        if let Some(tag) = &self.entity_tag {
            request = request.header(IF_NONE_MATCH, tag);
        }
        let mut answer = request.send().await.map_err(in_full)?;
        match answer.status() {
            StatusCode::NOT_MODIFIED => return Ok(None),
            status if !status.is_success() => {
                return Err(NotRead(format!("the server answers {status}")));
            }
            _ => {}
        }
        let entity_tag = answer.headers().get(ETAG).cloned();
        let mut content = Vec::new();
        while let Some(piece) = answer.chunk().await.map_err(in_full)? {
            content.extend_from_slice(&piece);
            if content.len() > LARGEST {
                return Err(NotRead("it has more than 64 MiB".to_owned()));
            }
        }
        let text = String::from_utf8(content)
            .map_err(|error| NotRead(format!("it is no text in UTF-8: {error}")))?;
        self.entity_tag = entity_tag;
        Ok(Some(text))
    }
}

fn in_full(error: reqwest::Error) -> NotRead {
    let error = error.without_url();
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(current) = cause {
        words = format!("{words}: {current}");
        cause = current.source();
    }
    NotRead(words)
}
