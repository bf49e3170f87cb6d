//! Discovery, removal and the registry against an emulated AWS.

mod network;
mod registry;
mod services;
mod teardown;
mod world;
