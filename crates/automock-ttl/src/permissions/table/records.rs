//! The reaper's own records and notices.

use super::{on, row};
use crate::permissions::scope::{RECORDS, RECORDS_BUCKET, TOPIC};
use crate::permissions::{Access, Operation, Service};

pub(super) static OPERATIONS: &[Operation] = &[
    row(
        Service::S3,
        "get_object",
        Access::Read,
        &[],
        &[on("s3:GetObject", &RECORDS)],
    ),
    row(
        Service::S3,
        "list_objects_v2",
        Access::Read,
        &[],
        &[on("s3:ListBucket", &RECORDS_BUCKET)],
    ),
    row(
        Service::S3,
        "list_object_versions",
        Access::Read,
        &[],
        &[on("s3:ListBucketVersions", &RECORDS_BUCKET)],
    ),
    row(
        Service::S3,
        "put_object",
        Access::Change,
        &[],
        &[on("s3:PutObject", &RECORDS)],
    ),
    row(
        Service::S3,
        "delete_object",
        Access::Delete,
        &[],
        &[on("s3:DeleteObject", &RECORDS)],
    ),
    row(
        Service::S3,
        "delete_objects",
        Access::Delete,
        &[],
        &[
            on("s3:DeleteObject", &RECORDS),
            on("s3:DeleteObjectVersion", &RECORDS),
        ],
    ),
    row(
        Service::Sns,
        "publish",
        Access::Change,
        &[],
        &[on("sns:Publish", &TOPIC)],
    ),
];
