//! A request whose headers may not have been read yet.

use http::{HeaderName, HeaderValue};

use crate::request::Request;

/// Names and values of headers as they were received, each name in whatever case.
pub type RawHeaders<'a> = &'a [(&'a str, &'a [u8])];

/// A request whose headers may not have been read yet. Most expectations don't look at them, and a map
/// of them costs more than to find the expectation.
#[derive(Debug)]
pub struct Arrival<'a> {
    request: Request,
    unread: RawHeaders<'a>,
}

impl<'a> Arrival<'a> {
    /// A request without headers, and the headers that it would have.
    #[must_use]
    pub fn new(request: Request, unread: RawHeaders<'a>) -> Self {
        Self { request, unread }
    }

    /// The request with all that is known of it, but for headers that have not been read.
    #[must_use]
    pub fn known(&self) -> &Request {
        &self.request
    }

    /// The headers that have not been read.
    #[must_use]
    pub fn unread(&self) -> RawHeaders<'a> {
        self.unread
    }

    /// The whole request.
    pub fn read(&mut self) -> &Request {
        for (name, value) in std::mem::take(&mut self.unread) {
            // Whoever received them has checked them.
            if let (Ok(name), Ok(value)) = (
                HeaderName::from_bytes(name.as_bytes()),
                HeaderValue::from_bytes(value),
            ) {
                self.request.headers.append(name, value);
            }
        }
        &self.request
    }

    /// The whole request.
    #[must_use]
    pub fn into_request(mut self) -> Request {
        self.read();
        self.request
    }

    /// What is known, and the headers that have not been read.
    #[must_use]
    pub fn into_parts(self) -> (Request, RawHeaders<'a>) {
        (self.request, self.unread)
    }
}

impl From<Request> for Arrival<'_> {
    fn from(request: Request) -> Self {
        Self::new(request, &[])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_read_once() {
        let raw: RawHeaders<'_> = &[("X-A", b"1"), ("x-a", b"2"), ("b", b"\xff")];
        let mut arrival = Arrival::new(Request::get("/"), raw);
        assert!(arrival.known().headers.is_empty());
        arrival.read();
        let headers = arrival.read().headers.clone();
        let values: Vec<_> = headers.get_all("x-a").iter().collect();
        assert_eq!(values, ["1", "2"]);
        assert_eq!(headers["b"].as_bytes(), b"\xff");
        assert!(arrival.unread().is_empty());
    }
}
