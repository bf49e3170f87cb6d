//! Reads a response.

use http::header::{CONTENT_TYPE, SET_COOKIE};
use http::{HeaderName, HeaderValue, StatusCode};

use super::fields::Fields;
use super::pairs::{Pair, read_single_values, read_values};
use super::response_body::{TypedBody, read_body};
use super::{ConnectionOptions, Delay, HttpResponse, Place, Refusal};
use crate::node::Node;

type Header = (HeaderName, HeaderValue);

impl HttpResponse {
    /// Reads a response.
    ///
    /// # Errors
    /// Everything in it that is refused.
    pub fn read(node: &Node, place: &Place) -> Result<Self, Vec<Refusal>> {
        let mut fields = Fields::of(node, place)?;
        fields.only(
            &[
                "statusCode",
                "reasonPhrase",
                "headers",
                "cookies",
                "body",
                "delay",
                "connectionOptions",
                "primary",
            ],
            &[("trailers", "trailers are not supported")],
        );
        fields.flag("primary");
        let status = read_status(&mut fields);
        let reason = read_reason(&mut fields);
        let mut headers = fields.read("headers", read_headers).unwrap_or_default();
        headers.extend(fields.read("cookies", read_cookies).unwrap_or_default());
        let body = fields.read("body", read_body).unwrap_or_default();
        add_content_type(&mut headers, &body);
        let delay = fields.read("delay", Delay::read);
        let connection = fields.read("connectionOptions", ConnectionOptions::read);
        fields.finish(Some(Self {
            status,
            reason,
            headers,
            written: written(node.get("headers")),
            body: body.bytes,
            delay,
            connection: connection.unwrap_or_default(),
        }))
    }
}

fn read_status(fields: &mut Fields<'_>) -> StatusCode {
    let Some(code) = fields.number::<u16>("statusCode") else {
        return StatusCode::OK;
    };
    StatusCode::from_u16(code).unwrap_or_else(|_| {
        fields.refuse("statusCode", format!("{code} is no status code"));
        StatusCode::OK
    })
}

fn read_reason(fields: &mut Fields<'_>) -> Option<String> {
    let reason = fields.text("reasonPhrase")?;
    if HeaderValue::from_str(reason).is_err() {
        fields.refuse(
            "reasonPhrase",
            "holds characters that a status line cannot have",
        );
    }
    Some(reason.to_owned())
}

fn read_headers(node: &Node, place: &Place) -> Result<Vec<Header>, Vec<Refusal>> {
    let pairs = read_values(node, place)?;
    let headers = pairs
        .into_iter()
        .map(|(name, values)| header_lines(&name, &values, place));
    super::pairs::collect(headers).map(|lines| lines.into_iter().flatten().collect())
}

fn header_lines(name: &str, values: &[String], place: &Place) -> Result<Vec<Header>, Vec<Refusal>> {
    let place = || place.member(name);
    let name = HeaderName::from_bytes(name.as_bytes())
        .map_err(|_| vec![place().refuse("is no name of a header")])?;
    super::pairs::collect(values.iter().map(|value| {
        let value = HeaderValue::from_str(value);
        let value = value.map_err(|_| vec![place().refuse("is no value of a header")]);
        value.map(|value| (name.clone(), value))
    }))
}

/// The names that are not written in lower case, which those of the headers are turned into.
fn written(headers: Option<&Node>) -> Vec<String> {
    let names: Vec<&str> = match headers {
        Some(Node::Object(members)) => members.iter().map(|(name, _)| name.as_str()).collect(),
        Some(Node::Array(items)) => {
            let names = items.iter().filter_map(|item| item.get("name"));
            names.filter_map(Node::as_str).collect()
        }
        _ => Vec::new(),
    };
    let is_other = |name: &&str| name.bytes().any(|byte| byte.is_ascii_uppercase());
    names
        .into_iter()
        .filter(is_other)
        .map(str::to_owned)
        .collect()
}

fn read_cookies(node: &Node, place: &Place) -> Result<Vec<Header>, Vec<Refusal>> {
    let pairs = read_single_values(node, place)?;
    super::pairs::collect(pairs.into_iter().map(|pair| cookie_line(&pair, place)))
}

fn cookie_line((name, values): &Pair, place: &Place) -> Result<Header, Vec<Refusal>> {
    let value = values.first().map_or("", String::as_str);
    HeaderValue::from_str(&format!("{name}={value}"))
        .map(|line| (SET_COOKIE, line))
        .map_err(|_| vec![place.member(name).refuse("is no value of a cookie")])
}

/// A content type that is among the headers wins over that of the body.
fn add_content_type(headers: &mut Vec<Header>, body: &TypedBody) {
    let explicit = headers.iter().any(|(name, _)| name == CONTENT_TYPE);
    if let Some(content_type) = body.content_type.clone().filter(|_| !explicit) {
        headers.push((CONTENT_TYPE, content_type));
    }
}

impl ConnectionOptions {
    pub(crate) fn read(node: &Node, place: &Place) -> Result<Self, Vec<Refusal>> {
        let mut fields = Fields::of(node, place)?;
        fields.only(
            &[
                "suppressContentLengthHeader",
                "contentLengthHeaderOverride",
                "suppressConnectionHeader",
                "keepAliveOverride",
                "closeSocket",
                "closeSocketDelay",
                "chunkSize",
            ],
            &[("chunkDelay", "a delay between chunks is not supported")],
        );
        let options = Self {
            suppress_content_length: fields.flag("suppressContentLengthHeader") == Some(true),
            content_length: fields.number("contentLengthHeaderOverride"),
            suppress_connection: fields.flag("suppressConnectionHeader") == Some(true),
            keep_alive: fields.flag("keepAliveOverride"),
            close_socket: fields.flag("closeSocket") == Some(true),
            close_socket_delay: fields.read("closeSocketDelay", Delay::read),
            chunk_size: fields.number("chunkSize").filter(|size| *size > 0),
        };
        fields.finish(Some(options))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn read(text: &str) -> Result<HttpResponse, Vec<String>> {
        let response = HttpResponse::read(&Node::parse(text).unwrap(), &Place::root());
        response.map_err(|refusals| refusals.iter().map(ToString::to_string).collect())
    }

    fn header_lines(response: &HttpResponse) -> Vec<String> {
        let lines = response.headers.iter();
        lines
            .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()))
            .collect()
    }

    #[test]
    fn nothing_means_200_without_a_body() {
        let response = read("{}").unwrap();
        assert_eq!(response.status, StatusCode::OK);
        assert!(response.headers.is_empty() && response.body.is_empty());
        assert_eq!(response.connection, ConnectionOptions::default());
    }

    #[test]
    fn every_part_is_read() {
        let response = read(
            r#"{"statusCode":404,"reasonPhrase":"Gone fishing","delay":{"timeUnit":"SECONDS","value":1},
                "headers":{"X-A":["1","2"],"X-B":"3"},"cookies":{"session":"x"},
                "body":{"a":1},"connectionOptions":{"closeSocket":true,"chunkSize":3}}"#,
        )
        .unwrap();
        assert_eq!(response.status, StatusCode::NOT_FOUND);
        assert_eq!(response.reason.as_deref(), Some("Gone fishing"));
        assert_eq!(response.delay, Some(Delay::Fixed(Duration::from_secs(1))));
        assert_eq!(
            header_lines(&response),
            [
                "x-a: 1",
                "x-a: 2",
                "x-b: 3",
                "set-cookie: session=x",
                "content-type: application/json",
            ]
        );
        assert_eq!(&response.body[..], b"{\n  \"a\" : 1\n}");
        assert!(response.connection.close_socket);
        assert_eq!(response.connection.chunk_size, Some(3));
    }

    #[test]
    fn an_explicit_content_type_wins() {
        let text = r#"{"headers":[{"name":"content-TYPE","values":["text/x"]}],"body":[1]}"#;
        assert_eq!(header_lines(&read(text).unwrap()), ["content-type: text/x"]);
    }

    #[test]
    fn faults_are_refused_together() {
        let refusals = read(
            r#"{"statusCode":"200","headers":{"a b":["1"],"ok":["x\ny"]},"cookies":{"c":1},
                "bdoy":"x","body":3,"reasonPhrase":"a\nb"}"#,
        );
        assert_eq!(
            refusals.unwrap_err(),
            [
                "bdoy: unknown field (did you mean \"body\"?)",
                "statusCode: is a string, not a whole number",
                "reasonPhrase: holds characters that a status line cannot have",
                "headers.a b: is no name of a header",
                "headers.ok: is no value of a header",
                "cookies.c: is a number, not a string",
                "body: is a number, not a string, an object or an array",
            ]
        );
        assert_eq!(
            read(r#"{"statusCode":99}"#).unwrap_err(),
            ["statusCode: 99 is no status code"]
        );
    }
}
