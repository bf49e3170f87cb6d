//! The head of a request, if there is nothing unusual about it.

use std::mem::MaybeUninit;

use http::Method;
use smallvec::SmallVec;

use super::inbox::MOST;
use crate::arrival::RawHeaders;

/// A request with more headers is unusual.
pub(super) const MOST_HEADERS: usize = 32;

/// What bytes are that have been read.
pub(super) enum Seen<T> {
    /// Part of a head.
    Incomplete,
    /// A plain head, and not all of its body.
    Cut,
    /// A plain request of so many bytes.
    Plain(T, usize),
    /// Something else, whether it is a request or not.
    Unusual,
}

/// A plain request.
pub(in crate::http) struct Head<'b> {
    /// Its method.
    pub(in crate::http) method: Method,
    /// Its path and its query: letters that need no check any more.
    pub(in crate::http) target: &'b str,
    /// Its headers.
    pub(in crate::http) headers: RawHeaders<'b>,
    /// Its body.
    pub(in crate::http) body: &'b [u8],
}

impl<T> Seen<T> {
    /// Looks at bytes, and hands a plain request on.
    pub(super) fn of(bytes: &[u8], answer: impl FnOnce(&Head<'_>) -> T) -> Self {
        if bytes.is_empty() {
            return Self::Incomplete;
        }
        let mut headers = [const { MaybeUninit::uninit() }; MOST_HEADERS];
        let mut request = httparse::Request::new(&mut []);
        match request.parse_with_uninit_headers(bytes, &mut headers) {
            Ok(httparse::Status::Partial) => Self::Incomplete,
            Ok(httparse::Status::Complete(length)) => {
                read(&request, bytes, length, answer).unwrap_or(Self::Unusual)
            }
            Err(_) => Self::Unusual,
        }
    }
}

fn read<T>(
    request: &httparse::Request<'_, '_>,
    bytes: &[u8],
    length: usize,
    answer: impl FnOnce(&Head<'_>) -> T,
) -> Option<Seen<T>> {
    if request.version != Some(1) {
        return None;
    }
    let method = method(request.method?)?;
    let target = request.path.filter(|target| is_plain_target(target))?;
    let mut body_length = None;
    let mut headers: SmallVec<[(&str, &[u8]); MOST_HEADERS]> = SmallVec::new();
    for header in &*request.headers {
        match judge(header.name, header.value) {
            Meaning::None => {}
            Meaning::Length(_) if body_length.is_some() => return None,
            Meaning::Length(told) => body_length = Some(told),
            Meaning::Unusual => return None,
        }
        headers.push((header.name, header.value));
    }
    let end = length.checked_add(body_length.unwrap_or(0))?;
    let Some(body) = bytes.get(length..end) else {
        return (end <= MOST).then_some(Seen::Cut);
    };
    let head = Head {
        method,
        target,
        headers: &headers,
        body,
    };
    Some(Seen::Plain(answer(&head), end))
}

fn method(name: &str) -> Option<Method> {
    Some(match name {
        "GET" => Method::GET,
        "POST" => Method::POST,
        "PUT" => Method::PUT,
        "DELETE" => Method::DELETE,
        "PATCH" => Method::PATCH,
        "OPTIONS" => Method::OPTIONS,
        _ => return None,
    })
}

/// What a header means for the connection.
enum Meaning {
    None,
    /// How long the body is.
    Length(usize),
    Unusual,
}

fn judge(name: &str, value: &[u8]) -> Meaning {
    let is = |other: &str| name.eq_ignore_ascii_case(other);
    match name.len() {
        10 if is("connection") => {
            if value.eq_ignore_ascii_case(b"keep-alive") {
                Meaning::None
            } else {
                Meaning::Unusual
            }
        }
        14 if is("content-length") => length(value).map_or(Meaning::Unusual, Meaning::Length),
        6 if is("expect") => Meaning::Unusual,
        7 if is("upgrade") => Meaning::Unusual,
        17 if is("transfer-encoding") => Meaning::Unusual,
        _ => Meaning::None,
    }
}

fn length(value: &[u8]) -> Option<usize> {
    let is_number = !value.is_empty() && value.iter().all(u8::is_ascii_digit);
    let digits = std::str::from_utf8(value).ok().filter(|_| is_number)?;
    digits.parse().ok()
}

/// Whether it is a path on this server, of letters that every reader of URIs takes for the same.
fn is_plain_target(target: &str) -> bool {
    target.starts_with('/') && target.bytes().all(|byte| PLAIN[usize::from(byte)])
}

/// Letters of a path or a query. <https://www.rfc-editor.org/rfc/rfc3986#appendix-A>
static PLAIN: [bool; 256] = {
    let letters =
        b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~!$&'()*+,;=:@/?%";
    let mut plain = [false; 256];
    let mut place = 0;
    while place < letters.len() {
        plain[letters[place] as usize] = true;
        place += 1;
    }
    plain
};

#[cfg(test)]
mod tests {
    use super::*;

    /// The parts of a plain request, and how many bytes it has.
    fn plain(text: &str) -> Option<(String, usize)> {
        let show = |head: &Head<'_>| {
            let headers = head.headers.iter();
            let headers: Vec<_> = headers.map(|(name, value)| (name, value.len())).collect();
            format!(
                "{} {} {headers:?} {:?}",
                head.method, head.target, head.body
            )
        };
        match Seen::of(text.as_bytes(), show) {
            Seen::Plain(shown, length) => Some((shown, length)),
            _ => None,
        }
    }

    fn seen(text: &str) -> Seen<()> {
        Seen::of(text.as_bytes(), |_| ())
    }

    #[test]
    fn a_plain_request_is_read() {
        let text = "POST /a/b?c=%20 HTTP/1.1\r\nHost: x\r\ncontent-length: 3\r\n\r\nabcGET";
        let expected = r#"POST /a/b?c=%20 [("Host", 1), ("content-length", 1)] [97, 98, 99]"#;
        assert_eq!(plain(text), Some((expected.to_owned(), text.len() - 3)));
        let kept = "GET / HTTP/1.1\r\nConnection: Keep-Alive\r\n\r\n";
        assert!(plain(kept).is_some());
    }

    #[test]
    fn more_is_awaited_of_a_head() {
        for text in ["", "G", "GET / HTTP/1.1\r\n", "GET / HTTP/1.1\r\na: b\r\n"] {
            assert!(matches!(seen(text), Seen::Incomplete), "{text}");
        }
    }

    #[test]
    fn the_rest_of_a_short_body_is_awaited() {
        let text = "PUT / HTTP/1.1\r\nContent-Length: 2\r\n\r\na";
        assert!(matches!(seen(text), Seen::Cut));
    }

    #[test]
    fn everything_else_is_unusual() {
        let many = (0..40).map(|number| format!("a{number}: b\r\n"));
        let many = format!("GET / HTTP/1.1\r\n{}\r\n", many.collect::<String>());
        for text in [
            "GET / HTTP/1.0\r\n\r\n",
            "HEAD / HTTP/1.1\r\n\r\n",
            "BREW / HTTP/1.1\r\n\r\n",
            "get / HTTP/1.1\r\n\r\n",
            "OPTIONS * HTTP/1.1\r\n\r\n",
            "GET http://a/ HTTP/1.1\r\n\r\n",
            "GET /{a} HTTP/1.1\r\n\r\n",
            "GET /#a HTTP/1.1\r\n\r\n",
            "GET /ä HTTP/1.1\r\n\r\n",
            "GET / HTTP/1.1\r\nConnection: close\r\n\r\n",
            "GET / HTTP/1.1\r\nConnection: keep-alive, upgrade\r\n\r\n",
            "GET / HTTP/1.1\r\nUpgrade: h2c\r\n\r\n",
            "PUT / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 0\r\n\r\n",
            "PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "PUT / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\na",
            "PUT / HTTP/1.1\r\nContent-Length: +1\r\n\r\na",
            "PUT / HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\na",
            "PUT / HTTP/1.1\r\nContent-Length: 20000\r\n\r\na",
            "GET / HTTP/1.1\r\n a: b\r\n\r\n",
            "no request at all\r\n\r\n",
            &many,
        ] {
            assert!(matches!(seen(text), Seen::Unusual), "{text}");
        }
    }
}
