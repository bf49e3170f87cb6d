//! Everything of a stack besides its network, and what an account has anyway.

use automock_ttl::record::StackRecord;
use aws_config::SdkConfig;
use aws_sdk_s3::primitives::ByteStream;

use crate::network::Network;
use crate::world::{ACCOUNT, REGION, ZONE, ownership};

const REAPER_ROLE: &str = "automock-reaper-us-east-1";
const SHARED_POLICY: &str = "shared";
const TRUST: &str = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
    "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}]}"#;
const POLICY: &str = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
    "Action": "s3:GetObject", "Resource": "*"}]}"#;

/// The end of a zip archive, which alone is an empty one.
const EMPTY_ZIP: &[u8] = b"PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";

/// The reaper's role, a policy that roles share, and a hosted zone.
pub(crate) async fn foundation(config: &SdkConfig) {
    let iam = aws_sdk_iam::Client::new(config);
    let call = iam.create_role().role_name(REAPER_ROLE).path("/automock/");
    call.assume_role_policy_document(TRUST)
        .send()
        .await
        .expect("a role");
    let call = iam
        .create_policy()
        .policy_name(SHARED_POLICY)
        .policy_document(POLICY);
    call.send().await.expect("a policy");
    let route53 = aws_sdk_route53::Client::new(config);
    let call = route53
        .create_hosted_zone()
        .name(ZONE)
        .caller_reference("test");
    call.send().await.expect("a zone");
}

/// Everything but the network.
pub(crate) async fn make(config: &SdkConfig, record: &StackRecord, network: &Network) {
    make_logs(config, record).await;
    roles(config, record).await;
    bucket(config, record).await;
    let (dns_name, zone, target_group) = load_balancer(config, record, network).await;
    service(config, record, network, &target_group).await;
    scaling(config, record).await;
    alarms(config, record).await;
    dashboard(config, record).await;
    domain(config, record, &dns_name, &zone).await;
    reaper(config, record).await;
}

async fn make_logs(config: &SdkConfig, record: &StackRecord) {
    for name in ["mock", "loader"] {
        log_group(
            config,
            &format!("{}{name}", record.names.log_group_prefix),
            Some(record),
        )
        .await;
    }
    let insights = format!(
        "/aws/ecs/containerinsights/{}/performance",
        record.names.cluster
    );
    log_group(config, &insights, Some(record)).await;
}

/// A log group; nobody's if it has no owner.
pub(crate) async fn log_group(config: &SdkConfig, name: &str, owner: Option<&StackRecord>) {
    let logs = aws_sdk_cloudwatchlogs::Client::new(config);
    let mut call = logs.create_log_group().log_group_name(name);
    if let Some((key, value)) = owner.map(ownership) {
        call = call.tags(key, value);
    }
    call.send().await.expect("a log group");
}

async fn roles(config: &SdkConfig, record: &StackRecord) {
    for name in [&record.names.execution_role, &record.names.task_role] {
        role(config, name, record).await;
    }
}

/// A role on the stack's path with both sorts of policy.
pub(crate) async fn role(config: &SdkConfig, name: &str, record: &StackRecord) {
    let iam = aws_sdk_iam::Client::new(config);
    let (key, value) = ownership(record);
    let tag = aws_sdk_iam::types::Tag::builder()
        .key(key)
        .value(value)
        .build()
        .expect("a tag");
    let call = iam
        .create_role()
        .role_name(name)
        .path(&record.names.iam_path)
        .tags(tag);
    call.assume_role_policy_document(TRUST)
        .send()
        .await
        .expect("a role");
    let call = iam
        .put_role_policy()
        .role_name(name)
        .policy_name("own")
        .policy_document(POLICY);
    call.send().await.expect("a policy");
    let managed = format!("arn:aws:iam::{ACCOUNT}:policy/{SHARED_POLICY}");
    let call = iam.attach_role_policy().role_name(name).policy_arn(managed);
    call.send().await.expect("an attachment");
}

/// A versioned bucket with history: versions, a delete marker, an unfinished upload.
pub(crate) async fn bucket(config: &SdkConfig, record: &StackRecord) {
    use aws_sdk_s3::types::{BucketVersioningStatus, Tag, Tagging, VersioningConfiguration};
    let s3 = automock_ttl::aws::s3_client(config, true);
    let bucket = record.names.config_bucket.as_str();
    s3.create_bucket()
        .bucket(bucket)
        .send()
        .await
        .expect("a bucket");
    let on = VersioningConfiguration::builder()
        .status(BucketVersioningStatus::Enabled)
        .build();
    let call = s3
        .put_bucket_versioning()
        .bucket(bucket)
        .versioning_configuration(on);
    call.send().await.expect("versioning");
    let (key, value) = ownership(record);
    let tag = Tag::builder().key(key).value(value).build().expect("a tag");
    let tagging = Tagging::builder().tag_set(tag).build().expect("tags");
    s3.put_bucket_tagging()
        .bucket(bucket)
        .tagging(tagging)
        .send()
        .await
        .expect("tags");
    for text in ["one", "two"] {
        let call = s3.put_object().bucket(bucket).key("expectations.json");
        call.body(ByteStream::from_static(text.as_bytes()))
            .send()
            .await
            .expect("an object");
    }
    s3.delete_object()
        .bucket(bucket)
        .key("expectations.json")
        .send()
        .await
        .expect("a marker");
    let call = s3.create_multipart_upload().bucket(bucket).key("half");
    call.send().await.expect("an upload");
}

/// The DNS name and zone of a load balancer, and the ARN of its target group.
pub(crate) async fn load_balancer(
    config: &SdkConfig,
    record: &StackRecord,
    network: &Network,
) -> (String, String, String) {
    use aws_sdk_elasticloadbalancingv2::types::{
        Action, ActionTypeEnum, ProtocolEnum, Tag, TargetTypeEnum,
    };
    let elb = aws_sdk_elasticloadbalancingv2::Client::new(config);
    let (key, value) = ownership(record);
    let tag = Tag::builder().key(key).value(value).build();
    let call = elb
        .create_load_balancer()
        .name(&record.names.load_balancer)
        .tags(tag.clone());
    let call = call.set_subnets(Some(network.subnets.clone()));
    let answer = call.security_groups(&network.security_group).send().await;
    let answer = answer.expect("a load balancer");
    let balancer = answer
        .load_balancers()
        .first()
        .expect("a load balancer")
        .clone();
    let arn = balancer.load_balancer_arn().expect("an ARN");

    let call = elb
        .create_target_group()
        .name(&record.names.target_group)
        .tags(tag);
    let call = call
        .protocol(ProtocolEnum::Http)
        .port(1080)
        .target_type(TargetTypeEnum::Ip);
    let answer = call
        .vpc_id(&network.vpc)
        .send()
        .await
        .expect("a target group");
    let group = answer
        .target_groups()
        .first()
        .and_then(|it| it.target_group_arn());
    let group = group.expect("an ARN").to_owned();

    let forward = Action::builder()
        .r#type(ActionTypeEnum::Forward)
        .target_group_arn(&group)
        .build();
    let call = elb
        .create_listener()
        .load_balancer_arn(arn)
        .protocol(ProtocolEnum::Http)
        .port(80);
    call.default_actions(forward)
        .send()
        .await
        .expect("a listener");

    let text = |text: Option<&str>| text.expect("a name").to_owned();
    (
        text(balancer.dns_name()),
        text(balancer.canonical_hosted_zone_id()),
        group,
    )
}

async fn service(config: &SdkConfig, record: &StackRecord, network: &Network, group: &str) {
    use aws_sdk_ecs::types::{
        AwsVpcConfiguration, ContainerDefinition, LaunchType, LoadBalancer, NetworkConfiguration,
        PortMapping, Tag,
    };
    let ecs = aws_sdk_ecs::Client::new(config);
    let (key, value) = ownership(record);
    let tag = Tag::builder().key(key).value(value).build();
    let cluster = record.names.cluster.as_str();
    ecs.create_cluster()
        .cluster_name(cluster)
        .tags(tag.clone())
        .send()
        .await
        .expect("a cluster");
    for _revision in 0..2 {
        let port = PortMapping::builder().container_port(1080).build();
        let container = ContainerDefinition::builder()
            .name("mock")
            .image("mock:1")
            .memory(512);
        let call = ecs
            .register_task_definition()
            .family(&record.names.task_family);
        let call = call.container_definitions(container.port_mappings(port).build());
        call.tags(tag.clone())
            .send()
            .await
            .expect("a task definition");
    }
    // The first revision is deregistered, as terraform does when it makes a second.
    let first = format!("{}:1", record.names.task_family);
    ecs.deregister_task_definition()
        .task_definition(first)
        .send()
        .await
        .expect("inactive");
    let subnets = AwsVpcConfiguration::builder().set_subnets(Some(network.subnets.clone()));
    let subnets = subnets
        .security_groups(&network.security_group)
        .build()
        .expect("subnets");
    let balancer = LoadBalancer::builder()
        .target_group_arn(group)
        .container_name("mock");
    let call = ecs
        .create_service()
        .cluster(cluster)
        .service_name(&record.names.service);
    let call = call
        .task_definition(&record.names.task_family)
        .desired_count(2);
    let call = call.launch_type(LaunchType::Fargate).tags(tag);
    let call = call.load_balancers(balancer.container_port(1080).build());
    let network = NetworkConfiguration::builder()
        .awsvpc_configuration(subnets)
        .build();
    call.network_configuration(network)
        .send()
        .await
        .expect("a service");
}

async fn scaling(config: &SdkConfig, record: &StackRecord) {
    use aws_sdk_applicationautoscaling::types::{ScalableDimension, ServiceNamespace};
    let scaling = aws_sdk_applicationautoscaling::Client::new(config);
    let (key, value) = ownership(record);
    let call = scaling
        .register_scalable_target()
        .service_namespace(ServiceNamespace::Ecs);
    let call = call.scalable_dimension(ScalableDimension::EcsServiceDesiredCount);
    let call = call
        .resource_id(record.names.scalable_target())
        .min_capacity(2)
        .max_capacity(4);
    call.tags(key, value)
        .send()
        .await
        .expect("a scalable target");
}

async fn alarms(config: &SdkConfig, record: &StackRecord) {
    for name in ["cpu-high", "cpu-low"] {
        alarm(
            config,
            &format!("{}-{name}", record.names.prefix),
            Some(record),
        )
        .await;
    }
}

/// An alarm; nobody's if it has no owner.
pub(crate) async fn alarm(config: &SdkConfig, name: &str, owner: Option<&StackRecord>) {
    use aws_sdk_cloudwatch::types::{ComparisonOperator, Statistic, Tag};
    let cloudwatch = aws_sdk_cloudwatch::Client::new(config);
    let mut call = cloudwatch
        .put_metric_alarm()
        .alarm_name(name)
        .namespace("AWS/ECS");
    if let Some((key, value)) = owner.map(ownership) {
        call = call.tags(Tag::builder().key(key).value(value).build());
    }
    let call = call
        .metric_name("CPUUtilization")
        .statistic(Statistic::Average)
        .period(60);
    let call = call.evaluation_periods(1).threshold(70.0);
    let call = call.comparison_operator(ComparisonOperator::GreaterThanThreshold);
    call.send().await.expect("an alarm");
}

pub(crate) async fn dashboard(config: &SdkConfig, record: &StackRecord) {
    let cloudwatch = aws_sdk_cloudwatch::Client::new(config);
    let metric = format!(
        r#"["AWS/ECS", "CPUUtilization", "ClusterName", "{}"]"#,
        record.names.cluster
    );
    let body = format!(
        r#"{{"widgets": [{{"type": "metric", "properties": {{"region": "{}", "metrics": [{metric}]}}}}]}}"#,
        record.region
    );
    let call = cloudwatch
        .put_dashboard()
        .dashboard_name(&record.names.dashboard);
    call.dashboard_body(body).send().await.expect("a dashboard");
}

/// A certificate, the record that validates it, and the alias of the load balancer.
async fn domain(config: &SdkConfig, record: &StackRecord, dns_name: &str, zone: &str) {
    use aws_sdk_acm::types::{Tag, ValidationMethod};
    use aws_sdk_route53::types::{AliasTarget, ResourceRecord, ResourceRecordSet, RrType};
    let domain = record
        .names
        .domain
        .as_ref()
        .expect("the test stacks have a domain");
    let acm = aws_sdk_acm::Client::new(config);
    let (key, value) = ownership(record);
    let tag = Tag::builder().key(key).value(value).build().expect("a tag");
    let call = acm
        .request_certificate()
        .domain_name(&domain.name)
        .tags(tag);
    let answer = call
        .validation_method(ValidationMethod::Dns)
        .send()
        .await
        .expect("a request");
    let arn = answer.certificate_arn().expect("an ARN");
    let answer = acm
        .describe_certificate()
        .certificate_arn(arn)
        .send()
        .await
        .expect("details");
    let details = answer.certificate().expect("details");
    let wanted = details.domain_validation_options()[0]
        .resource_record()
        .expect("a record");

    let value = ResourceRecord::builder()
        .value(wanted.value())
        .build()
        .expect("a value");
    let validation = ResourceRecordSet::builder()
        .name(wanted.name())
        .r#type(RrType::Cname);
    let validation = validation
        .ttl(60)
        .resource_records(value)
        .build()
        .expect("a record");
    put_record(config, validation).await;
    let target = AliasTarget::builder()
        .dns_name(dns_name)
        .hosted_zone_id(zone);
    let target = target
        .evaluate_target_health(false)
        .build()
        .expect("a target");
    let alias = ResourceRecordSet::builder()
        .name(&domain.name)
        .r#type(RrType::A);
    put_record(
        config,
        alias.alias_target(target).build().expect("a record"),
    )
    .await;
}

/// Puts a record into the zone, in place of any of the same name and type.
pub(crate) async fn put_record(
    config: &SdkConfig,
    record: aws_sdk_route53::types::ResourceRecordSet,
) {
    use aws_sdk_route53::types::{Change, ChangeAction, ChangeBatch};
    let route53 = aws_sdk_route53::Client::new(config);
    let zones = route53
        .list_hosted_zones_by_name()
        .dns_name(ZONE)
        .send()
        .await
        .expect("zones");
    let zone = zones.hosted_zones()[0].id().to_owned();
    let change = Change::builder()
        .action(ChangeAction::Upsert)
        .resource_record_set(record);
    let batch = ChangeBatch::builder().changes(change.build().expect("a change"));
    let call = route53.change_resource_record_sets().hosted_zone_id(zone);
    call.change_batch(batch.build().expect("a batch"))
        .send()
        .await
        .expect("a record");
}

async fn reaper(config: &SdkConfig, record: &StackRecord) {
    use aws_sdk_eventbridge::types::{Tag, Target};
    use aws_sdk_lambda::primitives::Blob;
    use aws_sdk_lambda::types::{FunctionCode, Runtime};
    let (key, value) = ownership(record);
    let lambda = aws_sdk_lambda::Client::new(config);
    let code = FunctionCode::builder()
        .zip_file(Blob::new(EMPTY_ZIP))
        .build();
    let name = record.names.reaper_function.as_str();
    let call = lambda
        .create_function()
        .function_name(name)
        .code(code)
        .handler("bootstrap");
    let call = call.role(format!(
        "arn:aws:iam::{ACCOUNT}:role/automock/{REAPER_ROLE}"
    ));
    let call = call.runtime(Runtime::Providedal2023).tags(key, value);
    call.send().await.expect("a function");

    let events = aws_sdk_eventbridge::Client::new(config);
    let tag = Tag::builder().key(key).value(value).build().expect("a tag");
    let rule = record.names.reaper_rule.as_str();
    let call = events
        .put_rule()
        .name(rule)
        .schedule_expression("rate(5 minutes)")
        .tags(tag);
    call.send().await.expect("a rule");
    let arn = format!("arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}");
    let target = Target::builder()
        .id("reaper")
        .arn(arn)
        .build()
        .expect("a target");
    events
        .put_targets()
        .rule(rule)
        .targets(target)
        .send()
        .await
        .expect("a target");
}
