//! `main.tf` and `outputs.tf` of the foundation.

use std::collections::BTreeMap;

use automock_model::Foundation;
use hcl::structure::{Block, Body};

use crate::expr::{reference, text, texts};
use crate::modules::Module;
use crate::root::module_call::{ModuleCall, output};
use crate::{Backend, FoundationOptions};

/// The bucket's address inside its module.
const BUCKET_ADDRESS: &str = "module.state_backend.aws_s3_bucket.state";

pub(crate) const MODULES: [Module; 3] = [
    Module::StateBackend,
    Module::ImageRegistry,
    Module::TtlCleanupAccount,
];

/// The sources from which the foundation's blocks are made.
pub(crate) struct FoundationRoot<'a> {
    options: &'a FoundationOptions,
    names: Foundation,
}

impl<'a> FoundationRoot<'a> {
    pub(crate) fn new(options: &'a FoundationOptions) -> Self {
        let names = Foundation::new(options.account_id.clone(), options.region.clone());
        Self { options, names }
    }

    /// The state lives in the bucket that it describes. The lock table is not used for it: the
    /// first run creates that table.
    pub(crate) fn backend(&self) -> Backend {
        Backend::S3 {
            bucket: Some(self.names.bucket()),
            key: Foundation::STATE_KEY.to_owned(),
            region: self.options.region.to_string(),
            lock_table: None,
            path_style: self.options.path_style,
        }
    }

    pub(crate) fn tags() -> BTreeMap<String, String> {
        Foundation::tags()
            .into_iter()
            .map(|(key, value)| (key.into(), value.into()))
            .collect()
    }

    /// `main.tf`
    pub(crate) fn main(&self) -> Body {
        Body::from(vec![
            self.import(),
            self.state_backend(),
            image_registry(),
            self.ttl_cleanup_account(),
        ])
    }

    /// `outputs.tf`
    pub(crate) fn outputs() -> Body {
        [
            (
                "bucket_name",
                Module::StateBackend,
                "Bucket with states, registry, journals and receipts.",
            ),
            (
                "lock_table_name",
                Module::StateBackend,
                "DynamoDB lock table; null without one.",
            ),
            (
                "repository_url",
                Module::ImageRegistry,
                "Repository of the engine's images.",
            ),
            (
                "role_arn",
                Module::TtlCleanupAccount,
                "ARN of the role that all reapers have.",
            ),
            (
                "topic_arn",
                Module::TtlCleanupAccount,
                "ARN of the topic that carries warnings and receipts.",
            ),
            (
                "log_group_name",
                Module::TtlCleanupAccount,
                "Log group of all reapers.",
            ),
        ]
        .into_iter()
        .map(|(name, module, description)| {
            Block::builder("output")
                .add_label(name)
                .add_attribute(("description", text(description)))
                .add_attribute(("value", output(module, name)))
                .build()
        })
        .collect()
    }

    /// The bucket exists before the first run, because the run's own state goes into it. Importing
    /// it makes every run the same, whether the one before was finished or not.
    fn import(&self) -> Block {
        Block::builder("import")
            .add_attribute(("to", reference(BUCKET_ADDRESS)))
            .add_attribute(("id", text(self.names.bucket())))
            .build()
    }

    fn state_backend(&self) -> Block {
        let lock_table = self
            .options
            .lock_table
            .then(|| text(Foundation::LOCK_TABLE));
        ModuleCall::new(Module::StateBackend)
            .arg("bucket_name", text(self.names.bucket()))
            .optional("lock_table_name", lock_table)
            .build()
    }

    fn ttl_cleanup_account(&self) -> Block {
        let boundary = self.options.permissions_boundary.as_ref();
        ModuleCall::new(Module::TtlCleanupAccount)
            .arg("role_name", text(self.names.reaper_role()))
            .arg("role_path", text(Foundation::REAPER_ROLE_PATH))
            .optional("permissions_boundary", boundary.map(text))
            .arg("log_group_name", text(Foundation::REAPER_LOG_GROUP))
            .arg("log_retention_days", self.options.log_retention_days)
            .arg("topic_name", text(self.names.topic()))
            .arg("mail", texts(&self.options.mail))
            .arg(
                "state_bucket_arn",
                output(Module::StateBackend, "bucket_arn"),
            )
            .build()
    }
}

fn image_registry() -> Block {
    ModuleCall::new(Module::ImageRegistry)
        .arg("repository_name", text(Foundation::ENGINE_REPOSITORY))
        .build()
}
