//! The adapter to AWS: clients, the registry in S3, discovery and removal.

mod certificates;
mod classify;
mod client;
mod clients;
mod clock;
mod compute;
mod identity;
mod inventory;
mod load_balancing;
mod network;
mod observability;
mod reaper;
mod registry;
mod remover;
mod scaling;
mod settle;
mod storage;
mod tags;
mod tasks;

pub use classify::{Classified, classify};
pub use client::{http_client, s3_client, sdk_config};
pub use clients::Clients;
pub use clock::SystemClock;
pub use inventory::AwsInventory;
pub use registry::S3Registry;
pub use remover::AwsRemover;
