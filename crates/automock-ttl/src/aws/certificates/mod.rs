//! The domain of a stack: its certificate and its DNS records.

mod acm;
mod dns;
mod proof;

pub(super) use acm::{examine, in_zone, list, presence, remove, scan, tags_of};
pub(super) use dns::{
    examine as examine_record, presence as record_presence, remove as remove_record,
    scan as scan_records,
};
