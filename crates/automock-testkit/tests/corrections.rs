//! Where the layer answers otherwise than stock moto, at the level of the wire.

mod support;

use automock_testkit::fresh_world;
use serde_json::json;
use support::Aws;

#[test]
fn s3_writes_can_be_conditional() {
    let world = fresh_world();
    let aws = Aws(&world);
    aws.s3("PUT", "/states", &[], "").ok();
    let create = [("If-None-Match", "*")];
    assert_eq!(aws.s3("PUT", "/states/a.tflock", &create, "me").status, 200);
    assert_eq!(
        aws.s3("PUT", "/states/a.tflock", &create, "you").status,
        412
    );
    assert_eq!(
        aws.s3("PUT", "/states/a.tflock", &[("If-Match", "\"0\"")], "you")
            .status,
        412
    );
    assert_eq!(
        aws.s3("DELETE", "/states/a.tflock", &[("If-Match", "\"0\"")], "")
            .status,
        412
    );
    assert_eq!(aws.s3("GET", "/states/a.tflock", &[], "").ok(), "me");
    aws.s3("DELETE", "/states/a.tflock", &[], "").ok();
    assert_eq!(
        aws.s3("PUT", "/states/a.tflock", &create, "you").status,
        200
    );
}

#[test]
fn a_lock_can_be_taken_again_in_a_versioned_bucket() {
    let world = fresh_world();
    let aws = Aws(&world);
    aws.s3("PUT", "/states", &[], "").ok();
    version(&aws, "Enabled");
    let create = [("If-None-Match", "*")];
    assert_eq!(aws.s3("PUT", "/states/lock", &create, "1").status, 200);
    aws.s3("DELETE", "/states/lock", &[], "").ok();
    assert_eq!(
        aws.s3("PUT", "/states/lock", &create, "2").status,
        200,
        "a delete marker is no object"
    );
    assert_eq!(aws.s3("PUT", "/states/lock", &create, "3").status, 412);
}

#[test]
fn suspended_versioning_keeps_the_versions() {
    let world = fresh_world();
    let aws = Aws(&world);
    aws.s3("PUT", "/states", &[], "").ok();
    version(&aws, "Enabled");
    aws.s3("PUT", "/states/key", &[], "versioned").ok();
    version(&aws, "Suspended");
    for body in ["null, replaced", "null, last"] {
        aws.s3("PUT", "/states/key", &[], body).ok();
    }
    let census = world.census().unwrap();
    assert_eq!(census.count("s3", "object"), 1);
    assert_eq!(census.count("s3", "noncurrent_version"), 1);
    assert_eq!(aws.s3("GET", "/states/key", &[], "").ok(), "null, last");

    let delete = "<Delete><Object><Key>key</Key><VersionId>null</VersionId></Object></Delete>";
    let deleted = aws.s3("POST", "/states?delete", &[], delete).ok();
    assert!(!deleted.contains("<Error>"), "{deleted}");
    assert_eq!(aws.s3("GET", "/states/key", &[], "").ok(), "versioned");
}

#[test]
fn a_policy_that_denies_plain_http_lets_https_through() {
    let world = fresh_world();
    let aws = Aws(&world);
    aws.s3("PUT", "/states", &[], "").ok();
    let policy = |condition: serde_json::Value| {
        let statement = json!({"Effect": "Deny", "Principal": "*", "Action": "s3:*",
            "Resource": "arn:aws:s3:::states/*", "Condition": condition});
        json!({"Version": "2012-10-17", "Statement": [statement]}).to_string()
    };
    let only_https = policy(json!({"Bool": {"aws:SecureTransport": "false"}}));
    aws.s3("PUT", "/states?policy", &[], &only_https).ok();
    assert_eq!(aws.s3("PUT", "/states/key", &[], "x").status, 200);
    assert_eq!(aws.s3("GET", "/states/key", &[], "").status, 200);

    let nobody = policy(json!({"Bool": {"aws:SecureTransport": "true"}}));
    aws.s3("PUT", "/states?policy", &[], &nobody).ok();
    assert_eq!(aws.s3("GET", "/states/key", &[], "").status, 403);
}

#[test]
fn what_moto_cannot_do_is_no_reason_to_retry() {
    let world = fresh_world();
    let aws = Aws(&world);
    let query = aws.ec2("Action=DescribeVerifiedAccessGroups");
    assert_eq!(query.status, 400);
    assert!(
        query
            .body
            .contains("<Response><Errors><Error><Code>EmulatorUnsupported</Code>"),
        "{}",
        query.body
    );
    assert!(
        query.body.contains("ec2:DescribeVerifiedAccessGroups"),
        "{}",
        query.body
    );
    let targeted = aws.ecs(
        "DescribeServiceRevisions",
        &json!({"serviceRevisionArns": []}),
    );
    assert_eq!(targeted.status, 400);
    assert!(
        targeted.body.contains(r#""__type": "EmulatorUnsupported""#),
        "{}",
        targeted.body
    );
    let rest = aws.send("GET", "lambda", "/1999-01-01/nothing", &[], "");
    assert_eq!(rest.status, 400);
    assert!(rest.body.contains("EmulatorUnsupported"), "{}", rest.body);
    assert!(world.log().contains("ecs:DescribeServiceRevisions"));
}

#[test]
fn cloudwatch_speaks_cbor() {
    let world = fresh_world();
    let aws = Aws(&world);
    let path = "/service/GraniteServiceVersion20100801/operation/";
    let headers = [
        ("Content-Type", "application/cbor"),
        ("smithy-protocol", "rpc-v2-cbor"),
    ];
    // {"DashboardName": "d", "DashboardBody": "{}"}
    let put = "\u{a2}mDashboardNameadmDashboardBodyb{}";
    let put: Vec<u8> = put
        .chars()
        .map(|c| u8::try_from(u32::from(c)).unwrap())
        .collect();
    assert_eq!(
        post_bytes(&aws, &format!("{path}PutDashboard"), &headers, &put).0,
        200
    );
    let (status, body) = post_bytes(&aws, &format!("{path}ListDashboards"), &headers, &[]);
    assert_eq!(status, 200);
    let marker = b"lLastModified\xc1\xfb";
    assert!(
        body.windows(marker.len()).any(|window| window == marker),
        "timestamps carry tag 1"
    );
    assert_eq!(
        world.census().unwrap().names("cloudwatch", "dashboard"),
        ["d"]
    );
}

fn version(aws: &Aws<'_>, status: &str) {
    let body =
        format!("<VersioningConfiguration><Status>{status}</Status></VersioningConfiguration>");
    aws.s3("PUT", "/states?versioning", &[], &body).ok();
}

fn post_bytes(aws: &Aws<'_>, path: &str, headers: &[(&str, &str)], body: &[u8]) -> (u16, Vec<u8>) {
    let scope = "AWS4-HMAC-SHA256 Credential=test/20250101/us-east-1/monitoring/aws4_request, SignedHeaders=host, Signature=0";
    let mut request =
        ureq::post(format!("{}{path}", aws.0.endpoint())).header("Authorization", scope);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let mut response = request.send(body).expect("an answer");
    (
        response.status().as_u16(),
        response.body_mut().read_to_vec().expect("a body"),
    )
}
