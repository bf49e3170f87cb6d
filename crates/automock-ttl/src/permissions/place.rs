//! Where a policy holds.

use automock_model::Foundation;

/// The values that Terraform fills into a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The partition, such as `aws`.
    pub partition: String,
    /// The region.
    pub region: String,
    /// The account's number.
    pub account: String,
    /// ARN of the foundation's bucket.
    pub bucket_arn: String,
    /// ARN of the foundation's topic.
    pub topic_arn: String,
    /// ARN of the reapers' log group, without the trailing `:*`.
    pub log_group_arn: String,
}

impl Place {
    /// The place of a foundation.
    #[must_use]
    pub fn of(foundation: &Foundation) -> Self {
        Self {
            partition: foundation.region.partition().to_string(),
            region: foundation.region.to_string(),
            account: foundation.account.to_string(),
            bucket_arn: foundation.bucket_arn(),
            topic_arn: foundation.topic_arn(),
            log_group_arn: foundation.reaper_log_group_arn(),
        }
    }

    /// Fills the values into a text.
    #[must_use]
    pub fn fill(&self, text: &str) -> String {
        self.values()
            .iter()
            .fold(text.to_owned(), |text, (name, value)| {
                text.replace(&format!("${{{name}}}"), value)
            })
    }

    fn values(&self) -> [(&'static str, &str); 6] {
        [
            ("partition", &self.partition),
            ("region", &self.region),
            ("account", &self.account),
            ("bucket_arn", &self.bucket_arn),
            ("topic_arn", &self.topic_arn),
            ("log_group_arn", &self.log_group_arn),
        ]
    }
}
