//! The things that have a price.

use std::fmt;

use serde::{Serialize, Serializer};

macro_rules! items {
    ($($(#[doc = $doc:literal])+ $name:ident = $key:literal, $unit:literal;)+) => {
        /// A thing that AWS bills, each in a unit of its own.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Item {
            $($(#[doc = $doc])+ $name,)+
        }

        impl Item {
            /// All items, in the order of the price book.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// The item's key in the price book.
            #[must_use]
            pub fn key(self) -> &'static str {
                match self { $(Self::$name => $key,)+ }
            }

            /// The unit that the price is for.
            #[must_use]
            pub fn unit(self) -> &'static str {
                match self { $(Self::$name => $unit,)+ }
            }
        }
    };
}

items! {
    /// One vCPU of x86 tasks on Fargate.
    FargateX86VcpuHour = "fargate-x86-vcpu-hour", "vCPU-hour";
    /// Memory of x86 tasks on Fargate.
    FargateX86GbHour = "fargate-x86-gb-hour", "GB-hour";
    /// One vCPU of ARM tasks on Fargate.
    FargateArmVcpuHour = "fargate-arm-vcpu-hour", "vCPU-hour";
    /// Memory of ARM tasks on Fargate.
    FargateArmGbHour = "fargate-arm-gb-hour", "GB-hour";
    /// One vCPU of x86 tasks on Fargate Spot.
    SpotX86VcpuHour = "fargate-spot-x86-vcpu-hour", "vCPU-hour";
    /// Memory of x86 tasks on Fargate Spot.
    SpotX86GbHour = "fargate-spot-x86-gb-hour", "GB-hour";
    /// One vCPU of ARM tasks on Fargate Spot.
    SpotArmVcpuHour = "fargate-spot-arm-vcpu-hour", "vCPU-hour";
    /// Memory of ARM tasks on Fargate Spot.
    SpotArmGbHour = "fargate-spot-arm-gb-hour", "GB-hour";
    /// Ephemeral storage of a task above the 20 GB that are included.
    EphemeralStorageGbHour = "fargate-ephemeral-storage-gb-hour", "GB-hour";
    /// An application load balancer; a part of an hour counts as a whole one.
    LoadBalancerHour = "load-balancer-hour", "hour";
    /// A load balancer capacity unit.
    CapacityUnitHour = "load-balancer-capacity-unit-hour", "LCU-hour";
    /// A NAT gateway; a part of an hour counts as a whole one.
    NatGatewayHour = "nat-gateway-hour", "hour";
    /// Data through a NAT gateway, in either direction.
    NatGatewayGb = "nat-gateway-gb", "GB";
    /// A public IPv4 address, in use or idle.
    PublicIpv4Hour = "public-ipv4-hour", "address-hour";
    /// An interface endpoint in one zone; a part of an hour counts as a whole one.
    EndpointHour = "interface-endpoint-hour", "endpoint-hour";
    /// Data through an interface endpoint.
    EndpointGb = "interface-endpoint-gb", "GB";
    /// Data between zones, for each direction.
    CrossZoneGb = "cross-zone-gb", "GB";
    /// Data out to the internet, first tier.
    DataOutGb = "data-out-gb", "GB";
    /// Log data that CloudWatch takes in.
    LogIngestionGb = "log-ingestion-gb", "GB";
    /// Log data that CloudWatch keeps.
    LogStorageGbMonth = "log-storage-gb-month", "GB-month";
    /// A metric of one's own, which those of Container Insights are.
    MetricMonth = "custom-metric-month", "metric-month";
    /// An alarm of standard resolution.
    AlarmMonth = "alarm-month", "alarm-month";
    /// An alarm of high resolution.
    HighResolutionAlarmMonth = "high-resolution-alarm-month", "alarm-month";
    /// A dashboard.
    DashboardMonth = "dashboard-month", "dashboard-month";
    /// Invocations of Lambda.
    LambdaRequest = "lambda-request", "request";
    /// Memory of Lambda functions while they run.
    LambdaGbSecond = "lambda-x86-gb-second", "GB-second";
    /// Runs that a schedule of an EventBridge rule starts.
    ScheduledRun = "eventbridge-scheduled-run", "run";
    /// Mails that SNS sends.
    Mail = "sns-mail", "mail";
    /// PUT, COPY, POST and LIST requests to S3.
    S3Put = "s3-put-request", "request";
    /// GET and HEAD requests to S3.
    S3Get = "s3-get-request", "request";
    /// Data in S3.
    S3GbMonth = "s3-gb-month", "GB-month";
}

impl fmt::Display for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.key())
    }
}

impl Serialize for Item {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.key())
    }
}
