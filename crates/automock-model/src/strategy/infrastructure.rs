//! Strategies for network, access, domain, engine, IAM and observability.

use std::net::Ipv4Addr;

use ipnet::Ipv4Net;
use proptest::collection::hash_set;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use crate::format::{DEFAULT_CIDR, DEFAULT_ZONES, RETENTION_DAYS};
use crate::{
    Access, ContainerImage, Domain, Engine, EngineKind, ExistingNetwork, Iam, Network, NetworkMode,
    Observability, Region,
};

/// Any network.
pub fn network() -> BoxedStrategy<Network> {
    let modes = [
        NetworkMode::Private,
        NetworkMode::PrivateSingleNat,
        NetworkMode::PrivateEndpoints,
        NetworkMode::Public,
    ];
    let new = (select(modes.to_vec()), 2..=3_u32, vpc_cidr());
    let new = new.prop_map(|(mode, zones, cidr)| Network { mode, zones, cidr });
    // The file cannot hold zones and range of an existing network, so they are the defaults.
    let existing = existing_network().prop_map(|existing| Network {
        mode: NetworkMode::Existing(existing),
        zones: DEFAULT_ZONES,
        cidr: DEFAULT_CIDR.parse().expect("the default is valid"),
    });
    prop_oneof![4 => new, 1 => existing].boxed()
}

fn vpc_cidr() -> impl Strategy<Value = Ipv4Net> {
    let first = prop_oneof![
        any::<[u8; 2]>().prop_map(|[b, c]| Ipv4Addr::new(10, b, c, 0)),
        (16..32_u8, any::<u8>()).prop_map(|(b, c)| Ipv4Addr::new(172, b, c, 0)),
        any::<u8>().prop_map(|c| Ipv4Addr::new(192, 168, c, 0)),
    ];
    (first, 16..=22_u8).prop_map(|(address, bits)| net(address, bits))
}

fn net(address: Ipv4Addr, bits: u8) -> Ipv4Net {
    Ipv4Net::new(address, bits)
        .expect("at most 32 bits")
        .trunc()
}

fn existing_network() -> impl Strategy<Value = ExistingNetwork> {
    let subnets = |min: usize| {
        hash_set("subnet-([0-9a-f]{8}|[0-9a-f]{17})", min..5)
            .prop_map(|ids| ids.into_iter().collect())
    };
    let vpc = "vpc-([0-9a-f]{8}|[0-9a-f]{17})";
    (vpc, subnets(2), subnets(1), any::<bool>()).prop_map(
        |(vpc_id, load_balancer_subnet_ids, task_subnet_ids, assign_public_ip)| ExistingNetwork {
            vpc_id,
            load_balancer_subnet_ids,
            task_subnet_ids,
            assign_public_ip,
        },
    )
}

/// Any custom domain.
pub fn domain() -> impl Strategy<Value = Domain> {
    let zone = "[a-z0-9]{1,12}(-[a-z]{1,4})?\\.(example|test)";
    (zone, option::of("[a-z][a-z0-9]{0,9}(\\.[a-z]{1,9})?")).prop_map(|(zone, host)| Domain {
        name: host.map_or_else(|| zone.clone(), |host| format!("{host}.{zone}")),
        zone,
    })
}

/// Any access.
pub fn access() -> impl Strategy<Value = Access> {
    (ranges(0, 1), ranges(8, 0)).prop_map(|(mock, control)| Access { mock, control })
}

fn ranges(widest: u8, least: usize) -> impl Strategy<Value = Vec<Ipv4Net>> {
    let range = (any::<u32>(), widest..=32).prop_map(|(bits, length)| net(bits.into(), length));
    hash_set(range, least..5).prop_map(|ranges| ranges.into_iter().collect())
}

/// Any images that tasks can pull in the region and network.
pub fn engine(region: &Region, network: &Network) -> BoxedStrategy<Engine> {
    let reload = 5..=600_u64;
    let kind = select(vec![EngineKind::MockServer, EngineKind::AutoMock]);
    let images = (image(region, network), image(region, network));
    (kind, any::<[bool; 2]>(), images, reload)
        .prop_map(
            |(kind, [is_named, mirror], (mock, loader), reload_every_seconds)| Engine {
                kind,
                mock: (is_named || kind == EngineKind::MockServer).then_some(mock),
                loader: (kind == EngineKind::MockServer).then_some(loader),
                mirror: mirror && kind == EngineKind::MockServer,
                reload_every_seconds,
            },
        )
        .boxed()
}

fn image(region: &Region, network: &Network) -> BoxedStrategy<ContainerImage> {
    let suffix = region.partition().dns_suffix();
    let ecr = format!("{region}.{suffix}");
    let private = "[0-9]{12}".prop_map(move |account| format!("{account}.dkr.ecr.{ecr}/"));
    let registry = if network.mode == NetworkMode::PrivateEndpoints {
        private.boxed()
    } else {
        let public = select(vec!["", "public.ecr.aws/", "localhost:5000/"]);
        prop_oneof![private, public.prop_map(str::to_owned)].boxed()
    };
    let name =
        "[a-z0-9]{1,8}([._/-][a-z0-9]{1,8}){0,2}:[0-9]{1,2}(\\.[0-9]{1,2}){0,2}(-[a-z]{1,4})?";
    let digest = option::of("sha256:[0-9a-f]{64}");
    (registry, name, digest)
        .prop_map(|(registry, name, digest)| ContainerImage {
            image: format!("{registry}{name}"),
            digest,
        })
        .boxed()
}

/// Any IAM settings that fit the region's partition.
pub fn iam(region: &Region) -> BoxedStrategy<Iam> {
    let partition = region.partition();
    let policy = ("([0-9]{12}|aws)", "[A-Za-z0-9+=,.@_-]{1,12}(/[a-z]{1,8})?")
        .prop_map(move |(account, name)| format!("arn:{partition}:iam::{account}:policy/{name}"));
    (option::of(policy), "/([A-Za-z0-9+=,.@_-]{1,12}/){0,3}")
        .prop_map(|(permissions_boundary, path)| Iam {
            permissions_boundary,
            path,
        })
        .boxed()
}

/// Any observability.
pub fn observability() -> impl Strategy<Value = Observability> {
    (
        any::<bool>(),
        select(RETENTION_DAYS.as_slice()),
        any::<bool>(),
    )
        .prop_map(
            |(container_insights, log_retention_days, dashboard)| Observability {
                container_insights,
                log_retention_days,
                dashboard,
            },
        )
}
