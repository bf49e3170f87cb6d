//! Projects for the tests: every choice that a project has, in as few projects as possible.

use std::time::Duration;

use automock_hcl::{
    AppliedBy, Architecture, Backend, FoundationOptions, ReaperOptions, RenderOptions,
};
use automock_model::{
    Capacity, ContainerImage, Domain, EngineKind, ExistingNetwork, NetworkMode, Project, ScaleIn,
    ScalingPolicy, SizeName, Step, StepScaling, TargetTracking, TaskSize, Ttl,
};

/// A project, how it is rendered, and what it is called in failures.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) project: Project,
    pub(crate) options: RenderOptions,
}

pub(crate) const ACCOUNT: &str = "123456789012";

pub(crate) fn petstore() -> Project {
    Project::new("petstore".parse().expect("a valid name"))
}

/// The options of a deployment: state in the foundation's bucket, and a reaper.
pub(crate) fn deployment() -> RenderOptions {
    RenderOptions {
        backend: Backend::S3 {
            bucket: Some(format!("automock-{ACCOUNT}-us-east-1")),
            key: "stacks/petstore-dev/terraform.tfstate".to_owned(),
            region: "us-east-1".to_owned(),
            lock_table: None,
            path_style: false,
        },
        path_style: false,
        account_id: Some(ACCOUNT.parse().expect("twelve digits")),
        reaper: Some(ReaperOptions {
            role_arn: format!("arn:aws:iam::{ACCOUNT}:role/automock/automock-reaper-us-east-1"),
            log_group_name: "/automock/reaper".to_owned(),
            topic_arn: format!("arn:aws:sns:us-east-1:{ACCOUNT}:automock-us-east-1"),
            package_file: "reaper.zip".to_owned(),
            package_sha256: "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=".to_owned(),
            state_bucket: format!("automock-{ACCOUNT}-us-east-1"),
            architecture: Architecture::Arm64,
        }),
        engine_image: Some(ContainerImage {
            image: format!("{ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com/automock-engine"),
            digest: Some(format!("sha256:{}", "1".repeat(64))),
        }),
        longest_answer: Duration::from_secs(8),
        applied_by: AppliedBy::Automock,
    }
}

pub(crate) fn foundation() -> FoundationOptions {
    FoundationOptions {
        lock_table: true,
        mail: ["team@example.com".to_owned()].into(),
        permissions_boundary: Some(format!("arn:aws:iam::{ACCOUNT}:policy/boundary")),
        ..FoundationOptions::new(ACCOUNT.parse().expect("twelve digits"), petstore().region)
    }
}

pub(crate) fn existing_network() -> NetworkMode {
    NetworkMode::Existing(ExistingNetwork {
        vpc_id: "vpc-0123456789abcdef0".to_owned(),
        load_balancer_subnet_ids: vec!["subnet-0a".to_owned(), "subnet-0b".to_owned()],
        task_subnet_ids: vec!["subnet-0c".to_owned()],
        assign_public_ip: false,
    })
}

pub(crate) fn domain() -> Domain {
    Domain {
        name: "mock.example.com".to_owned(),
        zone: "example.com".to_owned(),
    }
}

/// Every network mode, size, capacity, scaling policy, and every part that can be absent.
pub(crate) fn cases() -> Vec<Case> {
    vec![
        case("default", |_, _| ()),
        case("everything", |project, options| {
            project.network.mode = NetworkMode::PrivateSingleNat;
            project.network.zones = 3;
            project.tasks.size = TaskSize::Named(SizeName::Medium);
            project.tasks.capacity = Capacity::Mixed {
                on_demand_base: 10,
                spot_percent: 70,
            };
            project.domain = Some(domain());
            project.access.control = vec!["203.0.113.0/24".parse().expect("a range")];
            project.iam.permissions_boundary =
                Some(format!("arn:aws:iam::{ACCOUNT}:policy/boundary"));
            project.observability.container_insights = true;
            project.tags = [("team".to_owned(), "größe + 名前".to_owned())].into();
            mockserver(project);
            project.engine.mock = Some(ContainerImage {
                image: "mockserver/mockserver:5.15.0".to_owned(),
                digest: Some(format!("sha256:{}", "0".repeat(64))),
            });
            options.path_style = true;
        }),
        case("public-spot", |project, options| {
            project.network.mode = NetworkMode::Public;
            project.tasks.size = TaskSize::Named(SizeName::Large);
            project.tasks.capacity = Capacity::Spot;
            project.scaling.policy = ScalingPolicy::Steps(StepScaling {
                preset: None,
                cpu: vec![Step {
                    above: 60,
                    add_percent: 100,
                }],
                memory: Vec::new(),
                requests_per_minute: Vec::new(),
                scale_in: ScaleIn {
                    below_percent: 20,
                    remove_percent: 10,
                    for_seconds: 600,
                },
            });
            project.observability.dashboard = false;
            options.account_id = None;
            options.engine_image = None;
            options.backend = Backend::Local {
                path: "terraform.tfstate".to_owned(),
            };
        }),
        case("endpoints", |project, _| {
            let registry = format!("{ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com");
            mockserver(project);
            project.engine.mock = Some(image(&format!("{registry}/mockserver:5.15.0")));
            project.engine.loader = Some(image(&format!("{registry}/aws-cli:2.17.0")));
            project.network.mode = NetworkMode::PrivateEndpoints;
            project.tasks.size = TaskSize::Named(SizeName::Xlarge);
            project.scaling.policy = tracking(Some(60), None, Some(3000));
            project.ttl.duration = Ttl::NONE;
        }),
        case("existing", |project, options| {
            project.network.mode = existing_network();
            project.tasks.size = TaskSize::Custom {
                cpu_units: 512,
                memory_mib: 2048,
            };
            project.scaling.policy = tracking(None, Some(70), None);
            project.access.control = vec!["10.0.0.0/8".parse().expect("a range")];
            options.reaper = None;
            options.backend = Backend::S3 {
                bucket: None,
                key: "key".to_owned(),
                region: "eu-central-1".to_owned(),
                lock_table: Some("automock-locks".to_owned()),
                path_style: true,
            };
        }),
        case("existing-domain", |project, _| {
            project.network.mode = existing_network();
            project.domain = Some(domain());
        }),
    ]
}

fn mockserver(project: &mut Project) {
    project.engine.kind = EngineKind::MockServer;
    project.engine.mock = Some(image("mockserver/mockserver:5.15.0"));
    project.engine.loader = Some(image("public.ecr.aws/aws-cli/aws-cli:2.17.0"));
    project.engine.reload_every_seconds = project.engine.kind.default_reload_seconds();
}

fn image(image: &str) -> ContainerImage {
    ContainerImage {
        image: image.to_owned(),
        digest: None,
    }
}

fn case(name: &'static str, change: impl FnOnce(&mut Project, &mut RenderOptions)) -> Case {
    let mut case = Case {
        name,
        project: petstore(),
        options: deployment(),
    };
    change(&mut case.project, &mut case.options);
    case
}

fn tracking(cpu: Option<u32>, memory: Option<u32>, requests: Option<u32>) -> ScalingPolicy {
    ScalingPolicy::TargetTracking(TargetTracking {
        cpu_percent: cpu,
        memory_percent: memory,
        requests_per_minute: requests,
    })
}
