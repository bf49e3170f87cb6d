//! The network: NAT gateways, endpoints, public addresses and what goes through them.

use std::fmt::Write as _;

use automock_model::{NetworkMode, Project};

use super::compute::MINIMUM_TASK_SECONDS;
use super::observability::log_bytes;
use super::{BYTES_PER_GB, Lines, Window, billed_hours, span};
use crate::load::Load;
use crate::money::Quantity;
use crate::prices::Item;

/// Services that a network without a way out reaches through interface endpoints
/// (`terraform/modules/networking/endpoints.tf`).
const ENDPOINTS: u64 = 3;

/// What goes from one zone to another is billed twice, as going out and as coming in:
/// <https://aws.amazon.com/ec2/pricing/on-demand/>, "data transfer within the same AWS Region".
const ZONE_DIRECTIONS: f64 = 2.0;

const BYTES_PER_MIB: f64 = 1_048_576.0;

pub(super) fn add(lines: &mut Lines<'_>, project: &Project, load: &Load, window: &Window) {
    gateways(lines, project, load, window);
    endpoints(lines, project, load, window);
    addresses(lines, project, window);
    data_out(lines, load, window);
}

fn gateways(lines: &mut Lines<'_>, project: &Project, load: &Load, window: &Window) {
    let gateways = nat_gateways(project);
    if gateways == 0 {
        return;
    }
    let hours = billed_hours(window);
    lines.add(
        Item::NatGatewayHour,
        "NAT gateways",
        Quantity::whole(u64::from(gateways) * hours),
        format!("{gateways} gateways × {hours} h"),
    );
    let images = image_bytes(project, load, window);
    let logs = log_bytes(project, load, window).tasks;
    let bytes = images + logs;
    let parts = format!(
        "{:.3} GB of images and {:.3} GB of logs; S3 has an endpoint of its own",
        images / BYTES_PER_GB,
        logs / BYTES_PER_GB,
    );
    lines.add(Item::NatGatewayGb, "NAT data", gb(bytes), parts);
    if gateways < project.network.zones {
        let zones = project.network.zones;
        let share = f64::from(zones - gateways) / f64::from(zones);
        lines.add(
            Item::CrossZoneGb,
            "Data between zones",
            gb(bytes * share * ZONE_DIRECTIONS),
            format!(
                "NAT data of {} of {zones} zones without a gateway, billed out of one zone and into \
                 the other",
                zones - gateways
            ),
        );
    }
}

fn endpoints(lines: &mut Lines<'_>, project: &Project, load: &Load, window: &Window) {
    if project.network.mode != NetworkMode::PrivateEndpoints {
        return;
    }
    let zones = u64::from(project.network.zones);
    let hours = billed_hours(window);
    lines.add(
        Item::EndpointHour,
        "Interface endpoints",
        Quantity::whole(ENDPOINTS * zones * hours),
        format!("{ENDPOINTS} endpoints × {zones} zones × {hours} h"),
    );
    let logs = log_bytes(project, load, window).tasks;
    lines.add(
        Item::EndpointGb,
        "Endpoint data",
        gb(logs),
        "logs of the tasks; image layers come from S3, whose endpoint is free".to_owned(),
    );
}

fn addresses(lines: &mut Lines<'_>, project: &Project, window: &Window) {
    let (nodes, public_tasks) = match &project.network.mode {
        NetworkMode::Existing(existing) => {
            let subnets =
                u32::try_from(existing.load_balancer_subnet_ids.len()).unwrap_or(u32::MAX);
            (subnets, existing.assign_public_ip)
        }
        NetworkMode::Public => (project.network.zones, true),
        NetworkMode::Private | NetworkMode::PrivateSingleNat | NetworkMode::PrivateEndpoints => {
            (project.network.zones, false)
        }
    };
    let (tasks, later) = if public_tasks {
        (window.tasks, window.started_later())
    } else {
        (0, 0)
    };
    let gateways = nat_gateways(project);
    let all = u64::from(nodes) + u64::from(tasks) + u64::from(gateways);
    let minutes = u128::from(later) * u128::from(MINIMUM_TASK_SECONDS);
    let mut parts = format!(
        "({nodes} of the load balancer + {gateways} of NAT gateways + {tasks} of tasks) × {}",
        span(window.seconds)
    );
    if later > 0 {
        let _ = write!(parts, " + {later} of tasks started later × 1 min");
    }
    lines.add(
        Item::PublicIpv4Hour,
        "Public IPv4 addresses",
        Quantity::ratio(
            u128::from(all) * u128::from(window.seconds) + minutes,
            3_600,
        ),
        parts,
    );
}

fn data_out(lines: &mut Lines<'_>, load: &Load, window: &Window) {
    let requests = window.requests();
    lines.add(
        Item::DataOutGb,
        "Data out to the internet",
        gb(requests * f64::from(load.response_bytes)),
        format!("{requests:.0} answers × {} bytes", load.response_bytes),
    );
}

/// The NAT gateways that a project creates.
pub(super) fn nat_gateways(project: &Project) -> u32 {
    match project.network.mode {
        NetworkMode::Private => project.network.zones,
        NetworkMode::PrivateSingleNat => 1,
        NetworkMode::PrivateEndpoints | NetworkMode::Public | NetworkMode::Existing(_) => 0,
    }
}

/// Bytes of images that tasks pull through NAT gateways. Layers of ECR in the same region come
/// from S3, which has an endpoint of its own
/// (<https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html>).
fn image_bytes(project: &Project, load: &Load, window: &Window) -> f64 {
    let engine = &project.engine;
    // An image that the project doesn't name is the engine's own, in the account's registry.
    let images = [
        (engine.mock.as_ref(), load.mock_image_mib(engine.kind)),
        (engine.loader.as_ref(), load.loader_image_mib),
    ];
    if engine.mirror {
        return 0.0;
    }
    let own_registry = format!(".dkr.ecr.{}.", project.region);
    let through_nat = images
        .into_iter()
        .filter_map(|(image, mib)| Some((image?, mib)))
        .filter(|(image, _)| !image.image.contains(&own_registry));
    let mib: u32 = through_nat.map(|(_, mib)| mib).sum();
    f64::from(window.launches) * f64::from(mib) * BYTES_PER_MIB
}

pub(super) fn gb(bytes: f64) -> Quantity {
    Quantity::measured(bytes / BYTES_PER_GB)
}
