//! A request as matchers, templates and the journal see it.

use std::borrow::Cow;
use std::net::SocketAddr;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, COOKIE};
use http::{HeaderMap, Method};

use crate::charset;

/// A request that has been received completely.
#[derive(Clone, Debug)]
pub struct Request {
    /// Its method.
    pub method: Method,
    /// Its path without the query, percent-decoded.
    pub path: String,
    /// The parameters of its query in their order, decoded.
    pub query: Vec<(String, String)>,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Bytes,
    /// Whether it came over TLS.
    pub secure: bool,
    /// Whether its connection stays open.
    pub keep_alive: bool,
    /// Its version of HTTP.
    pub protocol: Protocol,
    /// Where it came from, if that is known.
    pub remote: Option<SocketAddr>,
}

/// A version of HTTP, as expectations call it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// HTTP/1.0 or HTTP/1.1.
    Http1,
    /// HTTP/2.
    Http2,
}

impl Protocol {
    /// The word in an expectations file.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Http1 => "HTTP_1_1",
            Self::Http2 => "HTTP_2",
        }
    }
}

impl Request {
    /// A GET request without anything else, for tests and for filters that name only a path.
    #[must_use]
    pub fn get(path: impl Into<String>) -> Self {
        Self {
            method: Method::GET,
            path: path.into(),
            query: Vec::new(),
            headers: HeaderMap::new(),
            body: Bytes::new(),
            secure: false,
            keep_alive: true,
            protocol: Protocol::Http1,
            remote: None,
        }
    }

    /// Its cookies, in the order in which they were sent.
    pub fn cookies(&self) -> impl Iterator<Item = (&str, &str)> {
        let headers = self.headers.get_all(COOKIE).iter();
        let texts = headers.filter_map(|value| value.to_str().ok());
        texts.flat_map(|text| {
            text.split(';')
                .filter_map(|pair| pair.trim().split_once('='))
                .map(|(name, value)| (name.trim(), value.trim().trim_matches('"')))
        })
    }

    /// The media type of its body without parameters, in lower case.
    #[must_use]
    pub fn media_type(&self) -> Option<String> {
        let value = self.headers.get(CONTENT_TYPE)?.to_str().ok()?;
        let essence = value.split(';').next().unwrap_or_default().trim();
        (!essence.is_empty()).then(|| essence.to_ascii_lowercase())
    }

    /// Its body as text, in the charset that it says or else in UTF-8, whatever the bytes are.
    #[must_use]
    pub fn text(&self) -> Cow<'_, str> {
        charset::decode(&self.body, self.charset())
    }

    fn charset(&self) -> Option<&str> {
        let value = self.headers.get(CONTENT_TYPE)?.to_str().ok()?;
        let mut parameters = value.split(';').skip(1);
        parameters.find_map(|parameter| {
            let (name, charset) = parameter.split_once('=')?;
            let is_charset = name.trim().eq_ignore_ascii_case("charset");
            is_charset.then(|| charset.trim())
        })
    }
}

/// Takes a query or a form body apart: `a=1&b=2`, with `+` for a blank and percent-encoding.
#[must_use]
pub fn parse_parameters(text: &str) -> Vec<(String, String)> {
    let pairs = text.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode_form(name), decode_form(value))
        })
        .collect()
}

fn decode_form(text: &str) -> String {
    let blanks = text.replace('+', " ");
    decode(&blanks)
}

/// A path without percent-encoding.
#[must_use]
pub fn decoded(path: &str) -> String {
    if path.contains('%') {
        decode(path)
    } else {
        path.to_owned()
    }
}

/// Undoes percent-encoding; bytes that are no UTF-8 become replacement characters.
#[must_use]
pub fn decode(text: &str) -> String {
    percent_encoding::percent_decode_str(text)
        .decode_utf8_lossy()
        .into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_decoded_and_keep_their_order() {
        let found = parse_parameters("b=2&a=x%20y&a=+z&flag&=v&&");
        let expected = [
            ("b", "2"),
            ("a", "x y"),
            ("a", " z"),
            ("flag", ""),
            ("", "v"),
        ];
        let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(found, expected);
    }

    #[test]
    fn cookies_of_several_headers_are_read() {
        let mut request = Request::get("/");
        request
            .headers
            .append(COOKIE, "a=1; b=\"two\"".parse().unwrap());
        request.headers.append(COOKIE, "c=3=3".parse().unwrap());
        let cookies: Vec<_> = request.cookies().collect();
        assert_eq!(cookies, [("a", "1"), ("b", "two"), ("c", "3=3")]);
    }

    #[test]
    fn a_media_type_has_no_parameters() {
        let mut request = Request::get("/");
        assert_eq!(request.media_type(), None);
        let value = "Application/JSON; charset=utf-8".parse().unwrap();
        request.headers.insert(CONTENT_TYPE, value);
        assert_eq!(request.media_type().as_deref(), Some("application/json"));
    }
}
