//! The adapter to AWS: clients, the registry in S3, discovery and removal.

mod bucket;
mod certificates;
mod classify;
mod client;
mod clients;
mod clock;
mod compute;
mod examine;
mod identity;
mod inventory;
mod load_balancing;
mod network;
mod objects;
mod observability;
mod orphans;
mod reaper;
mod recheck;
mod registry;
mod remover;
mod scaling;
mod settle;
mod storage;
mod tags;
mod tasks;
mod topic;
mod versions;

pub use classify::{Classified, classify};
pub use client::{http_client, s3_client, sdk_config};
pub use clients::Clients;
pub use clock::SystemClock;
pub use inventory::AwsInventory;
pub use objects::S3Objects;
pub use orphans::{AwsOrphans, OrphanedStack, Orphans, Underivable};
pub use registry::S3Registry;
pub use remover::AwsRemover;
pub use topic::SnsTopic;
