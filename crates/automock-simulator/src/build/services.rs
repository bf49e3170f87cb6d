//! The modules `ttl-cleanup`, `config-storage`, `iam`, `domain` and `ecs-service`.

use automock_ttl::kind::ResourceKind as K;

use super::network::{Network, interface};
use super::plan::Plan;
use crate::random::Random;
use crate::thing::{Body, GroupRule};
use crate::time::Moment;

/// How many tasks a stack runs.
const TASKS: usize = 2;

/// The reaper, before anything that costs.
pub(super) fn reaper(plan: &mut Plan) {
    let names = plan.record.names.clone();
    let (function, rule) = (&names.reaper_function, &names.reaper_rule);
    let arn = plan.arn("lambda", &format!("function:{function}"));
    let terraform = "module.ttl_cleanup.aws_lambda_function.reaper";
    plan.make(
        terraform,
        K::LambdaFunction,
        function,
        function,
        Body::Plain,
    );
    plan.with_arn(&arn);
    let arn = plan.arn("events", &format!("rule/{rule}"));
    let body = Body::Rule {
        targets: vec!["reaper".to_owned()],
    };
    let terraform = "module.ttl_cleanup.aws_cloudwatch_event_rule.reaper";
    plan.make(terraform, K::EventRule, rule, rule, body);
    plan.with_arn(&arn);
    plan.part("module.ttl_cleanup.aws_lambda_permission.reaper", "events");
    plan.part(
        "module.ttl_cleanup.aws_cloudwatch_event_target.reaper",
        &format!("{rule}-reaper"),
    );
}

/// Everything but the reaper and the network.
pub(super) fn make(plan: &mut Plan, network: &Network) {
    let groups = log_groups(plan);
    bucket(plan);
    let roles = roles(plan);
    let certificate = certificate(plan);
    let (balancer_group, task_group) = security_groups(plan, &network.vpc);
    let target_group = target_group(plan, &network.vpc);
    let dns_name = load_balancer(plan, network, &balancer_group, &certificate, &target_group);
    record(
        plan,
        "A",
        &plan
            .record
            .clone()
            .names
            .domain
            .map_or(String::new(), |it| it.name),
        &dns_name,
        "alias",
    );
    let cluster = cluster(plan);
    definitions(plan);
    service(
        plan,
        network,
        &cluster,
        (&target_group, &task_group),
        roles,
        &groups,
    );
    scaling(plan);
    alarms(plan);
}

fn log_groups(plan: &mut Plan) -> Vec<String> {
    let prefix = plan.record.names.log_group_prefix.clone();
    let mut made = Vec::new();
    for role in ["mock", "loader"] {
        let name = format!("{prefix}{role}");
        let arn = plan.arn("logs", &format!("log-group:{name}"));
        let terraform = format!("module.ecs_service.aws_cloudwatch_log_group.{role}");
        plan.make(&terraform, K::LogGroup, &name, &name, Body::Plain);
        plan.with_arn(&arn);
        made.push(name);
    }
    let insights = format!(
        "/aws/ecs/containerinsights/{}/performance",
        plan.record.names.cluster
    );
    let arn = plan.arn("logs", &format!("log-group:{insights}"));
    let terraform = "module.ecs_service.aws_cloudwatch_log_group.container_insights[0]";
    plan.make(terraform, K::LogGroup, &insights, &insights, Body::Plain);
    plan.with_arn(&arn);
    made.push(insights);
    made
}

fn bucket(plan: &mut Plan) {
    let name = plan.record.names.config_bucket.clone();
    let body = Body::Bucket {
        versions: 2500,
        uploads: 1,
        written: Moment::default(),
    };
    let terraform = "module.config_storage.aws_s3_bucket.config";
    plan.make(terraform, K::Bucket, &name, &name, body);
    plan.with_arn(&format!("arn:aws:s3:::{name}"));
    for part in [
        "s3_bucket_versioning.config",
        "s3_bucket_policy.config",
        "s3_bucket_lifecycle_configuration.config",
        "s3_object.expectations",
    ] {
        plan.part(&format!("module.config_storage.aws_{part}"), &name);
    }
}

fn roles(plan: &mut Plan) -> Vec<String> {
    let names = plan.record.names.clone();
    for (role, policy, name) in [
        ("execution", "execution", &names.execution_role),
        ("task", "expectations", &names.task_role),
    ] {
        let body = Body::Role {
            path: names.iam_path.clone(),
            inline: vec![policy.to_owned()],
            attached: Vec::new(),
        };
        let terraform = format!("module.iam.aws_iam_role.{role}");
        plan.make(&terraform, K::IamRole, name, name, body);
        let path = &names.iam_path;
        plan.with_arn(&format!(
            "arn:aws:iam::{}:role{path}{name}",
            plan.record.account
        ));
        let terraform = format!("module.iam.aws_iam_role_policy.{role}");
        plan.part(&terraform, &format!("{name}:{policy}"));
    }
    vec![names.execution_role, names.task_role]
}

fn certificate(plan: &mut Plan) -> String {
    let domain = plan.record.names.domain.clone();
    let name = domain.map_or(String::new(), |domain| domain.name);
    let id = plan.id("certificate");
    let arn = plan.arn("acm", &format!("certificate/{id}"));
    let (asked, answer) = (
        format!("_{id}.{name}"),
        format!("_{id}.acm-validations.aws"),
    );
    let body = Body::Certificate {
        validation: (asked.clone(), "CNAME".to_owned(), answer.clone()),
    };
    let terraform = "module.domain[0].aws_acm_certificate.this";
    plan.make(terraform, K::Certificate, &arn, &name, body);
    record(plan, "CNAME", &asked, &answer, "validation");
    plan.part("module.domain[0].aws_acm_certificate_validation.this", &id);
    arn
}

fn record(plan: &mut Plan, rr_type: &str, name: &str, value: &str, role: &str) {
    let zone = "Z0SIMULATED";
    let body = Body::Record {
        zone: zone.to_owned(),
        rr_type: rr_type.to_owned(),
        value: value.to_owned(),
    };
    let id = format!("{zone}/{name}/{rr_type}");
    let terraform = format!("module.domain[0].aws_route53_record.{role}");
    plan.make(
        &terraform,
        K::DnsRecord,
        &id,
        &format!("{rr_type} {name}"),
        body,
    );
}

/// Two groups that name each other.
fn security_groups(plan: &mut Plan, vpc: &str) -> (String, String) {
    let (balancer, task) = (plan.id("sg"), plan.id("sg"));
    for (id, other, role, is_egress) in [
        (&balancer, &task, "load_balancer", true),
        (&task, &balancer, "task", false),
    ] {
        let rule = GroupRule {
            id: plan.id("sgr"),
            other: other.clone(),
            is_egress,
        };
        let rule_id = rule.id.clone();
        let body = Body::SecurityGroup {
            vpc: vpc.to_owned(),
            rules: vec![rule],
        };
        let name = format!("{}-{role}", plan.record.names.prefix);
        let terraform = format!("module.ecs_service.aws_security_group.{role}");
        plan.make(&terraform, K::SecurityGroup, id, &name, body);
        let kind = if is_egress { "egress" } else { "ingress" };
        let terraform =
            format!("module.ecs_service.aws_vpc_security_group_{kind}_rule.{role}_mock");
        plan.part(&terraform, &rule_id);
    }
    (balancer, task)
}

fn target_group(plan: &mut Plan, vpc: &str) -> String {
    let name = plan.record.names.target_group.clone();
    let arn = plan.arn(
        "elasticloadbalancing",
        &format!("targetgroup/{name}/73e2d6bc24d8a067"),
    );
    let body = Body::TargetGroup {
        vpc: vpc.to_owned(),
        delay_seconds: 300,
    };
    let terraform = "module.ecs_service.aws_lb_target_group.mock";
    plan.make(terraform, K::TargetGroup, &arn, &name, body);
    arn
}

fn load_balancer(
    plan: &mut Plan,
    network: &Network,
    group: &str,
    certificate: &str,
    target_group: &str,
) -> String {
    let name = plan.record.names.load_balancer.clone();
    let arn = plan.arn(
        "elasticloadbalancing",
        &format!("loadbalancer/app/{name}/50dc6c495c0c9188"),
    );
    let dns_name = format!("{name}-1234567890.us-east-1.elb.amazonaws.com");
    let body = Body::LoadBalancer {
        dns_name: dns_name.clone(),
        // Every other stack has it switched on by somebody.
        is_protected: Random::of(plan.steps.len() as u64, &[&name]).chance(5000),
        certificate: Some(certificate.to_owned()),
        target_group: Some(target_group.to_owned()),
    };
    plan.make(
        "module.ecs_service.aws_lb.this",
        K::LoadBalancer,
        &arn,
        &name,
        body,
    );
    for subnet in &network.load_balancer_subnets {
        interface(
            plan,
            (&network.vpc, subnet),
            &[group.to_owned()],
            &arn,
            true,
        );
    }
    for (kind, role) in [
        ("lb_listener", "http"),
        ("lb_listener", "https"),
        ("lb_listener_rule", "mock"),
    ] {
        let id = arn.replace("loadbalancer", "listener");
        plan.part(&format!("module.ecs_service.aws_{kind}.{role}"), &id);
    }
    dns_name
}

fn cluster(plan: &mut Plan) -> String {
    let name = plan.record.names.cluster.clone();
    let arn = plan.arn("ecs", &format!("cluster/{name}"));
    plan.make(
        "module.ecs_service.aws_ecs_cluster.this",
        K::EcsCluster,
        &arn,
        &name,
        Body::Cluster,
    );
    plan.part(
        "module.ecs_service.aws_ecs_cluster_capacity_providers.this",
        &name,
    );
    arn
}

/// Three revisions, of which Terraform's state knows the last.
fn definitions(plan: &mut Plan) {
    let family = plan.record.names.task_family.clone();
    let revision =
        |plan: &Plan, number: u32| plan.arn("ecs", &format!("task-definition/{family}:{number}"));
    let arn = revision(plan, 3);
    let body = |is_active| Body::Definition { is_active };
    plan.make(
        "module.ecs_service.aws_ecs_task_definition.this",
        K::TaskDefinition,
        &arn,
        &format!("{family}:3"),
        body(true),
    );
    for number in [1, 2] {
        let arn = revision(plan, number);
        plan.along(
            K::TaskDefinition,
            &arn,
            &format!("{family}:{number}"),
            body(false),
        );
    }
}

fn service(
    plan: &mut Plan,
    network: &Network,
    cluster: &str,
    (target_group, group): (&str, &str),
    roles: Vec<String>,
    log_groups: &[String],
) {
    let names = plan.record.names.clone();
    let arn = plan.arn(
        "ecs",
        &format!("service/{}/{}", names.cluster, names.service),
    );
    let body = Body::Service {
        cluster: cluster.to_owned(),
        target_group: target_group.to_owned(),
        roles,
    };
    plan.make(
        "module.ecs_service.aws_ecs_service.this",
        K::EcsService,
        &arn,
        &names.service,
        body,
    );
    for number in 0..TASKS {
        let id = plan.id("task");
        let task = plan.arn("ecs", &format!("task/{}/{id}", names.cluster));
        let body = Body::Task {
            cluster: cluster.to_owned(),
            service: arn.clone(),
            log_groups: log_groups.to_vec(),
            bucket: names.config_bucket.clone(),
        };
        plan.along(K::EcsTask, &task, &id, body);
        let subnet = &network.task_subnets[number % network.task_subnets.len()];
        let place = (network.vpc.as_str(), subnet.as_str());
        interface(
            plan,
            place,
            &[group.to_owned()],
            &task,
            network.tasks_are_public,
        );
    }
}

fn scaling(plan: &mut Plan) {
    let id = plan.record.names.scalable_target();
    let number = plan.id("target");
    let arn = plan.arn(
        "application-autoscaling",
        &format!("scalable-target/{number}"),
    );
    let terraform = "module.ecs_service.aws_appautoscaling_target.service";
    plan.make(terraform, K::ScalableTarget, &id, &id, Body::Plain);
    plan.with_arn(&arn);
    let terraform = "module.ecs_service.aws_appautoscaling_policy.scale_in[0]";
    plan.part(
        terraform,
        &format!("{}-cpu-scale-in", plan.record.names.prefix),
    );
}

fn alarms(plan: &mut Plan) {
    let names = plan.record.names.clone();
    for alarm in [
        "cpu-high",
        "cpu-low",
        "unhealthy-tasks",
        "load-balancer-5xx",
        "at-maximum",
    ] {
        let name = format!("{}-{alarm}", names.prefix);
        let arn = plan.arn("cloudwatch", &format!("alarm:{name}"));
        let terraform = format!(
            "module.ecs_service.aws_cloudwatch_metric_alarm.{}",
            alarm.replace('-', "_")
        );
        plan.make(&terraform, K::Alarm, &name, &name, Body::Plain);
        plan.with_arn(&arn);
    }
    let body = Body::Dashboard {
        text: format!(
            "[\"ClusterName\",\"{}\",{{\"region\":\"{}\"}}]",
            names.cluster, plan.record.region
        ),
    };
    let terraform = "module.ecs_service.aws_cloudwatch_dashboard.this[0]";
    plan.make(
        terraform,
        K::Dashboard,
        &names.dashboard,
        &names.dashboard,
        body,
    );
}
