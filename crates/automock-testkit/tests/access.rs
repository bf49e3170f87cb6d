//! Access keys that are held to policies: what is allowed, what is denied, and what is told.

mod support;

use automock_testkit::{Emulator, Rights, fresh_world};
use serde_json::{Value, json};
use support::{Aws, Reply};

/// The key that is held to policies; everything else is signed with another one.
const KEY: &str = "AKIAHELD";
const FORM: (&str, &str) = ("Content-Type", "application/x-www-form-urlencoded");
const VERSION: &str = "Version=2016-11-15";

fn hold(world: &Emulator, statements: &Value) {
    let document = json!({"Version": "2012-10-17", "Statement": statements});
    world
        .enforce(KEY, &Rights::Policies(&[("test", document)]))
        .expect("it is enforced");
}

fn allow(action: &str, resource: &str, condition: &Value) -> Value {
    json!([{"Sid": "Only", "Effect": "Allow", "Action": action, "Resource": resource,
        "Condition": condition}])
}

fn held_ec2(world: &Emulator, form: &str) -> Reply {
    let body = format!("{form}&{VERSION}");
    Aws(world)
        .try_as(KEY, "POST", "ec2", "/", &[FORM], &body)
        .expect("an answer")
}

fn held_s3(world: &Emulator, method: &str, path: &str, body: &str) -> Reply {
    Aws(world)
        .try_as(KEY, method, "s3", path, &[], body)
        .expect("an answer")
}

fn held_json(world: &Emulator, service: &str, target: &str, body: &Value) -> Reply {
    let headers = [
        ("Content-Type", "application/x-amz-json-1.1"),
        ("X-Amz-Target", target),
    ];
    Aws(world)
        .try_as(KEY, "POST", service, "/", &headers, &body.to_string())
        .expect("an answer")
}

/// A VPC with tags.
fn vpc(world: &Emulator, tags: &[(&str, &str)]) -> String {
    let tags = tags.iter().enumerate().map(|(index, (key, value))| {
        let at = format!("TagSpecification.1.Tag.{}", index + 1);
        format!("&TagSpecification.1.ResourceType=vpc&{at}.Key={key}&{at}.Value={value}")
    });
    let tags: Vec<_> = tags.collect();
    let form = format!("Action=CreateVpc&CidrBlock=10.0.0.0/16{}", tags.concat());
    Aws(world).ec2(&form).element("vpcId")
}

fn delete(world: &Emulator, vpc: &str) -> u16 {
    held_ec2(world, &format!("Action=DeleteVpc&VpcId={vpc}")).status
}

const ANY_VPC: &str = "arn:aws:ec2:us-east-1:123456789012:vpc/*";

#[test]
fn nobody_is_held_unless_told_and_until_let_go() {
    let world = fresh_world();
    hold(&world, &json!([]));
    let id = vpc(&world, &[]);
    assert_eq!(delete(&world, &id), 403);
    world.enforce(KEY, &Rights::Everything).unwrap();
    assert_eq!(delete(&world, &id), 200);
    assert_eq!(world.denials().unwrap().len(), 1);
}

#[test]
fn tags_are_those_that_the_resource_has() {
    let world = fresh_world();
    for (condition, tags, allowed) in [
        (
            json!({"Null": {"aws:ResourceTag/owner": "false"}}),
            &[("owner", "me")][..],
            true,
        ),
        (
            json!({"Null": {"aws:ResourceTag/owner": "false"}}),
            &[],
            false,
        ),
        (
            json!({"Null": {"aws:ResourceTag/owner": "true"}}),
            &[],
            true,
        ),
        (
            json!({"StringEquals": {"aws:ResourceTag/owner": "me"}}),
            &[("owner", "me")],
            true,
        ),
        (
            json!({"StringEquals": {"aws:ResourceTag/owner": ["you", "me"]}}),
            &[("owner", "me")],
            true,
        ),
        (
            json!({"StringEquals": {"aws:ResourceTag/owner": "me"}}),
            &[("owner", "you")],
            false,
        ),
        (
            json!({"StringEquals": {"aws:ResourceTag/owner": "me"}}),
            &[],
            false,
        ),
        (
            json!({"StringLike": {"aws:ResourceTag/owner": "m?"}}),
            &[("owner", "me")],
            true,
        ),
        (
            json!({"StringLike": {"aws:ResourceTag/owner": "m?"}}),
            &[("owner", "mine")],
            false,
        ),
        (
            json!({"StringNotEquals": {"aws:ResourceTag/owner": "me"}}),
            &[],
            true,
        ),
        (
            json!({"StringNotEquals": {"aws:ResourceTag/owner": "me"}}),
            &[("owner", "me")],
            false,
        ),
        (
            json!({"StringEqualsIfExists": {"aws:ResourceTag/owner": "me"}}),
            &[],
            true,
        ),
        (
            json!({"StringEquals": {"ec2:ResourceTag/owner": "me"}}),
            &[("owner", "me")],
            true,
        ),
        (
            json!({"StringEquals": {"aws:RequestedRegion": "us-east-1"}}),
            &[],
            true,
        ),
        (
            json!({"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}),
            &[],
            false,
        ),
        (
            json!({"StringEquals": {"aws:RequestedRegion": "us-east-1"},
            "Null": {"aws:ResourceTag/owner": "false"}}),
            &[],
            false,
        ),
    ] {
        hold(&world, &allow("ec2:DeleteVpc", ANY_VPC, &condition));
        let status = delete(&world, &vpc(&world, tags));
        assert_eq!(status == 200, allowed, "{condition} {tags:?}: {status}");
    }
}

#[test]
fn actions_and_resources_are_matched_with_wildcards() {
    let world = fresh_world();
    for (action, resource, allowed) in [
        ("ec2:DeleteVpc", "*", true),
        ("EC2:deletevpc", "*", true),
        ("ec2:Delete*", ANY_VPC, true),
        ("ec2:DeleteVp?", ANY_VPC, true),
        ("ec2:DeleteSubnet", "*", false),
        (
            "ec2:DeleteVpc",
            "arn:aws:ec2:eu-west-1:123456789012:vpc/*",
            false,
        ),
        (
            "ec2:DeleteVpc",
            "arn:aws:ec2:us-east-1:210987654321:vpc/*",
            false,
        ),
        ("ec2:DeleteVpc", "arn:aws:ec2:*:*:subnet/*", false),
    ] {
        hold(&world, &allow(action, resource, &json!({})));
        let status = delete(&world, &vpc(&world, &[]));
        assert_eq!(status == 200, allowed, "{action} {resource}: {status}");
    }
}

#[test]
fn a_deny_outweighs_every_allow() {
    let world = fresh_world();
    hold(
        &world,
        &json!([
            {"Effect": "Allow", "Action": "*", "Resource": "*"},
            {"Sid": "Never", "Effect": "Deny", "Action": ["ec2:CreateTags"], "Resource": "*"},
        ]),
    );
    let id = vpc(&world, &[]);
    let reply = held_ec2(
        &world,
        &format!("Action=CreateTags&ResourceId.1={id}&Tag.1.Key=a&Tag.1.Value=b"),
    );
    assert_eq!(reply.status, 403);
    assert_eq!(world.denials().unwrap()[0].reason, "an explicit deny");
    assert_eq!(delete(&world, &id), 200);
}

#[test]
fn what_the_evaluator_does_not_know_is_denied_and_told() {
    let world = fresh_world();
    for (condition, reason) in [
        (
            json!({"NumericLessThan": {"aws:RequestedRegion": "1"}}),
            "operator NumericLessThan",
        ),
        (
            json!({"StringEquals": {"aws:PrincipalTag/a": "b"}}),
            "condition key aws:principaltag/a",
        ),
    ] {
        hold(&world, &allow("ec2:*", "*", &condition));
        assert_eq!(delete(&world, &vpc(&world, &[])), 403);
        let denial = world.denials().unwrap().pop().unwrap();
        assert!(denial.reason.contains(reason), "{denial}");
    }
    hold(&world, &allow("ec2:*", "*", &json!({})));
    let reply = held_ec2(&world, "Action=CreateVpc&CidrBlock=10.0.0.0/16");
    assert_eq!(reply.status, 403);
    let denial = world.denials().unwrap().pop().unwrap();
    assert!(
        denial.reason.contains("does not know its resource"),
        "{denial}"
    );
}

#[test]
fn what_is_gone_has_no_tags() {
    let world = fresh_world();
    let tagged = json!({"Null": {"aws:ResourceTag/owner": "false"}});
    hold(&world, &allow("ec2:DeleteVpc", ANY_VPC, &tagged));
    let id = vpc(&world, &[("owner", "me")]);
    assert_eq!(delete(&world, &id), 200);
    assert_eq!(delete(&world, &id), 403);
    let denial = world.denials().unwrap().pop().unwrap();
    assert!(denial.reason.contains("does not exist"), "{denial}");
}

#[test]
fn both_ends_of_an_attachment_are_asked_about() {
    let world = fresh_world();
    let aws = Aws(&world);
    let id = vpc(&world, &[("owner", "me")]);
    let gateway = aws
        .ec2("Action=CreateInternetGateway")
        .element("internetGatewayId");
    let ends = format!("InternetGatewayId={gateway}&VpcId={id}");
    aws.ec2(&format!("Action=AttachInternetGateway&{ends}"))
        .ok();
    let tagged = json!({"Null": {"aws:ResourceTag/owner": "false"}});
    hold(&world, &allow("ec2:DetachInternetGateway", "*", &tagged));
    let detach = format!("Action=DetachInternetGateway&{ends}");
    assert_eq!(held_ec2(&world, &detach).status, 403);
    let denial = world.denials().unwrap().pop().unwrap();
    assert!(denial.resource.contains(":internet-gateway/"), "{denial}");
    aws.ec2(&format!(
        "Action=CreateTags&ResourceId.1={gateway}&Tag.1.Key=owner&Tag.1.Value=me"
    ))
    .ok();
    assert_eq!(held_ec2(&world, &detach).status, 200);
}

#[test]
fn actions_of_s3_have_names_of_their_own() {
    let world = fresh_world();
    let aws = Aws(&world);
    aws.s3("PUT", "/things", &[], "").ok();
    aws.s3("PUT", "/things/own/a", &[], "a").ok();
    let here = json!({"StringEquals": {"s3:ResourceAccount": "123456789012"}});
    let case = |action: &str, resource: &str, method: &str, path: &str| {
        hold(&world, &allow(action, resource, &here));
        held_s3(&world, method, path, "").status
    };
    let (bucket, own) = ("arn:aws:s3:::things", "arn:aws:s3:::things/own/*");
    assert_eq!(case("s3:ListBucket", bucket, "HEAD", "/things"), 200);
    assert_eq!(case("s3:HeadBucket", bucket, "HEAD", "/things"), 403);
    assert_eq!(
        case("s3:ListBucketVersions", bucket, "GET", "/things?versions"),
        200
    );
    assert_eq!(
        case("s3:ListBucket", bucket, "GET", "/things?versions"),
        403
    );
    assert_eq!(case("s3:GetObject", own, "GET", "/things/own/a"), 200);
    assert_eq!(case("s3:GetObject", own, "GET", "/things/other/a"), 403);
    assert_eq!(
        case(
            "s3:DeleteObject",
            own,
            "DELETE",
            "/things/own/a?versionId=null"
        ),
        403
    );
    // Who may not list is not told that an object is missing.
    assert_eq!(case("s3:GetObject", own, "GET", "/things/own/b"), 403);
    assert_eq!(case("s3:*", "*", "GET", "/things/own/b"), 404);
}

#[test]
fn each_object_of_a_batch_is_asked_about() {
    let world = fresh_world();
    let aws = Aws(&world);
    aws.s3("PUT", "/things", &[], "").ok();
    hold(
        &world,
        &allow("s3:DeleteObject*", "arn:aws:s3:::things/own/*", &json!({})),
    );
    let batch = |keys: &[&str]| {
        let object =
            |key: &&str| format!("<Object><Key>{key}</Key><VersionId>null</VersionId></Object>");
        let objects: Vec<_> = keys.iter().map(object).collect();
        let objects = objects.concat();
        held_s3(
            &world,
            "POST",
            "/things?delete",
            &format!("<Delete>{objects}</Delete>"),
        )
        .status
    };
    assert_eq!(batch(&["own/a", "own/b"]), 200);
    assert_eq!(batch(&["own/a", "other/b"]), 403);
    let used = world.actions_used().unwrap();
    assert_eq!(
        used,
        ["s3:DeleteObject", "s3:DeleteObjectVersion"]
            .map(str::to_owned)
            .into()
    );
}

#[test]
fn records_may_be_deleted_without_being_written() {
    let world = fresh_world();
    let aws = Aws(&world);
    let zone = "<CreateHostedZoneRequest><Name>example.com</Name><CallerReference>1</CallerReference></CreateHostedZoneRequest>";
    let zone = aws.send("POST", "route53", "/2013-04-01/hostedzone", &[], zone);
    let zone = zone.element("Id");
    let path = format!("/2013-04-01{zone}/rrset/");
    let change = |action: &str, kind: &str| {
        let set = format!(
            "<ResourceRecordSet><Name>a.example.com</Name><Type>{kind}</Type><TTL>60</TTL><ResourceRecords>\
             <ResourceRecord><Value>192.0.2.1</Value></ResourceRecord></ResourceRecords></ResourceRecordSet>"
        );
        format!(
            "<ChangeResourceRecordSetsRequest><ChangeBatch><Changes><Change><Action>{action}</Action>{set}\
             </Change></Changes></ChangeBatch></ChangeResourceRecordSetsRequest>"
        )
    };
    let key = "route53:ChangeResourceRecordSets";
    let condition = json!({
        "ForAllValues:StringEquals": {
            format!("{key}Actions"): "DELETE", format!("{key}RecordTypes"): ["A", "AAAA"]},
        "Null": {format!("{key}Actions"): "false"},
    });
    hold(
        &world,
        &allow(key, "arn:aws:route53:::hostedzone/*", &condition),
    );
    aws.send("POST", "route53", &path, &[], &change("CREATE", "A"))
        .ok();
    let held = |action, kind| {
        let body = change(action, kind);
        let reply = aws.try_as(KEY, "POST", "route53", &path, &[], &body);
        reply.unwrap().status
    };
    assert_eq!(held("UPSERT", "A"), 403);
    assert_eq!(held("DELETE", "TXT"), 403);
    assert_eq!(held("DELETE", "A"), 200);
}

#[test]
fn a_refusal_has_the_shape_of_its_service() {
    let world = fresh_world();
    hold(&world, &json!([]));
    let ec2 = held_ec2(&world, "Action=DescribeVpcs");
    assert!(
        ec2.body
            .contains("<Response><Errors><Error><Code>UnauthorizedOperation<"),
        "{}",
        ec2.body
    );
    let s3 = held_s3(&world, "GET", "/things", "");
    assert!(
        s3.body.contains("<Error><Code>AccessDenied</Code>"),
        "{}",
        s3.body
    );
    assert_eq!(held_s3(&world, "HEAD", "/things", "").body, "");
    let ecs = held_json(
        &world,
        "ecs",
        "AmazonEC2ContainerServiceV20141113.ListClusters",
        &json!({}),
    );
    assert_eq!(ecs.status, 400);
    assert!(ecs.body.contains("AccessDeniedException"), "{}", ecs.body);
    let iam = Aws(&world).try_as(
        KEY,
        "POST",
        "iam",
        "/",
        &[FORM],
        "Action=ListRoles&Version=2010-05-08",
    );
    let iam = iam.unwrap().body;
    assert!(
        iam.contains("<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied<"),
        "{iam}"
    );
    assert_eq!(world.denials().unwrap().len(), 5);
}

/// A call of IAM without limits.
fn iam(world: &Emulator, form: &str) {
    Aws(world).query("iam", "2010-05-08", form).ok();
}

#[test]
fn a_role_has_the_policies_that_it_has_now_and_its_boundary() {
    let world = fresh_world();
    let arn = "arn:aws:iam::123456789012:role/automock/reaper";
    let error = world.enforce(KEY, &Rights::Role(arn)).unwrap_err();
    assert!(error.to_string().contains("there is no role"), "{error}");

    let boundary = policy("ec2:Delete*");
    iam(
        &world,
        &format!("Action=CreatePolicy&PolicyName=boundary&PolicyDocument={boundary}"),
    );
    iam(
        &world,
        "Action=CreateRole&RoleName=reaper&Path=/automock/&AssumeRolePolicyDocument={}\
         &PermissionsBoundary=arn:aws:iam::123456789012:policy/boundary",
    );
    let put = |name: &str, document: &str| {
        let form = format!(
            "Action=PutRolePolicy&RoleName=reaper&PolicyName={name}&PolicyDocument={document}"
        );
        iam(&world, &form);
    };
    put("own", &policy("s3:GetObject"));
    world.enforce(KEY, &Rights::Role(arn)).unwrap();
    let id = vpc(&world, &[]);
    assert_eq!(delete(&world, &id), 403, "no policy of the role allows it");
    put("teardown", &policy("ec2:*"));
    assert_eq!(
        held_ec2(&world, "Action=DescribeVpcs").status,
        403,
        "the boundary does not"
    );
    assert_eq!(delete(&world, &id), 200);
    let used = world.statements_used().unwrap();
    let named: Vec<_> = used
        .iter()
        .map(|it| {
            (
                it.policy.as_str(),
                it.statement.as_str(),
                it.action.as_str(),
            )
        })
        .collect();
    assert!(
        named.contains(&("teardown", "All", "ec2:DeleteVpc")),
        "{named:?}"
    );
}

fn policy(action: &str) -> String {
    let statement = json!({"Sid": "All", "Effect": "Allow", "Action": action, "Resource": "*"});
    json!({"Version": "2012-10-17", "Statement": [statement]}).to_string()
}
