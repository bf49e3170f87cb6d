//! AWS regions and partitions.

use std::fmt;

use serde::Serialize;

/// The regions that a project may name without `allow_unlisted_region`, sorted.
///
/// Source: <https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-regions.html>,
/// with the China and `GovCloud` regions.
pub const LISTED_REGIONS: [&str; 38] = [
    "af-south-1",
    "ap-east-1",
    "ap-east-2",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-south-2",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-southeast-3",
    "ap-southeast-4",
    "ap-southeast-5",
    "ap-southeast-6",
    "ap-southeast-7",
    "ca-central-1",
    "ca-west-1",
    "cn-north-1",
    "cn-northwest-1",
    "eu-central-1",
    "eu-central-2",
    "eu-north-1",
    "eu-south-1",
    "eu-south-2",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "il-central-1",
    "me-central-1",
    "me-south-1",
    "mx-central-1",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-gov-east-1",
    "us-gov-west-1",
    "us-west-1",
    "us-west-2",
];

/// An AWS region.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(transparent)]
pub struct Region(String);

/// A text is not a region that AutoMock can use.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RegionError {
    /// The text does not look like a region at all.
    #[error("is not an AWS region")]
    Shape,
    /// The region's partition has other names and services than the known ones.
    #[error("is in an AWS partition that AutoMock does not know")]
    Partition,
}

impl Region {
    /// A region that may be missing in [`LISTED_REGIONS`], as long as it looks like one.
    ///
    /// # Errors
    /// The text is not shaped like a region, or belongs to an unknown partition.
    ///
    /// ```
    /// # use automock_model::{Partition, Region};
    /// let region = Region::new("cn-north-1").unwrap();
    /// assert_eq!(region.partition(), Partition::AwsCn);
    /// assert!(Region::new("the moon").is_err());
    /// ```
    pub fn new(code: &str) -> Result<Self, RegionError> {
        if !is_shaped(code) {
            return Err(RegionError::Shape);
        }
        if code.starts_with("us-iso") || code.starts_with("eu-iso") || code.starts_with("eusc-") {
            return Err(RegionError::Partition);
        }
        Ok(Self(code.to_owned()))
    }

    /// The region's code, such as `us-east-1`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the region is one of [`LISTED_REGIONS`].
    #[must_use]
    pub fn is_listed(&self) -> bool {
        LISTED_REGIONS.contains(&self.as_str())
    }

    /// The partition that the region belongs to.
    #[must_use]
    pub fn partition(&self) -> Partition {
        if self.0.starts_with("cn-") {
            Partition::AwsCn
        } else if self.0.starts_with("us-gov-") {
            Partition::AwsUsGov
        } else {
            Partition::Aws
        }
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Two letters, one or more words, one or two digits: `us-east-1`, `us-gov-west-1`.
fn is_shaped(code: &str) -> bool {
    let parts: Vec<&str> = code.split('-').collect();
    let [area, words @ .., number] = parts.as_slice() else {
        return false;
    };
    let is_word = |word: &&str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase());
    matches!(area.len(), 2..=4)
        && is_word(area)
        && matches!(words.len(), 1..=2)
        && words.iter().all(is_word)
        && matches!(number.len(), 1..=2)
        && number.bytes().all(|b| b.is_ascii_digit())
        && code.len() <= 25
}

/// An AWS partition: a set of regions with its own accounts and ARNs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Partition {
    /// The commercial regions.
    Aws,
    /// The regions in China.
    AwsCn,
    /// The AWS `GovCloud` (US) regions.
    AwsUsGov,
}

impl Partition {
    /// The second field of the partition's ARNs.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Aws => "aws",
            Self::AwsCn => "aws-cn",
            Self::AwsUsGov => "aws-us-gov",
        }
    }

    /// The domain under which the partition's services are found.
    #[must_use]
    pub fn dns_suffix(self) -> &'static str {
        match self {
            Self::Aws | Self::AwsUsGov => "amazonaws.com",
            Self::AwsCn => "amazonaws.com.cn",
        }
    }
}

impl fmt::Display for Partition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_sorted_and_every_entry_is_a_region() {
        assert!(LISTED_REGIONS.is_sorted());
        for code in LISTED_REGIONS {
            let region = Region::new(code).unwrap();
            assert!(region.is_listed());
        }
    }

    #[test]
    fn regions_have_their_partition() {
        let partition = |code| Region::new(code).unwrap().partition();
        assert_eq!(partition("eu-central-1"), Partition::Aws);
        assert_eq!(partition("cn-northwest-1"), Partition::AwsCn);
        assert_eq!(partition("us-gov-west-1"), Partition::AwsUsGov);
        assert_eq!(partition("us-east-1"), Partition::Aws);
    }

    #[test]
    fn new_regions_are_possible_and_nonsense_is_not() {
        let new = Region::new("eu-west-9").unwrap();
        assert!(!new.is_listed());
        for bad in [
            "",
            "us",
            "us-east",
            "us-east-1a",
            "US-EAST-1",
            "us--1",
            "us east 1",
            "-east-1",
        ] {
            assert_eq!(Region::new(bad), Err(RegionError::Shape), "{bad:?}");
        }
        for other in [
            "us-iso-east-1",
            "us-isob-east-1",
            "eusc-de-east-1",
            "eu-isoe-west-1",
        ] {
            assert_eq!(Region::new(other), Err(RegionError::Partition), "{other}");
        }
    }
}
