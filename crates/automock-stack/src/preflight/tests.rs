//! Checks against an emulated account. It knows the quotas of VPCs and no others.

use automock_model::{ContainerImage, Domain, NetworkMode, Project};
use automock_testkit::{Emulator, fresh_world};
use automock_ttl::inventory::OWNERSHIP_TAG;
use aws_sdk_ec2::types::{ResourceType, Tag, TagSpecification};

use super::{IMAGE, WITHOUT_THE_STACK, ZONE, lenient, preflight};
use crate::aws::Session;
use crate::aws::limits::{elastic_ips, vpcs};
use crate::doctor::{Check, Verdict};
use crate::settings::Settings;

/// A manifest as short as the emulator takes it.
const MANIFEST: &str = r#"{"schemaVersion": 2,
    "mediaType": "application/vnd.docker.distribution.manifest.v2+json",
    "config": {"mediaType": "application/vnd.docker.container.image.v1+json", "size": 1, "digest": "sha256:00"},
    "layers": []}"#;

fn project() -> Project {
    let mut project = Project::new("pets".parse().unwrap());
    project.network.mode = NetworkMode::Private;
    project
}

async fn session(world: &Emulator, project: &Project) -> Session {
    let settings = Settings::new(".").with_environment(world.env());
    Session::connect(&project.region, &settings).await.unwrap()
}

async fn make_vpc(session: &Session, tag: Option<&str>) {
    let mut call = session.ec2().create_vpc().cidr_block("10.0.0.0/16");
    if let Some(stack) = tag {
        call = call.tag_specifications(tags(ResourceType::Vpc, stack));
    }
    call.send().await.unwrap();
}

fn tags(kind: ResourceType, stack: &str) -> TagSpecification {
    let tag = Tag::builder().key(OWNERSHIP_TAG).value(stack).build();
    TagSpecification::builder()
        .resource_type(kind)
        .tags(tag)
        .build()
}

/// The checks of a name.
async fn named(
    name: &str,
    project: &Project,
    session: &Session,
    exists: bool,
) -> Vec<(Verdict, String)> {
    let found = Box::pin(preflight(project, session, None, exists)).await;
    let found = found.into_iter().filter(|check| check.name == name);
    found.map(|check| (check.verdict, check.finding)).collect()
}

#[test]
fn what_stands_has_its_room() {
    let bad = |name| Check::new(name, Verdict::Bad, "");
    assert_eq!(lenient(bad("addresses"), true).verdict, Verdict::Note);
    assert_eq!(lenient(bad("addresses"), false).verdict, Verdict::Bad);
    for name in WITHOUT_THE_STACK {
        assert_eq!(lenient(bad(name), true).verdict, Verdict::Bad);
    }
}

#[tokio::test]
async fn an_untouched_account_has_room() {
    let (world, mut project) = (fresh_world(), project());
    let session = session(&world, &project).await;
    for mode in [
        NetworkMode::Private,
        NetworkMode::PrivateSingleNat,
        NetworkMode::PrivateEndpoints,
        NetworkMode::Public,
    ] {
        project.network.mode = mode;
        let found = Box::pin(preflight(&project, &session, None, false)).await;
        let is_bad = |check: &&Check| check.verdict == Verdict::Bad;
        assert_eq!(found.iter().find(is_bad), None);
    }
}

#[tokio::test]
async fn a_quota_that_cannot_be_read_is_a_note() {
    let (world, project) = (fresh_world(), project());
    let session = session(&world, &project).await;
    let found = named("elastic-ips", &project, &session, false).await;
    let [(verdict, finding)] = &found[..] else {
        panic!("{found:?}");
    };
    assert_eq!(*verdict, Verdict::Note);
    let expected = "quota \"EC2-VPC Elastic IPs\" cannot be read: cannot read the default of";
    assert!(finding.starts_with(expected), "{finding}");
}

#[tokio::test]
async fn a_region_that_is_full_of_vpcs_has_no_room_for_another() {
    let (world, project) = (fresh_world(), project());
    let session = session(&world, &project).await;
    for _ in 0..3 {
        make_vpc(&session, None).await;
    }
    let enough = named("vpcs", &project, &session, false).await;
    let finding = "the network needs 1 VPC, and the account may have 5, with 4 in use \
                   elsewhere (\"VPCs per Region\")";
    assert_eq!(enough, [(Verdict::Good, finding.to_owned())]);
    make_vpc(&session, None).await;
    let full = named("vpcs", &project, &session, false).await;
    assert_eq!(full[0].0, Verdict::Bad, "{full:?}");
    let standing = named("vpcs", &project, &session, true).await;
    assert_eq!(standing[0].0, Verdict::Note, "{standing:?}");
}

#[tokio::test]
async fn what_the_stack_has_itself_is_not_counted() {
    let (world, project) = (fresh_world(), project());
    let (session, stack) = (session(&world, &project).await, project.stack_id());
    let others = vpcs(&session, &stack).await.unwrap();
    for owner in [stack.as_str(), "another-dev"] {
        make_vpc(&session, Some(owner)).await;
        let call = session.ec2().allocate_address();
        let tags = tags(ResourceType::ElasticIp, owner);
        call.tag_specifications(tags).send().await.unwrap();
    }
    session.ec2().allocate_address().send().await.unwrap();
    assert_eq!(vpcs(&session, &stack).await.unwrap(), others + 1);
    assert_eq!(elastic_ips(&session, &stack).await.unwrap(), 2);
}

#[tokio::test]
async fn a_named_image_is_looked_for_in_the_accounts_registry() {
    let (world, mut project) = (fresh_world(), project());
    let session = session(&world, &project).await;
    let ecr = session.ecr();
    let repository = ecr.create_repository().repository_name("mocks/server");
    let made = repository.send().await.unwrap();
    let uri = made.repository().unwrap().repository_uri().unwrap();
    let image = ecr.put_image().repository_name("mocks/server");
    let image = image.image_tag("1.2").image_manifest(MANIFEST);
    image.send().await.unwrap();

    for (reference, verdict, says) in [
        (format!("{uri}:1.2"), Verdict::Good, "the account has"),
        // The emulator has no rules of a pull-through cache, so that the image may come from one.
        (format!("{uri}:1.3"), Verdict::Note, "has no image"),
        (
            format!("{uri}-2:1.2"),
            Verdict::Note,
            "no repository mocks/server-2",
        ),
    ] {
        project.engine.mock = Some(ContainerImage {
            image: reference,
            digest: None,
        });
        let found = named(IMAGE, &project, &session, false).await;
        let [(found, finding)] = &found[..] else {
            panic!("{found:?}");
        };
        assert_eq!(*found, verdict, "{finding}");
        assert!(finding.contains(says), "{finding}");
    }
    project.engine.mock = None;
    assert_eq!(named(IMAGE, &project, &session, false).await, []);
}

#[tokio::test]
async fn a_zone_of_the_account_tells_where_the_certificate_is() {
    let (world, mut project) = (fresh_world(), project());
    let session = session(&world, &project).await;
    project.domain = Some(Domain {
        name: "pets.example.com".to_owned(),
        zone: "example.com".to_owned(),
    });
    let without = named(ZONE, &project, &session, false).await;
    assert_eq!(without[0].0, Verdict::Bad, "{without:?}");
    world.create_hosted_zone("example.com").unwrap();
    let found = named(ZONE, &project, &session, false).await;
    let finding = format!(
        "example.com is a public hosted zone of the account; the certificate for pets.example.com is \
         requested in {}, where the load balancer is",
        project.region
    );
    assert_eq!(found, [(Verdict::Good, finding)]);
}
