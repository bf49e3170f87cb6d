//! Discovery, removal, the registry and the reaper's other ports against an emulated AWS.

mod examine;
mod failures;
mod network;
mod objects;
mod orphans;
mod permissions;
mod recheck;
mod registry;
mod services;
mod teardown;
mod topic;
mod world;
