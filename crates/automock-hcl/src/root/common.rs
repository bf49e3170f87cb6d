//! What every root has: versions, backend and provider.

use std::collections::BTreeMap;

use automock_model::{AccountId, Region};
use hcl::structure::{Block, Body};

use crate::Backend;
use crate::expr::{map, object, text, texts};

/// Terraform 1.10 is the first that locks state in S3 itself.
const TERRAFORM_VERSIONS: &str = ">= 1.10";

/// The provider versions that the modules are written for.
const PROVIDER_VERSIONS: &str = ">= 5.100, < 7";

/// `versions.tf`
pub(crate) fn versions() -> Body {
    let aws = object([
        ("source", text("hashicorp/aws")),
        ("version", text(PROVIDER_VERSIONS)),
    ]);
    let providers = Block::builder("required_providers")
        .add_attribute(("aws", aws))
        .build();
    let terraform = Block::builder("terraform")
        .add_attribute(("required_version", text(TERRAFORM_VERSIONS)))
        .add_block(providers)
        .build();
    Body::from(vec![terraform])
}

/// `backend.tf`
pub(crate) fn backend(backend: &Backend) -> Body {
    let block = match backend {
        Backend::Local { path } => Block::builder("backend")
            .add_label("local")
            .add_attribute(("path", text(path))),
        Backend::S3 {
            bucket,
            key,
            region,
            lock_table,
            path_style,
        } => Block::builder("backend")
            .add_label("s3")
            .add_attributes(bucket.as_ref().map(|bucket| ("bucket", text(bucket))))
            .add_attribute(("key", text(key)))
            .add_attribute(("region", text(region)))
            .add_attribute(("encrypt", true))
            .add_attribute(("use_lockfile", true))
            .add_attributes(
                lock_table
                    .as_ref()
                    .map(|table| ("dynamodb_table", text(table))),
            )
            .add_attributes(path_style.then_some(("use_path_style", true))),
    };
    let terraform = Block::builder("terraform").add_block(block.build()).build();
    Body::from(vec![terraform])
}

/// `providers.tf`
pub(crate) fn providers(
    region: &Region,
    account: Option<&AccountId>,
    path_style: bool,
    tags: &BTreeMap<String, String>,
) -> Body {
    let default_tags = || {
        Block::builder("default_tags")
            .add_attribute(("tags", map(tags)))
            .build()
    };
    let provider = Block::builder("provider")
        .add_label("aws")
        .add_attribute(("region", text(region)))
        .add_attributes(account.map(|account| ("allowed_account_ids", texts([account]))))
        .add_attributes(path_style.then_some(("s3_use_path_style", true)))
        .add_blocks((!tags.is_empty()).then(default_tags))
        .build();
    Body::from(vec![provider])
}
