//! Calls that fail on purpose, and the list of calls.

mod support;

use automock_testkit::{Fault, fresh_world};
use serde_json::json;
use support::{Aws, Reply};

const VPC: &str = "Action=CreateVpc&CidrBlock=10.0.0.0/16&Version=2016-11-15";

fn create_vpc(aws: &Aws<'_>, access_key: &str) -> Option<Reply> {
    let headers = [("Content-Type", "application/x-www-form-urlencoded")];
    aws.try_as(access_key, "POST", "ec2", "/", &headers, VPC)
}

#[test]
fn an_error_comes_instead_of_the_chosen_call() {
    let world = fresh_world();
    let aws = Aws(&world);
    let throttled = Fault::error("ec2", "CreateVpc", "503 Busy", "RequestLimitExceeded");
    world.fault(&throttled.from_call(2)).unwrap();
    let statuses: Vec<_> = (0..3)
        .map(|_| create_vpc(&aws, "test").unwrap().status)
        .collect();
    assert_eq!(statuses, [200, 503, 200]);
    assert_eq!(world.census().unwrap().count("ec2", "vpc"), 2);
    assert_eq!(world.pending_faults().unwrap(), 0);
}

#[test]
fn a_lost_answer_belongs_to_a_call_that_was_done_and_a_lost_call_to_none() {
    let world = fresh_world();
    let aws = Aws(&world);
    world
        .fault(&Fault::lost_answer("ec2", "CreateVpc"))
        .unwrap();
    assert!(create_vpc(&aws, "test").is_none());
    assert_eq!(world.census().unwrap().count("ec2", "vpc"), 1);

    world
        .fault(&Fault::lost_call("ec2", "Create*").times(2))
        .unwrap();
    assert!(create_vpc(&aws, "test").is_none());
    assert_eq!(world.pending_faults().unwrap(), 1);
    assert!(create_vpc(&aws, "test").is_none());
    assert_eq!(world.census().unwrap().count("ec2", "vpc"), 1);
    assert!(create_vpc(&aws, "test").is_some());
}

#[test]
fn a_cut_answer_is_less_than_its_head_announces() {
    let world = fresh_world();
    let aws = Aws(&world);
    aws.s3("PUT", "/shelf", &[], "").ok();
    aws.s3("PUT", "/shelf/book", &[], "all of it").ok();
    world.fault(&Fault::cut_answer("s3", "GetObject")).unwrap();
    assert!(
        aws.try_as("test", "GET", "s3", "/shelf/book", &[], "")
            .is_none()
    );
    assert_eq!(aws.s3("GET", "/shelf/book", &[], "").ok(), "all of it");
}

#[test]
fn a_fault_can_belong_to_one_caller_and_be_taken_back() {
    let world = fresh_world();
    let aws = Aws(&world);
    let fault = Fault::lost_call("*", "*").times(99).of("AKIADOOMED");
    world.fault(&fault).unwrap();
    assert!(create_vpc(&aws, "AKIADOOMED").is_none());
    assert!(create_vpc(&aws, "test").is_some());
    world.clear_faults().unwrap();
    assert!(create_vpc(&aws, "AKIADOOMED").is_some());
}

#[test]
fn an_error_speaks_the_language_of_its_service() {
    let world = fresh_world();
    let aws = Aws(&world);
    let code = "ThrottlingException";
    world
        .fault(&Fault::error(
            "ecs",
            "ListClusters",
            "400 Bad Request",
            code,
        ))
        .unwrap();
    let body = aws.ecs("ListClusters", &json!({})).body;
    assert!(
        body.contains(r#""__type": "ThrottlingException""#),
        "{body}"
    );
    world
        .fault(&Fault::error(
            "s3",
            "ListBuckets",
            "503 Slow Down",
            "SlowDown",
        ))
        .unwrap();
    let body = aws.s3("GET", "/", &[], "").body;
    assert!(body.contains("<Error><Code>SlowDown</Code>"), "{body}");
}

#[test]
fn calls_are_named_in_their_order_whatever_protocol_they_speak() {
    let world = fresh_world();
    let aws = Aws(&world);
    let before = world.calls().unwrap().len();
    aws.s3("PUT", "/things", &[], "").ok();
    aws.s3("GET", "/things?versions", &[], "").ok();
    aws.s3("GET", "/things?list-type=2&prefix=x", &[], "").ok();
    aws.s3("GET", "/things?tagging", &[], "");
    aws.s3("PUT", "/things/some/key?x-id=PutObject", &[], "text")
        .ok();
    aws.s3("DELETE", "/things/some/key?versionId=null", &[], "");
    aws.s3("HEAD", "/things", &[], "").ok();
    aws.s3("DELETE", "/things/key?uploadId=1", &[], "");
    aws.send("GET", "lambda", "/2015-03-31/functions/f", &[], "");
    aws.send("GET", "route53", "/2013-04-01/hostedzone/Z/rrset", &[], "");
    aws.ecs("ListClusters", &json!({})).ok();
    world.fault(&Fault::lost_call("ec2", "*")).unwrap();
    create_vpc(&aws, "test");
    let calls = world.calls_since(before).unwrap();
    let names: Vec<_> = calls.iter().map(ToString::to_string).collect();
    assert_eq!(
        names,
        [
            "s3:CreateBucket",
            "s3:ListObjectVersions",
            "s3:ListObjectsV2",
            "s3:GetBucketTagging",
            "s3:PutObject",
            "s3:DeleteObject",
            "s3:HeadBucket",
            "s3:AbortMultipartUpload",
            "lambda:GetFunction",
            "route53:ListResourceRecordSets",
            "ecs:ListClusters",
            "ec2:CreateVpc",
        ]
    );
    assert_eq!(calls[0].status, Some(200));
    assert_eq!(calls[11].status, None);
    assert_eq!(calls[0].access_key, "test");
}

#[test]
fn a_fault_that_makes_no_sense_is_refused() {
    let world = fresh_world();
    let error = world
        .fault(&Fault::lost_call("ec2", "*").from_call(0))
        .unwrap_err();
    assert!(error.to_string().contains("counted from 1"), "{error}");
}
