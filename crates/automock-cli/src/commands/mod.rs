//! One file per verb: its arguments, and the call into the library.

pub mod bootstrap;
pub mod check;
pub mod completions;
pub mod deploy;
pub mod destroy;
pub mod doctor;
pub mod extend;
pub mod forecast;
pub mod init;
pub mod list;
pub mod man;
pub mod plan;
pub mod push;
pub mod render;
pub mod status;
pub mod sweep;
pub mod up;
