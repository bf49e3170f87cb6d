//! Deadlines, registry, inventory and teardown of AutoMock stacks.
//!
//! A stack costs money as long as it exists, so this crate is about its end: it remembers what
//! was made, knows when the time is up, finds everything that belongs to a stack, and removes
//! it, and nothing else.
//!
//! # The record
//!
//! A [`StackRecord`](record::StackRecord) exists before the first resource of its stack and
//! counts the time from then on, so a deploy that dies half-way expires like any other. A
//! [`Phase`](record::Phase) only ever takes legal steps; from "tearing down" none leads back.
//!
//! Records are kept in a [`Registry`](registry::Registry), a directory or a bucket. Each change
//! presents the version that it is based on, so of two writers one wins:
//!
//! ```
//! use automock_ttl::registry::{LocalRegistry, Registry, RegistryError};
//! # use automock_ttl::record::*;
//! # use jiff::Timestamp;
//! # fn record(now: Timestamp) -> StackRecord {
//! #     let name = || "automock-petstore-dev".to_owned();
//! #     StackRecord::new(NewStack {
//! #         stack_id: "petstore-dev".parse().unwrap(),
//! #         project: "petstore".parse().unwrap(),
//! #         environment: "dev".parse().unwrap(),
//! #         region: "us-east-1".to_owned(),
//! #         account: "123456789012".parse().unwrap(),
//! #         ttl_seconds: Some(4 * 3600),
//! #         warning_lead_seconds: 3600,
//! #         state: StateLocation::Local { path: "terraform.tfstate".into() },
//! #         operation: None,
//! #         automock_version: "0.1.0".to_owned(),
//! #         names: StackNames {
//! #             prefix: name(), iam_path: name(), execution_role: name(), task_role: name(),
//! #             log_group_prefix: name(), config_bucket: name(), load_balancer: name(),
//! #             target_group: name(), cluster: name(), service: name(), task_family: name(),
//! #             dashboard: name(), reaper_function: name(), reaper_rule: name(), domain: None,
//! #         },
//! #     }, now)
//! # }
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let directory = tempfile::tempdir()?;
//! # let now: Timestamp = "2026-01-02T12:00:00Z".parse()?;
//! let registry = LocalRegistry::new(directory.path());
//! let mut torn_down = record(now);
//! let mut extended = torn_down.clone();
//! let version = registry.create(&torn_down).await?;
//!
//! torn_down.step(Phase::TearingDown, now)?;
//! registry.update(&torn_down, &version).await?;
//!
//! extended.set_expiry(None, now)?;
//! let late = registry.update(&extended, &version).await;
//! assert!(matches!(late, Err(RegistryError::Conflict { .. })));
//! # Ok(())
//! # }
//! ```
//!
//! # The deadline
//!
//! [`deadline::decide`] says what is due: nothing, the warning, the end, or going on with an
//! end that was interrupted. It takes the time as an argument and works for any record and any
//! time.
//!
//! # The inventory
//!
//! An [`Inventory`](inventory::Inventory) is the result of one look at the cloud. It tells apart
//! what is the stack's, what merely lies in its place, and what could not be looked at. A
//! resource is the stack's if it carries the tag [`inventory::OWNERSHIP_TAG`]; the few kinds
//! without tags need another proof. What is unknown counts as present.
//!
//! # The teardown
//!
//! [`kind`] declares what has to be gone before what, and why. [`teardown::Progress`] decides
//! from that and from the answers so far what can be done now; it neither waits nor calls
//! anybody. [`teardown::remove_all`] does it, against any [`Cloud`](teardown::Cloud) and
//! [`Clock`](teardown::Clock).
//!
//! # The reaper
//!
//! [`reaper::Reaper`] joins all of this into a teardown that survives being stopped at any call.
//! [`reaper::Reaper::tick`] is one run of the stack's Lambda: it warns, expires, goes on or ends.
//! A command uses [`reaper::Reaper::begin`] and, after terraform has had its turn,
//! [`reaper::Teardown::carry_on`]. Both need the outside world only through the traits of
//! [`reaper::World`].
//!
//! Of two runs one holds the [`Lease`](reaper::Lease) and the other stays away. What AWS shows is
//! the truth; the [`Journal`](reaper::Journal) keeps what AWS cannot show any more, and every
//! write to it, as every other, is conditional. A [`Message`](reaper::Message) is sent at most
//! once, because the claim to send it is written first. Two looks that find nothing, half a minute
//! apart, prove the end; then come the [`Receipt`](reaper::Receipt), Terraform's state, the rule,
//! the function and the record, in an order in which whatever is still missing has somebody left
//! to do it.
//!
//! ```
//! use automock_ttl::kind::{Plan, ResourceKind as K};
//!
//! let plan = Plan::of([K::Vpc, K::ElasticIp, K::NatGateway]);
//! assert_eq!(
//!     plan.to_string(),
//!     "1. NAT gateway\n\
//!      2. elastic IP\n     after NAT gateway: the NAT gateway holds the address\n\
//!      3. VPC\n     after NAT gateway: it stands in the VPC\n"
//! );
//! ```
//!
//! # AWS
//!
//! With the feature `aws`, the module `aws` has the registry in S3, the inventory of a real
//! account and region, and the removal of every kind. Without it the crate knows no SDK, no
//! clock and no network, and builds in seconds.

#[cfg(feature = "aws")]
pub mod aws;
pub mod deadline;
mod failure;
pub mod inventory;
mod jitter;
pub mod kind;
pub mod permissions;
pub mod reaper;
pub mod record;
pub mod registry;
pub mod teardown;

#[cfg(test)]
mod fixture;

pub use failure::CloudFailure;
