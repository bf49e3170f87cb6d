//! What the simulated AWS refuses, and how it answers for what is gone.
//!
//! Source of the rules: the API references of the services, and what a real provider was seen to
//! wait for.

use automock_simulator::build::Mode;
use automock_simulator::cloud::{Answer, balancing, compute, network, services};
use automock_simulator::life::Scene;
use automock_simulator::state::State;
use automock_simulator::thing::Truth;
use automock_ttl::CloudFailure;
use automock_ttl::kind::ResourceKind as K;

type Call = fn(&mut State, &str) -> Answer<()>;

/// Every kind that something else holds, the call that comes too early for it, and AWS's answer.
const TOO_EARLY: [(K, Call, &str); 13] = [
    (K::Vpc, network::delete_vpc, "DependencyViolation"),
    (K::Subnet, network::delete_subnet, "DependencyViolation"),
    (
        K::RouteTable,
        network::delete_route_table,
        "DependencyViolation",
    ),
    (K::InternetGateway, detach, "DependencyViolation"),
    (
        K::InternetGateway,
        network::delete_internet_gateway,
        "DependencyViolation",
    ),
    (K::ElasticIp, network::release, "InvalidIPAddress.InUse"),
    (
        K::SecurityGroup,
        network::delete_security_group,
        "DependencyViolation",
    ),
    (
        K::TargetGroup,
        balancing::delete_target_group,
        "ResourceInUse",
    ),
    (
        K::Certificate,
        balancing::delete_certificate,
        "ResourceInUseException",
    ),
    (
        K::EcsCluster,
        compute::delete_cluster,
        "ClusterContainsServicesException",
    ),
    (K::Bucket, services::delete_bucket, "BucketNotEmpty"),
    (K::IamRole, services::delete_role, "DeleteConflict"),
    (K::EventRule, services::delete_rule, "ValidationException"),
];

/// What each call answers for something that is not there; `None` is success.
const GONE: [(Call, Option<&str>); 20] = [
    (balancing::delete_load_balancer, None),
    (balancing::delete_target_group, None),
    (
        balancing::delete_certificate,
        Some("ResourceNotFoundException"),
    ),
    (compute::delete_cluster, Some("ClusterNotFoundException")),
    (compute::delete_service, Some("ServiceNotActiveException")),
    (compute::deregister_target, Some("ObjectNotFoundException")),
    (network::delete_vpc, Some("InvalidVpcID.NotFound")),
    (network::delete_subnet, Some("InvalidSubnetID.NotFound")),
    (
        network::delete_route_table,
        Some("InvalidRouteTableID.NotFound"),
    ),
    (
        network::delete_internet_gateway,
        Some("InvalidInternetGatewayID.NotFound"),
    ),
    (network::delete_nat_gateway, Some("NatGatewayNotFound")),
    (network::release, Some("InvalidAllocationID.NotFound")),
    (
        network::delete_endpoint,
        Some("InvalidVpcEndpoint.NotFound"),
    ),
    (
        network::delete_security_group,
        Some("InvalidGroup.NotFound"),
    ),
    (services::delete_bucket, Some("NoSuchBucket")),
    (services::delete_role, Some("NoSuchEntity")),
    (services::delete_alarm, Some("ResourceNotFound")),
    (
        services::delete_log_group,
        Some("ResourceNotFoundException"),
    ),
    (services::delete_rule, None),
    (services::delete_function, Some("ResourceNotFoundException")),
];

fn detach(state: &mut State, gateway: &str) -> Answer<()> {
    let vpc = own(state, K::Vpc)[0].clone();
    network::detach(state, gateway, &vpc)
}

fn world() -> State {
    Scene::new(Mode::Private).world
}

fn own(state: &State, kind: K) -> Vec<String> {
    let own = state.things.iter();
    let own = own.filter(|it| it.kind == kind && it.truth == Truth::Stack);
    own.map(|it| it.id.clone()).collect()
}

#[test]
fn what_is_still_needed_is_refused_with_the_code_of_aws_and_stays() {
    for (kind, call, code) in TOO_EARLY {
        let ids = own(&world(), kind);
        assert!(!ids.is_empty(), "a complete stack has one: {kind}");
        for id in ids {
            let mut state = world();
            let answer = call(&mut state, &id);
            let failure = answer.expect_err(&format!("{kind} {id} went"));
            assert_eq!(failure.code(), Some(code), "{kind} {id}: {failure}");
            assert!(!matches!(failure, CloudFailure::NotFound { .. }));
            assert!(state.get(kind, &id).is_some());
        }
    }
}

#[test]
fn what_is_gone_is_answered_as_aws_does() {
    for (number, (call, code)) in GONE.into_iter().enumerate() {
        let failure = call(&mut world(), "gone").err();
        let found = failure.as_ref().and_then(CloudFailure::code);
        assert_eq!(found, code, "call {number}: {failure:?}");
    }
}

#[test]
fn a_role_that_goes_before_its_service_makes_the_service_hang() {
    let mut state = world();
    let service = own(&state, K::EcsService)[0].clone();
    for role in own(&state, K::IamRole) {
        for policy in services::inline_policies(&state, &role).unwrap() {
            services::drop_policy(&mut state, &role, &policy).unwrap();
        }
        for policy in services::attached_policies(&state, &role).unwrap() {
            services::drop_policy(&mut state, &role, &policy).unwrap();
        }
        services::delete_role(&mut state, &role).unwrap();
    }
    compute::delete_service(&mut state, &service).unwrap();
    let mut other = world();
    compute::delete_service(&mut other, &service).unwrap();
    let end = |state: &State| {
        let all = state.things.iter();
        let found = all.clone().find(|it| it.id == service);
        found.and_then(|it| it.end).map(|end| end.gone)
    };
    assert!(end(&state) > end(&other), "{:?}", end(&state));
}
