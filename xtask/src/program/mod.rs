//! Programs for other machines: built so that the place of the build leaves no trace, and judged.
//!
//! [`elf::Needs`] reads what a program asks of its system, [`fitness`] knows what Lambda has to offer, and
//! that a container with nothing else in it offers nothing. [`build`] runs cargo, with the host's linker
//! or with zig's.

pub(crate) mod build;
pub(crate) mod elf;
pub(crate) mod fitness;
pub(crate) mod target;
pub(crate) mod zig;

pub(crate) use build::{Build, Recipe};
pub(crate) use target::{Linker, Target};
