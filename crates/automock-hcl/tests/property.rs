//! Text from outside stays text, whatever it is and wherever it is put.
//!
//! A valid project has no such text. A render does not rely on validation, because the fields of
//! a project are public.

mod support;

use std::collections::BTreeMap;

use automock_hcl::{Backend, RenderOptions, Workspace, render, render_foundation};
use automock_model::{ContainerImage, Domain, ExistingNetwork, NetworkMode, Project};
use hcl::eval::{Context, Evaluate};
use hcl::structure::{Block, Body, Structure};
use proptest::prelude::*;

use support::{cases, deployment, foundation, petstore};

/// Text that is code in HCL, in a shell or in a terminal, and text that is just text.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        r#"[$%{}~"\\\n\r a-z.]{0,16}"#,
        "\\PC{0,16}",
        any::<String>(),
        Just("${module.iam.task_role_arn}".to_owned()),
        Just("\"\n}\noutput \"x\" {\n  value = 1\n}\n".to_owned()),
    ]
}

/// The texts that are put into a project, by where they come out again.
type Texts = BTreeMap<&'static str, String>;

const PLACES: [&str; 9] = [
    "terraform.backend.s3.bucket",
    "terraform.backend.s3.key",
    "module.ttl_cleanup.package_file",
    "module.ttl_cleanup.role_arn",
    "module.networking.existing.vpc_id",
    "module.iam.permissions_boundary",
    "module.ecs_service.engine.image",
    "module.domain.domain_name",
    "provider.aws.default_tags.tags.team",
];

fn texts() -> impl Strategy<Value = Texts> {
    prop::collection::vec(text(), PLACES.len())
        .prop_map(|texts| PLACES.into_iter().zip(texts).collect())
}

fn project_of(texts: &Texts) -> (Project, RenderOptions) {
    let at = |place: &str| texts[place].clone();
    let mut project = petstore();
    project.network.mode = NetworkMode::Existing(ExistingNetwork {
        vpc_id: at("module.networking.existing.vpc_id"),
        load_balancer_subnet_ids: Vec::new(),
        task_subnet_ids: Vec::new(),
        assign_public_ip: false,
    });
    project.iam.permissions_boundary = Some(at("module.iam.permissions_boundary"));
    project.engine.mock = Some(ContainerImage {
        image: at("module.ecs_service.engine.image"),
        digest: None,
    });
    project.domain = Some(Domain {
        name: at("module.domain.domain_name"),
        zone: "example.com".to_owned(),
    });
    project.tags = [("team".to_owned(), at("provider.aws.default_tags.tags.team"))].into();

    let mut options = deployment();
    options.backend = Backend::S3 {
        bucket: Some(at("terraform.backend.s3.bucket")),
        key: at("terraform.backend.s3.key"),
        region: "us-east-1".to_owned(),
        lock_table: None,
        path_style: false,
    };
    let reaper = options.reaper.as_mut().expect("a deployment has a reaper");
    reaper.package_file = at("module.ttl_cleanup.package_file");
    reaper.role_arn = at("module.ttl_cleanup.role_arn");
    (project, options)
}

fn root(workspace: &Workspace) -> Body {
    workspace
        .files()
        .filter(|(path, _)| !path.contains('/'))
        .flat_map(|(path, _)| {
            let text = workspace.text(path).expect("a root is text");
            let body: Body = hcl::parse(text).unwrap_or_else(|error| panic!("{path}: {error}"));
            body.into_inner()
        })
        .collect()
}

/// Labels and attribute names of everything, without any value.
fn shape(body: &Body) -> Vec<String> {
    body.iter()
        .flat_map(|structure| match structure {
            Structure::Attribute(attribute) => vec![attribute.key().to_owned()],
            Structure::Block(block) => {
                let inside = shape(block.body());
                let name = name(block);
                inside
                    .into_iter()
                    .map(|part| format!("{name}.{part}"))
                    .chain([name.clone()])
                    .collect()
            }
        })
        .collect()
}

fn name(block: &Block) -> String {
    let labels = block.labels().iter().map(hcl::BlockLabel::as_str);
    [block.identifier()]
        .into_iter()
        .chain(labels)
        .collect::<Vec<_>>()
        .join(".")
}

/// Follows a path of block names, one attribute name and object keys to a text.
fn text_at(body: &Body, path: &str) -> Option<String> {
    body.iter().find_map(|structure| match structure {
        Structure::Block(block) => text_at(
            block.body(),
            path.strip_prefix(&name(block))?.strip_prefix('.')?,
        ),
        Structure::Attribute(attribute) => {
            let mut parts = path.split('.');
            if parts.next() != Some(attribute.key()) {
                return None;
            }
            let value = attribute.expr().evaluate(&Context::new()).ok()?;
            let found = parts.try_fold(&value, |value, key| value.as_object()?.get(key))?;
            found.as_str().map(str::to_owned)
        }
    })
}

proptest! {
    #[test]
    fn every_text_comes_out_as_it_went_in(texts in texts()) {
        let (project, options) = project_of(&texts);
        let body = root(&render(&project, &options));
        for (place, text) in &texts {
            prop_assert_eq!(text_at(&body, place), Some(text.clone()), "at {}", place);
        }
    }

    #[test]
    fn no_text_adds_anything_to_the_root(texts in texts()) {
        let (project, options) = project_of(&texts);
        let plain = PLACES.into_iter().map(|place| (place, "plain".to_owned())).collect();
        let (plain_project, plain_options) = project_of(&plain);
        prop_assert_eq!(
            shape(&root(&render(&project, &options))),
            shape(&root(&render(&plain_project, &plain_options)))
        );
    }

    #[test]
    fn tag_keys_are_text_too(tags in prop::collection::btree_map(text(), text(), 0..6)) {
        let mut project = petstore();
        project.tags = tags;
        let body = root(&render(&project, &deployment()));
        let tags = body
            .blocks()
            .find(|block| block.identifier() == "provider")
            .and_then(|provider| provider.body().blocks().next())
            .and_then(|default_tags| default_tags.body().attributes().next())
            .expect("the provider has default tags");
        let value = tags.expr().evaluate(&Context::new()).expect("tags refer to nothing");
        let expected: hcl::Value = project.all_tags().into_iter().collect();
        prop_assert_eq!(value, expected);
    }
}

#[test]
fn every_root_parses() {
    for case in cases() {
        let body = root(&render(&case.project, &case.options));
        assert!(body.blocks().count() > 15, "{}", case.name);
    }
    assert!(root(&render_foundation(&foundation())).blocks().count() > 5);
}
