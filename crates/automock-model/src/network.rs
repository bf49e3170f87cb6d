//! The network that the load balancer and the tasks live in.

use ipnet::Ipv4Net;
use serde::Serialize;

/// The network of a stack.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Network {
    /// Who creates the network and how tasks reach the outside.
    pub mode: NetworkMode,
    /// The number of availability zones, 2 or 3. Without meaning in an existing network.
    pub zones: u32,
    /// The address range of the new VPC. Without meaning in an existing network.
    pub cidr: Ipv4Net,
}

impl Network {
    /// The number of addresses that a new network has for tasks; `None` for an existing network,
    /// which AutoMock does not know.
    ///
    /// The tasks of each zone have a subnet of a quarter of the range. In it AWS keeps five
    /// addresses (<https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html>), and each
    /// VPC endpoint takes one.
    #[must_use]
    pub fn task_addresses(&self) -> Option<u32> {
        const RESERVED: u32 = 5;
        const ENDPOINTS: u32 = 3;
        let taken = match self.mode {
            NetworkMode::Existing(_) => return None,
            NetworkMode::PrivateEndpoints => RESERVED + ENDPOINTS,
            NetworkMode::Private | NetworkMode::PrivateSingleNat | NetworkMode::Public => RESERVED,
        };
        let subnet = 1_u32 << 30_u8.saturating_sub(self.cidr.prefix_len()).min(31);
        Some(subnet.saturating_sub(taken) * self.zones)
    }
}

/// Who creates the network and how tasks reach the outside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum NetworkMode {
    /// A new VPC; tasks in private subnets, one NAT gateway in each zone.
    Private,
    /// A new VPC; tasks in private subnets, one NAT gateway for all zones.
    PrivateSingleNat,
    /// A new VPC; tasks in private subnets that reach only AWS, through VPC endpoints.
    PrivateEndpoints,
    /// A new VPC; tasks in public subnets with public addresses, without a NAT gateway.
    Public,
    /// A VPC and subnets that already exist.
    Existing(ExistingNetwork),
}

impl NetworkMode {
    /// The mode's name in the file.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Private => "private",
            Self::PrivateSingleNat => "private-single-nat",
            Self::PrivateEndpoints => "private-endpoints",
            Self::Public => "public",
            Self::Existing(_) => "existing",
        }
    }
}

/// A VPC and subnets that already exist.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ExistingNetwork {
    /// The VPC.
    pub vpc_id: String,
    /// Subnets of the load balancer, in at least two zones.
    pub load_balancer_subnet_ids: Vec<String>,
    /// Subnets of the tasks; at least one.
    pub task_subnet_ids: Vec<String>,
    /// Whether tasks get public addresses. Needed in subnets that reach the outside through an
    /// internet gateway.
    pub assign_public_ip: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn room(mode: NetworkMode, zones: u32, cidr: &str) -> Option<u32> {
        let cidr = cidr.parse().unwrap();
        Network { mode, zones, cidr }.task_addresses()
    }

    #[test]
    fn tasks_have_a_quarter_of_the_range_in_each_zone() {
        assert_eq!(
            room(NetworkMode::Public, 2, "10.0.0.0/22"),
            Some(2 * (256 - 5))
        );
        assert_eq!(
            room(NetworkMode::Private, 3, "10.0.0.0/16"),
            Some(3 * (16_384 - 5))
        );
        assert_eq!(
            room(NetworkMode::PrivateEndpoints, 2, "10.0.0.0/22"),
            Some(2 * (256 - 8))
        );
        let existing = NetworkMode::Existing(ExistingNetwork {
            vpc_id: "vpc-01234567".to_owned(),
            load_balancer_subnet_ids: Vec::new(),
            task_subnet_ids: Vec::new(),
            assign_public_ip: false,
        });
        assert_eq!(room(existing, 2, "10.0.0.0/16"), None);
    }
}
