//! The table `[domain]`.

use super::reader::{Fault, Reader};
use super::spec::{Field, Kind, Table};
use super::writer::Writer;
use crate::domain::Domain;

/// The first name of an ACM certificate has at most 64 characters:
/// <https://docs.aws.amazon.com/acm/latest/APIReference/API_RequestCertificate.html>.
const MAX_CERTIFICATE_NAME: usize = 64;
/// A DNS name has at most 253 characters.
const MAX_ZONE: usize = 253;

pub(super) static SPEC: Table = Table {
    doc: "A custom domain with HTTPS. Without it, the mock is served over HTTP under the load \
          balancer's own name.",
    fields: &[
        Field::required(
            "name",
            Kind::Text { pattern: None },
            "\"mock.example.com\"",
            "The mock's host name, inside the zone.",
        ),
        Field::required(
            "zone",
            Kind::Text { pattern: None },
            "\"example.com\"",
            "The name of a public Route 53 hosted zone in the same account.",
        ),
    ],
};

pub(super) fn read(reader: &Reader<'_>) -> Option<Domain> {
    let name = reader.text("name", |text| parse_host(text, MAX_CERTIFICATE_NAME));
    let zone = reader.text("zone", |text| parse_host(text, MAX_ZONE));
    let (name, zone) = (name?, zone?);
    if name != zone && !name.ends_with(&format!(".{zone}")) {
        let reason = format!("is not inside domain.zone ({zone})");
        reader.report("name", Fault::new(reason));
    }
    Some(Domain { name, zone })
}

pub(super) fn write(domain: &Domain, writer: &mut Writer) {
    writer.section("domain");
    writer.set("name", domain.name.as_str());
    writer.set("zone", domain.zone.as_str());
}

fn parse_host(text: &str, max: usize) -> Result<String, Fault> {
    if let Some(bare) = text.strip_suffix('.') {
        return Err(Fault::new("ends with a dot").hint(format!("write {bare:?}")));
    }
    if let Some((_, rest)) = text.split_once("://") {
        let host = rest.split(['/', ':']).next().unwrap_or_default();
        return Err(Fault::new("is a URL, not a host name").hint(format!("write {host:?}")));
    }
    if text.bytes().any(|b| b.is_ascii_uppercase()) {
        let lower = text.to_ascii_lowercase();
        return Err(Fault::new("has capital letters").hint(format!("write {lower:?}")));
    }
    if text.len() > max {
        return Err(Fault::new(format!(
            "has {} characters; at most {max} are possible",
            text.len()
        )));
    }
    if !text.contains('.') || !text.split('.').all(is_label) {
        return Err(Fault::new("is not a host name"));
    }
    Ok(text.to_owned())
}

fn is_label(label: &str) -> bool {
    !label.is_empty()
        && label.len() <= 63
        && label
            .bytes()
            .all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-'))
        && !label.starts_with('-')
        && !label.ends_with('-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn host_names_are_checked_by_shape() {
        assert!(parse_host("mock.example.com", 64).is_ok());
        for bad in [
            "",
            "localhost",
            "a..b",
            "-a.b",
            "*.example.com",
            "a_b.c",
            "ä.de",
        ] {
            assert!(parse_host(bad, 64).is_err(), "{bad}");
        }
        let hint = |text| parse_host(text, 64).unwrap_err().suggestion.unwrap();
        assert_eq!(
            hint("https://mock.example.com/x"),
            "write \"mock.example.com\""
        );
        assert_eq!(hint("example.com."), "write \"example.com\"");
        assert_eq!(hint("Example.com"), "write \"example.com\"");
    }
}
