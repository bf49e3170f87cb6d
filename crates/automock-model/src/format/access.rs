//! The table `[access]`.

use ipnet::Ipv4Net;

use super::cidr;
use super::reader::{Fault, Reader};
use super::spec::{Field, Kind, Literal, Table};
use super::writer::Writer;
use crate::access::Access;

/// A security group has at most 60 inbound rules; HTTP and HTTPS take one for each range of the
/// mock, and the control API one for each of its own:
/// <https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html>.
const MAX_RANGES: usize = 20;
/// Two halves make the whole internet, so wide ranges are refused and not only `0.0.0.0/0`.
const WIDEST_CONTROL_PREFIX: u8 = 8;

pub(super) static SPEC: Table = Table {
    doc: "Who may call the mock and its control API.",
    fields: &[
        Field::default(
            "mock",
            Kind::Texts {
                min: 1,
                max: MAX_RANGES,
            },
            Literal::Texts(&["0.0.0.0/0"]),
            "Address ranges that may call the mock.",
        ),
        Field::default(
            "control",
            Kind::Texts {
                min: 0,
                max: MAX_RANGES,
            },
            Literal::Texts(&[]),
            "Address ranges that may call the control API, which rewrites mocks; nobody unless set. \
             Callers also need the token that the environment variable AUTOMOCK_CONTROL_TOKEN holds \
             at deploy time.",
        ),
    ],
};

pub(super) fn read(reader: &Reader<'_>) -> Option<Access> {
    let mock = reader.texts("mock", cidr::parse_ipv4);
    let control = reader.texts("control", parse_control);
    Some(Access {
        mock: mock?,
        control: control?,
    })
}

pub(super) fn write(access: &Access, writer: &mut Writer) {
    writer.section("access");
    writer.set_texts("mock", &access.mock);
    writer.set_texts("control", &access.control);
}

fn parse_control(text: &str) -> Result<Ipv4Net, Fault> {
    let hint = "name the addresses of your office or build machines".to_owned();
    if matches!(text, "0.0.0.0/0" | "::/0") {
        let reason = "would open the control API to the internet";
        return Err(Fault::new(reason).hint(hint));
    }
    let net = cidr::parse_ipv4(text)?;
    if net.prefix_len() < WIDEST_CONTROL_PREFIX {
        let reason = format!(
            "opens the control API to a large part of the internet; /{WIDEST_CONTROL_PREFIX} is the \
             widest range possible"
        );
        return Err(Fault::new(reason).hint(hint));
    }
    Ok(net)
}
