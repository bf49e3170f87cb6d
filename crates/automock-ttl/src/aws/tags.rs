//! Tags of every service in one shape.

use std::collections::BTreeMap;

/// The tags of a resource.
pub(super) type Tags = BTreeMap<String, String>;

/// Collects the tags of a service whose keys and values are optional.
macro_rules! collect_tags {
    ($tags:expr) => {
        $tags
            .iter()
            .filter_map(|tag| {
                Some((
                    tag.key()?.to_owned(),
                    tag.value().unwrap_or_default().to_owned(),
                ))
            })
            .collect::<$crate::aws::tags::Tags>()
    };
}
/// Collects the tags of a service whose keys and values are required.
macro_rules! collect_required_tags {
    ($tags:expr) => {
        $tags
            .iter()
            .map(|tag| (tag.key().to_owned(), tag.value().to_owned()))
            .collect::<$crate::aws::tags::Tags>()
    };
}
pub(super) use {collect_required_tags, collect_tags};
