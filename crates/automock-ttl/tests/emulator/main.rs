//! Discovery, removal and the registry against an emulated AWS.

mod failures;
mod network;
mod registry;
mod services;
mod teardown;
mod world;
