//! The table `[network]`.

use ipnet::Ipv4Net;

use super::cidr;
use super::reader::{Fault, Reader};
use super::spec::{Field, Kind, Literal, Table};
use super::writer::Writer;
use crate::network::{ExistingNetwork, Network, NetworkMode};

/// Subnets of one service:
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_AwsVpcConfiguration.html>.
const MAX_SUBNETS: usize = 16;
/// A VPC has at most a /16; a smaller one than this has no room for tasks in three zones:
/// <https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html>.
const PREFIX_LENGTHS: std::ops::RangeInclusive<u8> = 16..=22;

pub(crate) const DEFAULT_CIDR: &str = "10.42.0.0/16";
pub(crate) const DEFAULT_ZONES: u32 = 2;

pub(super) static SPEC: Table = Table {
    doc: "The network that the load balancer and the tasks live in.",
    fields: &[
        Field::default(
            "mode",
            Kind::Choice(&[
                "private",
                "private-single-nat",
                "private-endpoints",
                "public",
                "existing",
            ]),
            Literal::Text("private"),
            "private (tasks without public addresses, one NAT gateway per zone), private-single-nat \
             (one NAT gateway for all zones), private-endpoints (no NAT gateway; tasks reach only \
             AWS), public (tasks with public addresses, the cheapest) or existing (your VPC).",
        ),
        Field::default(
            "zones",
            Kind::Integer { min: 2, max: 3 },
            Literal::Integer(DEFAULT_ZONES),
            "The number of availability zones, 2 or 3.",
        ),
        Field::default(
            "cidr",
            Kind::Text { pattern: None },
            Literal::Text(DEFAULT_CIDR),
            "The address range of the new VPC: a private range of /16 to /22.",
        ),
        Field::optional(
            "vpc_id",
            Kind::Text {
                pattern: Some("^vpc-([0-9a-f]{8}|[0-9a-f]{17})$"),
            },
            "\"vpc-0123456789abcdef0\"",
            "With mode = \"existing\": the VPC.",
        ),
        Field::optional(
            "load_balancer_subnet_ids",
            Kind::Texts {
                min: 2,
                max: MAX_SUBNETS,
            },
            "[\"subnet-0123456789abcdef0\", \"subnet-0123456789abcdef1\"]",
            "With mode = \"existing\": subnets of the load balancer, in at least two zones.",
        ),
        Field::optional(
            "task_subnet_ids",
            Kind::Texts {
                min: 1,
                max: MAX_SUBNETS,
            },
            "[\"subnet-0123456789abcdef2\"]",
            "With mode = \"existing\": subnets of the tasks.",
        ),
        Field::conditional(
            "assign_public_ip",
            Kind::Bool,
            Literal::Bool(false),
            "With mode = \"existing\": whether tasks get public addresses, which they need in \
             subnets without a NAT gateway.",
        ),
    ],
};

const EXISTING_KEYS: [&str; 4] = [
    "vpc_id",
    "load_balancer_subnet_ids",
    "task_subnet_ids",
    "assign_public_ip",
];

pub(super) fn read(reader: &Reader<'_>) -> Option<Network> {
    let mode = reader.choice("mode");
    let zones = reader.integer("zones");
    let cidr = reader.text("cidr", parse_vpc_cidr);
    let mode = mode.and_then(|mode| read_mode(reader, mode));
    Some(Network {
        mode: mode?,
        zones: zones?,
        cidr: cidr?,
    })
}

fn read_mode(reader: &Reader<'_>, mode: &str) -> Option<NetworkMode> {
    if mode == "existing" {
        let reason = "has no meaning with network.mode = \"existing\"";
        reader.refuse(&["zones", "cidr"], reason);
        return read_existing(reader).map(NetworkMode::Existing);
    }
    let reason = "has a meaning only with network.mode = \"existing\"";
    reader.refuse(&EXISTING_KEYS, reason);
    Some(match mode {
        "private-single-nat" => NetworkMode::PrivateSingleNat,
        "private-endpoints" => NetworkMode::PrivateEndpoints,
        "public" => NetworkMode::Public,
        _ => NetworkMode::Private,
    })
}

fn read_existing(reader: &Reader<'_>) -> Option<ExistingNetwork> {
    let vpc_id = reader.text("vpc_id", |text| parse_id(text, "vpc-"));
    let load_balancer = reader.texts("load_balancer_subnet_ids", parse_subnet);
    let tasks = reader.texts("task_subnet_ids", parse_subnet);
    let assign_public_ip = reader.bool("assign_public_ip");
    Some(ExistingNetwork {
        vpc_id: vpc_id?,
        load_balancer_subnet_ids: load_balancer?,
        task_subnet_ids: tasks?,
        assign_public_ip: assign_public_ip?,
    })
}

pub(super) fn write(network: &Network, writer: &mut Writer) {
    writer.section("network");
    writer.set("mode", network.mode.as_str());
    if let NetworkMode::Existing(existing) = &network.mode {
        writer.set("vpc_id", existing.vpc_id.as_str());
        writer.set_texts(
            "load_balancer_subnet_ids",
            &existing.load_balancer_subnet_ids,
        );
        writer.set_texts("task_subnet_ids", &existing.task_subnet_ids);
        writer.set("assign_public_ip", existing.assign_public_ip);
    } else {
        writer.set("zones", network.zones);
        writer.set("cidr", network.cidr.to_string());
    }
}

fn parse_vpc_cidr(text: &str) -> Result<Ipv4Net, Fault> {
    let net = cidr::parse_ipv4(text)?;
    if !PREFIX_LENGTHS.contains(&net.prefix_len()) {
        let (min, max) = (PREFIX_LENGTHS.start(), PREFIX_LENGTHS.end());
        return Err(Fault::new(format!("is not between a /{min} and a /{max}")));
    }
    if !cidr::is_private(net) {
        return Err(Fault::new("is not a private range")
            .hint("choose one inside 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16".to_owned()));
    }
    Ok(net)
}

fn parse_subnet(text: &str) -> Result<String, Fault> {
    parse_id(text, "subnet-")
}

/// Ids have eight hexadecimal digits, or seventeen when created since 2016:
/// <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/resource-ids.html>.
fn parse_id(text: &str, prefix: &str) -> Result<String, Fault> {
    let digits = text.strip_prefix(prefix);
    let is_hex = |digits: &str| {
        matches!(digits.len(), 8 | 17)
            && digits
                .bytes()
                .all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
    };
    if digits.is_some_and(is_hex) {
        return Ok(text.to_owned());
    }
    Err(Fault::new(format!(
        "is not of the form {prefix} and 8 or 17 hexadecimal digits"
    )))
}
