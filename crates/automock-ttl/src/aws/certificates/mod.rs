//! The domain of a stack: its certificate and its DNS records.

mod acm;
mod dns;

pub(super) use acm::{presence, remove, scan};
pub(super) use dns::{presence as record_presence, remove as remove_record, scan as scan_records};
