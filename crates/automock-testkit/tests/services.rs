//! ECS services have tasks, targets and loaders, and fail on demand.

mod support;

use std::time::Duration;

use automock_testkit::{Emulator, ServiceFailure, fresh_world};
use serde_json::{Value, json};
use support::Aws;

const REVISION: &str = "0123456789abcdef";
const LONG: Duration = Duration::from_mins(1);

/// A VPC, a target group and a service of three tasks that read `expectations.json`.
struct Stack {
    world: Emulator,
    vpc: String,
    subnet: String,
    group: String,
    target_group: String,
}

impl Stack {
    fn new() -> Self {
        let world = fresh_world();
        let aws = Aws(&world);
        let vpc = aws
            .ec2("Action=CreateVpc&CidrBlock=10.0.0.0/16")
            .element("vpcId");
        let subnet = aws
            .ec2(&format!(
                "Action=CreateSubnet&VpcId={vpc}&CidrBlock=10.0.0.0/24"
            ))
            .element("subnetId");
        let group = aws
            .ec2(&format!(
                "Action=CreateSecurityGroup&VpcId={vpc}&GroupName=tasks&GroupDescription=tasks"
            ))
            .element("groupId");
        let target_group = aws.elbv2(&format!("Action=CreateTargetGroup&Name=mock&Protocol=HTTP&Port=1080&TargetType=ip&VpcId={vpc}")).element("TargetGroupArn");
        aws.s3("PUT", "/config", &[], "").ok();
        aws.ecs("CreateCluster", &json!({"clusterName": "c"})).ok();
        aws.ecs("RegisterTaskDefinition", &task_definition()).ok();
        let stack = Self {
            world,
            vpc,
            subnet,
            group,
            target_group,
        };
        stack.create_service();
        stack
    }

    fn create_service(&self) {
        let network = json!({"awsvpcConfiguration": {"subnets": [self.subnet], "securityGroups": [self.group]}});
        let balancer = json!({"targetGroupArn": self.target_group, "containerName": "mock", "containerPort": 1080});
        let service = json!({"cluster": "c", "serviceName": "s", "taskDefinition": "mock", "desiredCount": 3, "launchType": "FARGATE",
            "deploymentConfiguration": {"deploymentCircuitBreaker": {"enable": true, "rollback": true}},
            "networkConfiguration": network, "loadBalancers": [balancer]});
        let answer = self.aws().ecs("CreateService", &service).json();
        assert_eq!(answer["service"]["availabilityZoneRebalancing"], "DISABLED");
    }

    fn aws(&self) -> Aws<'_> {
        Aws(&self.world)
    }

    fn upload(&self) {
        let ready = json!([{"id": "automock-ready", "httpResponse": {"headers": {"x-automock-revision": [REVISION]}}}]);
        self.aws()
            .s3("PUT", "/config/expectations.json", &[], &ready.to_string())
            .ok();
    }

    fn service(&self) -> Value {
        self.aws()
            .ecs(
                "DescribeServices",
                &json!({"cluster": "c", "services": ["s"]}),
            )
            .json()["services"][0]
            .clone()
    }

    fn tasks(&self, status: &str) -> Vec<Value> {
        let arns = self
            .aws()
            .ecs(
                "ListTasks",
                &json!({"cluster": "c", "serviceName": "s", "desiredStatus": status}),
            )
            .json();
        if arns["taskArns"] == json!([]) {
            return Vec::new();
        }
        let wanted = json!({"cluster": "c", "tasks": arns["taskArns"]});
        let tasks = self.aws().ecs("DescribeTasks", &wanted).json();
        tasks["tasks"].as_array().cloned().unwrap_or_default()
    }

    fn target_states(&self) -> Vec<String> {
        let health = self
            .aws()
            .elbv2(&format!(
                "Action=DescribeTargetHealth&TargetGroupArn={}",
                self.target_group
            ))
            .ok();
        health
            .split("<State>")
            .skip(1)
            .map(|rest| rest.split('<').next().unwrap_or_default().to_owned())
            .collect()
    }

    fn acknowledgements(&self) -> usize {
        let listing = self
            .aws()
            .s3(
                "GET",
                &format!("/config?list-type=2&prefix=acks/{REVISION}/"),
                &[],
                "",
            )
            .ok();
        listing.matches("<Key>").count()
    }
}

fn task_definition() -> Value {
    let environment = [
        ("AUTOMOCK_BUCKET", "config"),
        ("AUTOMOCK_KEY", "expectations.json"),
    ]
    .map(|(name, value)| json!({"name": name, "value": value}));
    json!({"family": "mock", "networkMode": "awsvpc", "requiresCompatibilities": ["FARGATE"], "cpu": "256", "memory": "512",
        "containerDefinitions": [{"name": "mock", "image": "mock:1"}, {"name": "loader", "image": "loader:1", "environment": environment}]})
}

/// AutoMock's engine confirms the hash of the object's bytes, where its environment says.
#[test]
fn an_engine_confirms_the_revision_of_what_it_fetches() {
    let stack = Stack::new();
    let environment = [
        ("AUTOMOCK_SOURCE", "s3://config/pets.json"),
        ("AUTOMOCK_CONFIRM", "s3://config/acks"),
    ]
    .map(|(name, value)| json!({"name": name, "value": value}));
    let definition = json!({"family": "own", "networkMode": "awsvpc", "requiresCompatibilities": ["FARGATE"], "cpu": "256", "memory": "512",
        "containerDefinitions": [{"name": "mock", "image": "mock:1", "environment": environment}]});
    let aws = stack.aws();
    aws.ecs("RegisterTaskDefinition", &definition).ok();
    let update = json!({"cluster": "c", "service": "s", "taskDefinition": "own"});
    aws.ecs("UpdateService", &update).ok();
    // `printf '[]' | sha256sum`, of which a revision has 16 digits.
    aws.s3("PUT", "/config/pets.json", &[], "[]").ok();
    stack.world.advance(LONG).unwrap();
    let listing = aws.s3(
        "GET",
        "/config?list-type=2&prefix=acks/4f53cda18c2baa0c/",
        &[],
        "",
    );
    assert_eq!(listing.ok().matches("<Key>").count(), 3);
    assert_eq!(stack.target_states(), ["healthy"; 3]);
}

#[test]
fn a_service_has_as_many_tasks_and_targets_as_it_wants() {
    let stack = Stack::new();
    stack.upload();
    assert_eq!(stack.service()["runningCount"], 3);
    let tasks = stack.tasks("RUNNING");
    assert_eq!(tasks.len(), 3);
    assert!(
        tasks.iter().all(|task| task["lastStatus"] == "RUNNING"
            && task["containers"].as_array().unwrap().len() == 2)
    );
    assert_eq!(stack.target_states(), ["initial"; 3]);
    assert_eq!(
        stack.service()["deployments"][0]["rolloutState"],
        "IN_PROGRESS"
    );

    stack.world.advance(LONG).unwrap();
    assert_eq!(stack.target_states(), ["healthy"; 3]);
    assert_eq!(
        stack.service()["deployments"][0]["rolloutState"],
        "COMPLETED"
    );
    assert_eq!(
        stack
            .tasks("RUNNING")
            .iter()
            .map(|task| &task["taskArn"])
            .collect::<Vec<_>>(),
        tasks
            .iter()
            .map(|task| &task["taskArn"])
            .collect::<Vec<_>>()
    );

    stack
        .aws()
        .ecs(
            "UpdateService",
            &json!({"cluster": "c", "service": "s", "desiredCount": 1}),
        )
        .ok();
    assert_eq!(stack.target_states(), ["healthy"]);
    assert_eq!(stack.tasks("RUNNING").len(), 1);
}

#[test]
fn tasks_come_in_pages_of_a_hundred() {
    let stack = Stack::new();
    stack
        .aws()
        .ecs(
            "UpdateService",
            &json!({"cluster": "c", "service": "s", "desiredCount": 150}),
        )
        .ok();
    let page = |token: &Value| {
        stack
            .aws()
            .ecs(
                "ListTasks",
                &json!({"cluster": "c", "serviceName": "s", "nextToken": token}),
            )
            .json()
    };
    let first = page(&Value::Null);
    let second = page(&first["nextToken"]);
    let count = |page: &Value| page["taskArns"].as_array().map_or(0, Vec::len);
    assert_eq!((count(&first), count(&second)), (100, 50));
    assert!(second["nextToken"].is_null());
    let all: Vec<_> = [&first, &second]
        .iter()
        .flat_map(|page| page["taskArns"].as_array().cloned().unwrap_or_default())
        .collect();
    let refused = stack
        .aws()
        .ecs("DescribeTasks", &json!({"cluster": "c", "tasks": all}));
    assert!(
        refused.body.contains("InvalidParameterException"),
        "{}",
        refused.body
    );
}

#[test]
fn loaders_confirm_each_upload_once_per_task() {
    let stack = Stack::new();
    stack.world.advance(LONG).unwrap();
    assert_eq!(
        stack.target_states(),
        ["unhealthy"; 3],
        "nothing to serve yet"
    );
    assert_eq!(stack.acknowledgements(), 0);
    stack.upload();
    stack.world.advance(LONG).unwrap();
    assert_eq!(stack.acknowledgements(), 3);
    assert_eq!(stack.target_states(), ["healthy"; 3]);

    stack
        .world
        .fail_service("s", &ServiceFailure::LoaderSilent)
        .unwrap();
    for task in stack.tasks("RUNNING") {
        let id = task["taskArn"]
            .as_str()
            .unwrap()
            .rsplit('/')
            .next()
            .unwrap()
            .to_owned();
        stack
            .aws()
            .s3("DELETE", &format!("/config/acks/{REVISION}/{id}"), &[], "")
            .ok();
    }
    stack.upload();
    stack.world.advance(LONG).unwrap();
    assert_eq!(
        stack.acknowledgements(),
        0,
        "silent loaders confirm nothing"
    );
    stack.world.heal_service("s").unwrap();
    assert_eq!(
        stack.acknowledgements(),
        3,
        "the same text uploaded again is confirmed again"
    );
}

#[test]
fn a_service_fails_on_demand_and_recovers() {
    let stack = Stack::new();
    stack.upload();
    stack.world.advance(LONG).unwrap();

    stack
        .world
        .fail_service(
            "s*",
            &ServiceFailure::TargetsUnhealthy {
                reason: "codes: [503]".into(),
            },
        )
        .unwrap();
    assert_eq!(stack.target_states(), ["unhealthy"; 3]);
    assert!(
        stack.service()["events"][0]["message"]
            .as_str()
            .unwrap()
            .contains("codes: [503]")
    );
    stack.world.heal_service("s*").unwrap();
    assert_eq!(stack.target_states(), ["healthy"; 3]);

    let reason = "CannotPullContainerError: no such manifest";
    stack
        .world
        .fail_service(
            "s",
            &ServiceFailure::TasksStopped {
                reason: reason.into(),
            },
        )
        .unwrap();
    let service = stack.service();
    assert_eq!(service["runningCount"], 0);
    assert_eq!(service["deployments"][0]["rolloutState"], "FAILED");
    assert!(
        service["events"][0]["message"]
            .as_str()
            .unwrap()
            .contains(reason)
    );
    assert!(stack.tasks("RUNNING").is_empty());
    assert!(
        stack
            .tasks("STOPPED")
            .iter()
            .all(|task| task["stoppedReason"] == reason)
    );
    stack.world.heal_service("s").unwrap();
    assert_eq!(stack.tasks("RUNNING").len(), 3);
}

#[test]
fn a_scalable_target_bounds_the_tasks_and_goes_with_its_policies() {
    let stack = Stack::new();
    let aws = stack.aws();
    let scaling = |action: &str, more: Value| {
        let mut body = json!({"ServiceNamespace": "ecs", "ResourceId": "service/c/s", "ScalableDimension": "ecs:service:DesiredCount"});
        body.as_object_mut()
            .expect("an object")
            .extend(more.as_object().cloned().unwrap_or_default());
        let target = format!("AnyScaleFrontendService.{action}");
        let headers = [
            ("Content-Type", "application/x-amz-json-1.1"),
            ("X-Amz-Target", target.as_str()),
        ];
        aws.send(
            "POST",
            "application-autoscaling",
            "/",
            &headers,
            &body.to_string(),
        )
    };
    let target = scaling(
        "RegisterScalableTarget",
        json!({"MinCapacity": 5, "MaxCapacity": 9, "Tags": {"a": "1"}}),
    )
    .json();
    assert_eq!(stack.tasks("RUNNING").len(), 5);
    let activities = scaling("DescribeScalingActivities", json!({})).json();
    assert_eq!(
        activities["ScalingActivities"][0]["Cause"],
        "minimum capacity was set to 5"
    );
    let arn = json!({"ResourceARN": target["ScalableTargetARN"]});
    assert_eq!(
        scaling("ListTagsForResource", arn).json()["Tags"],
        json!({"a": "1"})
    );

    let policy = json!({"PolicyName": "p", "PolicyType": "StepScaling", "StepScalingPolicyConfiguration": {"AdjustmentType": "ChangeInCapacity", "StepAdjustments": []}});
    scaling("PutScalingPolicy", policy).ok();
    assert_eq!(
        stack
            .world
            .census()
            .unwrap()
            .count("application-autoscaling", "scaling_policy"),
        1
    );
    scaling("DeregisterScalableTarget", json!({})).ok();
    assert_eq!(
        stack
            .world
            .census()
            .unwrap()
            .count("application-autoscaling", "scaling_policy"),
        0
    );
    let again = scaling("DeregisterScalableTarget", json!({}));
    assert!(
        again.body.contains("ObjectNotFoundException"),
        "{}",
        again.body
    );
}

#[test]
fn deletion_follows_the_order_of_aws() {
    let stack = Stack::new();
    let aws = stack.aws();
    let refused = |form: &str, code: &str| {
        let reply = aws.ec2(form);
        assert_eq!(reply.status, 400, "{form}: {}", reply.body);
        assert!(
            reply.body.contains(&format!("<Code>{code}</Code>")),
            "{form}: {}",
            reply.body
        );
    };
    let delete_subnet = format!("Action=DeleteSubnet&SubnetId={}", stack.subnet);
    let delete_group = format!("Action=DeleteSecurityGroup&GroupId={}", stack.group);
    let delete_vpc = format!("Action=DeleteVpc&VpcId={}", stack.vpc);
    refused(&delete_subnet, "DependencyViolation");
    refused(&delete_group, "DependencyViolation");
    let early = aws.ecs("DeleteCluster", &json!({"cluster": "c"}));
    assert!(
        early.body.contains("ClusterContainsServicesException"),
        "{}",
        early.body
    );

    aws.ecs(
        "DeleteService",
        &json!({"cluster": "c", "service": "s", "force": true}),
    )
    .ok();
    assert_eq!(stack.service()["status"], "DRAINING");
    refused(&delete_subnet, "DependencyViolation");
    stack.world.advance(LONG).unwrap();
    assert_eq!(stack.service()["status"], "INACTIVE");
    aws.ecs("DeleteCluster", &json!({"cluster": "c"})).ok();
    aws.ec2(&delete_subnet).ok();
    refused(&delete_vpc, "DependencyViolation");
    aws.ec2(&delete_group).ok();
    aws.ec2(&delete_vpc).ok();
}

#[test]
fn a_nat_gateway_holds_its_address_until_it_is_deleted() {
    let stack = Stack::new();
    let aws = stack.aws();
    let address = aws
        .ec2("Action=AllocateAddress&Domain=vpc")
        .element("allocationId");
    let gateway = aws
        .ec2(&format!(
            "Action=CreateNatGateway&SubnetId={}&AllocationId={address}",
            stack.subnet
        ))
        .element("natGatewayId");
    let state = || {
        aws.ec2(&format!(
            "Action=DescribeNatGateways&NatGatewayId.1={gateway}"
        ))
        .element("state")
    };
    assert_eq!(state(), "available");
    aws.ec2(&format!("Action=DeleteNatGateway&NatGatewayId={gateway}"))
        .ok();
    assert_eq!(state(), "deleting");
    let release = format!("Action=ReleaseAddress&AllocationId={address}");
    assert!(aws.ec2(&release).body.contains("InvalidIPAddress.InUse"));
    stack.world.advance(LONG).unwrap();
    assert_eq!(state(), "deleted");
    aws.ec2(&release).ok();
    assert_eq!(stack.world.census().unwrap().count("ec2", "nat_gateway"), 0);
}
