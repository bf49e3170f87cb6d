//! An AWS that answers every question in one way.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::thread;

/// How a fake AWS answers.
#[derive(Clone, Copy)]
pub(crate) struct Behaviour {
    sts: (&'static str, &'static str),
    s3: &'static str,
}

/// A server on the loopback interface that ends with the test binary.
pub(crate) struct FakeAws {
    port: u16,
}

impl FakeAws {
    /// The session's credentials have expired.
    pub(crate) const EXPIRED: Behaviour = Behaviour {
        sts: (
            "403 Forbidden",
            r#"<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>ExpiredToken</Code><Message>The security token included in the request is expired</Message></Error><RequestId>1</RequestId></ErrorResponse>"#,
        ),
        s3: "403 Forbidden",
    };

    /// The credentials work, and the bucket is another account's.
    pub(crate) const FOREIGN_BUCKET: Behaviour = Behaviour {
        sts: (
            "200 OK",
            r#"<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult><Arn>arn:aws:iam::123456789012:user/ana</Arn><UserId>AIDA</UserId><Account>123456789012</Account></GetCallerIdentityResult><ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></GetCallerIdentityResponse>"#,
        ),
        s3: "403 Forbidden",
    };

    pub(crate) fn start(behaviour: Behaviour) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                // A client that went away has its answer already.
                let _ = answer(&stream, behaviour);
            }
        });
        Self { port }
    }

    pub(crate) fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
}

/// Answers one request and closes the connection.
fn answer(mut stream: &TcpStream, behaviour: Behaviour) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream);
    let mut first = String::new();
    reader.read_line(&mut first)?;
    let mut length = 0;
    loop {
        let mut header = String::new();
        reader.read_line(&mut header)?;
        let header = header.trim().to_ascii_lowercase();
        if header.is_empty() {
            break;
        }
        if let Some(value) = header.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap_or(0);
        }
    }
    reader.take(length).read_to_end(&mut Vec::new())?;
    // Only the query protocol posts to the root.
    let (status, body) = if first.starts_with("POST / ") {
        behaviour.sts
    } else {
        (behaviour.s3, "")
    };
    write!(
        stream,
        "HTTP/1.1 {status}\r\ncontent-type: text/xml\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    )
}
