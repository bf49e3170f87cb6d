//! Buckets, log groups, alarms and dashboards.

use super::{on, row};
use crate::kind::ResourceKind as K;
use crate::permissions::scope::{ANYTHING, BUCKETS, LOG_GROUPS, MONITORING, OBJECTS};
use crate::permissions::{Access, Operation, Service};

pub(super) static OPERATIONS: &[Operation] = &[
    row(
        Service::S3,
        "get_bucket_tagging",
        Access::Read,
        &[K::Bucket],
        &[on("s3:GetBucketTagging", &BUCKETS)],
    ),
    row(
        Service::S3,
        "head_bucket",
        Access::Read,
        &[K::Bucket],
        &[on("s3:ListBucket", &BUCKETS)],
    ),
    row(
        Service::S3,
        "list_multipart_uploads",
        Access::Read,
        &[K::Bucket],
        &[on("s3:ListBucketMultipartUploads", &BUCKETS)],
    ),
    row(
        Service::S3,
        "list_object_versions",
        Access::Read,
        &[K::Bucket],
        &[on("s3:ListBucketVersions", &BUCKETS)],
    ),
    row(
        Service::S3,
        "abort_multipart_upload",
        Access::Delete,
        &[K::Bucket],
        &[on("s3:AbortMultipartUpload", &OBJECTS)],
    ),
    row(
        Service::S3,
        "delete_objects",
        Access::Delete,
        &[K::Bucket],
        &[
            on("s3:DeleteObject", &OBJECTS),
            on("s3:DeleteObjectVersion", &OBJECTS),
        ],
    ),
    row(
        Service::S3,
        "delete_bucket",
        Access::Delete,
        &[K::Bucket],
        &[on("s3:DeleteBucket", &BUCKETS)],
    ),
    row(
        Service::Logs,
        "describe_log_groups",
        Access::Read,
        &[K::LogGroup],
        &[on("logs:DescribeLogGroups", &ANYTHING)],
    ),
    row(
        Service::Logs,
        "list_tags_for_resource",
        Access::Read,
        &[K::LogGroup],
        &[on("logs:ListTagsForResource", &LOG_GROUPS)],
    ),
    row(
        Service::Logs,
        "delete_log_group",
        Access::Delete,
        &[K::LogGroup],
        &[on("logs:DeleteLogGroup", &LOG_GROUPS)],
    ),
    row(
        Service::CloudWatch,
        "describe_alarms",
        Access::Read,
        &[K::Alarm],
        &[on("cloudwatch:DescribeAlarms", &ANYTHING)],
    ),
    row(
        Service::CloudWatch,
        "get_dashboard",
        Access::Read,
        &[K::Dashboard],
        &[on("cloudwatch:GetDashboard", &MONITORING)],
    ),
    row(
        Service::CloudWatch,
        "list_tags_for_resource",
        Access::Read,
        &[K::Alarm],
        &[on("cloudwatch:ListTagsForResource", &MONITORING)],
    ),
    row(
        Service::CloudWatch,
        "delete_alarms",
        Access::Delete,
        &[K::Alarm],
        &[on("cloudwatch:DeleteAlarms", &MONITORING)],
    ),
    row(
        Service::CloudWatch,
        "delete_dashboards",
        Access::Delete,
        &[K::Dashboard],
        &[on("cloudwatch:DeleteDashboards", &MONITORING)],
    ),
];
