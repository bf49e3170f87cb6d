//! The reaper's package for Lambda: [`archive`] writes the same bytes for the same program, [`verify`]
//! builds again and compares.

pub(crate) mod archive;
pub(crate) mod verify;

pub(crate) use archive::Package;
