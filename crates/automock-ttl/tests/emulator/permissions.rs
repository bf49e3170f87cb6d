//! The generated policies of the reaper's role, enforced: they are enough for everything that the
//! reaper does, all of them are used, and they stop it at what is foreign.

use std::collections::BTreeSet;
use std::time::Duration;

use automock_model::{Foundation, Region as ModelRegion};
use automock_testkit::Rights;
use automock_ttl::CloudFailure;
use automock_ttl::aws::{
    AwsInventory, AwsRemover, Classified as _, S3Objects, S3Registry, SnsTopic, SystemClock,
    s3_client,
};
use automock_ttl::permissions::{Place, RUNTIME, policies};
use automock_ttl::reaper::{Condition, Objects as _, Topic as _};
use automock_ttl::record::StackRecord;
use automock_ttl::registry::Registry as _;
use automock_ttl::teardown::{Ending, Limits, remove_all};
use aws_config::SdkConfig;
use aws_sdk_ec2::types::{Filter, IpPermission, UserIdGroupPair};
use aws_sdk_elasticloadbalancingv2::types::LoadBalancerAttribute;
use aws_sdk_s3::config::{Credentials, SharedCredentialsProvider};

use crate::world::{ACCOUNT, REGION, World, ownership, record};
use crate::{network, services};

/// The access key that stands for the role.
const KEY: &str = "AKIAREAPER";

fn foundation() -> Foundation {
    let region = ModelRegion::new(REGION).expect("a region");
    Foundation::new(ACCOUNT.parse().expect("an account"), region)
}

/// Gives the role its policies, and a configuration that is held to them.
async fn held(world: &World) -> SdkConfig {
    let foundation = foundation();
    let iam = aws_sdk_iam::Client::new(&world.config);
    for policy in policies() {
        let call = iam.put_role_policy().role_name(foundation.reaper_role());
        let text = policy.text(&Place::of(&foundation));
        let call = call.policy_name(policy.name).policy_document(text);
        call.send().await.expect("a policy");
    }
    let role = Rights::Role(&foundation.reaper_role_arn());
    world.emulator.enforce(KEY, &role).expect("it is enforced");
    let keys = Credentials::new(KEY, "secret", None, None, "test");
    let config = world.config.clone().into_builder();
    config
        .credentials_provider(SharedCredentialsProvider::new(keys))
        .build()
}

/// The foundation's bucket and topic.
async fn foundation_parts(world: &World) {
    let foundation = foundation();
    let bucket = world.s3().create_bucket().bucket(foundation.bucket());
    bucket.send().await.expect("a bucket");
    let topic = aws_sdk_sns::Client::new(&world.config).create_topic();
    topic
        .name(foundation.topic())
        .send()
        .await
        .expect("a topic");
}

/// Somebody protects the load balancers against deletion.
async fn protect(world: &World) {
    let elb = aws_sdk_elasticloadbalancingv2::Client::new(&world.config);
    let on = LoadBalancerAttribute::builder()
        .key("deletion_protection.enabled")
        .value("true")
        .build();
    let found = elb.describe_load_balancers().send().await;
    for balancer in found.expect("load balancers").load_balancers() {
        let call = elb
            .modify_load_balancer_attributes()
            .set_load_balancer_arn(balancer.load_balancer_arn().map(str::to_owned));
        call.attributes(on.clone())
            .send()
            .await
            .expect("protection");
    }
}

/// A rule that lets one group of the stack call another one.
async fn refer(world: &World, stack: &StackRecord) {
    let ec2 = aws_sdk_ec2::Client::new(&world.config);
    let (key, value) = ownership(stack);
    let own = Filter::builder().name(format!("tag:{key}")).values(value);
    let found = ec2.describe_security_groups().filters(own.build()).send();
    let found = found.await.expect("security groups");
    let ids: Vec<_> = found
        .security_groups()
        .iter()
        .filter_map(|group| group.group_id())
        .collect();
    let to = UserIdGroupPair::builder().group_id(ids[1]).build();
    let rule = IpPermission::builder()
        .ip_protocol("tcp")
        .from_port(1)
        .to_port(1);
    let call = ec2.authorize_security_group_egress().group_id(ids[0]);
    call.ip_permissions(rule.user_id_group_pairs(to).build())
        .send()
        .await
        .expect("a rule");
}

/// Everything that the reaper does with what it keeps.
async fn keep_records(config: &SdkConfig, stack: &StackRecord) {
    let foundation = foundation();
    let s3 = s3_client(config, true);
    let registry = S3Registry::new(s3.clone(), foundation.bucket());
    assert!(
        registry
            .get(&stack.stack_id)
            .await
            .expect("an answer")
            .is_none()
    );
    let version = registry.create(stack).await.expect("it is allowed");
    registry
        .update(stack, &version)
        .await
        .expect("it is allowed");
    let listed = registry.list().await.expect("it is allowed");
    registry
        .delete(&stack.stack_id, &listed.stacks[0].version)
        .await
        .expect("it is allowed");

    let objects = S3Objects::new(s3, foundation.bucket());
    let journal = format!(
        "{}journal.json",
        Foundation::journal_prefix(&stack.stack_id)
    );
    let state = Foundation::stack_state_key(&stack.stack_id);
    for key in [&journal, &state] {
        assert_eq!(objects.get(key).await.expect("an answer"), None);
        let written = objects.put(key, b"{}".to_vec(), Condition::Absent).await;
        written.expect("it is allowed");
        objects.purge(key).await.expect("it is allowed");
    }
    let topic = SnsTopic::new(config, foundation.topic_arn());
    topic
        .publish("subject", "text")
        .await
        .expect("it is allowed");
}

#[tokio::test]
async fn the_policies_are_enough_for_a_whole_teardown_and_no_more() {
    let world = World::strict().await;
    world.found().await;
    foundation_parts(&world).await;
    let mine = record("petstore");
    world.make_stack(&record("petstore-dev")).await;
    let before = world.census();
    world.make_stack(&mine).await;
    protect(&world).await;
    refer(&world, &mine).await;
    let config = held(&world).await;

    let inventory = AwsInventory::new(&config, true);
    let mut found = inventory.scan(&mine).await;
    crate::world::settle_claims(&mut found);
    assert!(found.unreadable.is_empty(), "{:#?}", found.unreadable);
    let limits = Limits {
        patience: Duration::from_mins(1),
        ..Limits::default()
    };
    let remover = AwsRemover::new(&config, true);
    let report = remove_all(&remover, &SystemClock, found, limits, &mut |_| {}).await;
    let denials = world.emulator.denials().unwrap();
    assert_eq!(
        report.ending,
        Ending::Finished,
        "{denials:#?}\n{:#?}",
        report.remaining
    );
    assert!(inventory.scan(&mine).await.is_clean());
    let diff = world.census().diff(&before);
    assert!(diff.is_empty(), "{diff}");
    keep_records(&config, &mine).await;
    let denials = world.emulator.denials().unwrap();
    assert!(denials.is_empty(), "{denials:#?}");

    let used = world.emulator.actions_used().unwrap();
    let runtime = RUNTIME.iter().map(|grant| grant.action);
    let allowed: BTreeSet<_> = policies()
        .iter()
        .flat_map(|policy| policy.document.allowed())
        .filter(|action| runtime.clone().all(|it| it != *action))
        .map(str::to_owned)
        .collect();
    let unused: Vec<_> = allowed.difference(&used).collect();
    assert!(unused.is_empty(), "allowed and not used: {unused:?}");
}

/// Whether a call was refused for want of a right.
macro_rules! denied {
    ($call:expr) => {{
        let answer = $call.send().await.classified();
        assert!(
            matches!(answer, Err(CloudFailure::AccessDenied { .. })),
            "{}: {answer:?}",
            stringify!($call)
        );
    }};
}

#[tokio::test]
async fn what_has_no_tag_is_out_of_reach_whatever_the_program_tries() {
    let world = World::strict().await;
    world.found().await;
    let ec2 = aws_sdk_ec2::Client::new(&world.config);
    let address = network::address(&ec2, None).await;
    let vpc = network::vpc(&ec2, None).await;
    let subnet = network::subnet(&ec2, &vpc, 1, None).await;
    let elsewhere = record("petstore").names;
    let group = format!("/mine{}", elsewhere.log_group_prefix);
    services::log_group(&world.config, &group, None).await;
    services::alarm(&world.config, "mine", None).await;
    let before = world.census();

    let config = held(&world).await;
    let ec2 = aws_sdk_ec2::Client::new(&config);
    denied!(ec2.release_address().allocation_id(&address));
    denied!(ec2.delete_subnet().subnet_id(&subnet));
    denied!(ec2.delete_vpc().vpc_id(&vpc));
    denied!(ec2.delete_nat_gateway().nat_gateway_id("nat-0"));
    let logs = aws_sdk_cloudwatchlogs::Client::new(&config);
    denied!(logs.delete_log_group().log_group_name(&group));
    denied!(
        logs.create_log_group()
            .log_group_name("/automock/petstore/mock")
    );
    let cloudwatch = aws_sdk_cloudwatch::Client::new(&config);
    denied!(cloudwatch.delete_alarms().alarm_names("mine"));
    let lambda = aws_sdk_lambda::Client::new(&config);
    denied!(lambda.delete_function().function_name("mine"));
    let events = aws_sdk_eventbridge::Client::new(&config);
    denied!(events.delete_rule().name("mine"));
    let diff = world.census().diff(&before);
    assert!(diff.is_empty(), "{diff}");
}

#[tokio::test]
async fn the_foundation_is_out_of_reach_and_so_are_tags() {
    let world = World::strict().await;
    world.found().await;
    foundation_parts(&world).await;
    let foundation = foundation();
    services::log_group(&world.config, Foundation::REAPER_LOG_GROUP, None).await;
    let ec2 = aws_sdk_ec2::Client::new(&world.config);
    let vpc = network::vpc(&ec2, None).await;
    let config = held(&world).await;
    let before = world.census();

    let (s3, iam) = (s3_client(&config, true), aws_sdk_iam::Client::new(&config));
    let (bucket, role) = (foundation.bucket(), foundation.reaper_role());
    denied!(s3.get_object().bucket(&bucket).key(Foundation::STATE_KEY));
    denied!(
        s3.delete_object()
            .bucket(&bucket)
            .key(Foundation::STATE_KEY)
    );
    denied!(s3.delete_bucket().bucket(&bucket));
    denied!(
        iam.delete_role_policy()
            .role_name(&role)
            .policy_name("records")
    );
    denied!(iam.delete_role().role_name(&role));
    let logs = aws_sdk_cloudwatchlogs::Client::new(&config);
    denied!(
        logs.delete_log_group()
            .log_group_name(Foundation::REAPER_LOG_GROUP)
    );
    let sns = aws_sdk_sns::Client::new(&config);
    denied!(sns.delete_topic().topic_arn(foundation.topic_arn()));

    let tag = aws_sdk_ec2::types::Tag::builder()
        .key("automock:stack")
        .value("petstore");
    let ec2 = aws_sdk_ec2::Client::new(&config);
    denied!(ec2.create_tags().resources(&vpc).tags(tag.build()));
    let tag = aws_sdk_iam::types::Tag::builder()
        .key("automock:stack")
        .value("petstore");
    denied!(
        iam.tag_role()
            .role_name(&role)
            .tags(tag.build().expect("a tag"))
    );
    let diff = world.census().diff(&before);
    assert!(diff.is_empty(), "{diff}");
}
