//! The reaper's package for Lambda: build it, judge it, pack it.
//!
//! What decides is pure: [`elf::Needs`] reads what a program asks of its system, [`fitness`] knows what
//! Lambda has to offer, [`archive`] writes the same bytes for the same program. [`build`] runs
//! cargo, with the host's linker or with zig's.

pub(crate) mod archive;
pub(crate) mod build;
pub(crate) mod elf;
pub(crate) mod fitness;
pub(crate) mod target;
pub(crate) mod verify;
pub(crate) mod zig;

pub(crate) use archive::Package;
pub(crate) use build::{Build, Recipe};
pub(crate) use target::{Linker, Target};
