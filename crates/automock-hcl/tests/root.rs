//! What a root says, as a person reads it.

mod support;

use std::fmt::Write as _;

use automock_hcl::{
    AppliedBy, RenderOptions, TeardownOptions, Workspace, render, render_foundation,
    render_teardown,
};
use automock_model::{Capacity, NetworkMode, Ttl};

use support::{ACCOUNT, cases, deployment, domain, existing_network, foundation, petstore};

/// The root's files one after the other, without the modules.
fn root(workspace: &Workspace) -> String {
    let mut text = String::new();
    for (path, contents) in workspace.files().filter(|(path, _)| !path.contains('/')) {
        let contents = std::str::from_utf8(contents).expect("a root is text");
        write!(text, "==> {path}\n{contents}\n").expect("writing to a string does not fail");
    }
    text
}

fn modules(workspace: &Workspace) -> Vec<&str> {
    let mut modules: Vec<_> = workspace
        .files()
        .filter_map(|(path, _)| path.strip_prefix("modules/")?.strip_suffix("/versions.tf"))
        .collect();
    modules.sort_unstable();
    modules
}

#[test]
fn default_project() {
    insta::assert_snapshot!(root(&render(&petstore(), &deployment())));
}

#[test]
fn public_spot_domain() {
    let mut project = petstore();
    project.network.mode = NetworkMode::Public;
    project.tasks.capacity = Capacity::Spot;
    project.domain = Some(domain());
    project.access.control = vec!["203.0.113.0/24".parse().unwrap()];
    insta::assert_snapshot!(root(&render(&project, &RenderOptions::default())));
}

#[test]
fn existing_network_without_a_reaper() {
    let mut project = petstore();
    project.network.mode = existing_network();
    let options = RenderOptions {
        reaper: None,
        ..deployment()
    };
    insta::assert_snapshot!(root(&render(&project, &options)));
}

#[test]
fn the_root_says_where_the_state_is_when_no_record_is_kept() {
    let local = RenderOptions::default();
    let rendered = RenderOptions {
        applied_by: AppliedBy::Terraform,
        ..deployment()
    };
    for (options, state) in [
        (deployment(), None),
        (local, Some("local")),
        (rendered, Some("rendered")),
    ] {
        let workspace = render(&petstore(), &options);
        let providers = workspace.text("providers.tf").unwrap();
        let line = providers.lines().find(|it| it.contains("automock:state"));
        let value = line.and_then(|line| line.split('"').nth(3));
        assert_eq!(value, state, "{providers}");
    }
}

#[test]
fn foundation_of_an_account() {
    insta::assert_snapshot!(root(&render_foundation(&foundation())));
}

#[test]
fn teardown_of_a_stack() {
    let workspace = render_teardown(&TeardownOptions {
        backend: deployment().backend,
        region: petstore().region,
        account_id: ACCOUNT.parse().unwrap(),
        path_style: false,
    });
    assert_eq!(modules(&workspace), [""; 0]);
    insta::assert_snapshot!(root(&workspace));
}

#[test]
fn the_same_project_gives_the_same_bytes() {
    for case in cases() {
        let first = render(&case.project, &case.options);
        let second = render(&case.project.clone(), &case.options.clone());
        assert_eq!(first.digest(), second.digest(), "{}", case.name);
    }
    let digests: std::collections::BTreeSet<_> = cases()
        .iter()
        .map(|case| render(&case.project, &case.options).digest())
        .collect();
    assert_eq!(
        digests.len(),
        cases().len(),
        "different projects give different workspaces"
    );
}

#[test]
fn a_workspace_carries_only_the_modules_that_it_calls() {
    let core = ["config-storage", "ecs-service", "iam", "networking"];
    assert_eq!(
        modules(&render(&petstore(), &RenderOptions::default())),
        core
    );
    let reaped = render(&petstore(), &deployment());
    assert_eq!(modules(&reaped), [&core[..], &["ttl-cleanup"]].concat());
    assert_eq!(
        modules(&render_foundation(&foundation())),
        ["image-registry", "state-backend", "ttl-cleanup/account"]
    );
}

#[test]
fn without_an_end_there_is_no_reaper() {
    let mut project = petstore();
    project.ttl.duration = Ttl::NONE;
    let workspace = render(&project, &deployment());
    assert!(!root(&workspace).contains("ttl_cleanup"));
    assert!(!modules(&workspace).contains(&"ttl-cleanup"));
}

#[test]
fn the_token_is_only_asked_for_while_control_is_open() {
    let mut project = petstore();
    let closed = render(&project, &deployment());
    assert_eq!(closed.text("variables.tf"), None);
    assert!(!root(&closed).contains("control_token"));

    project.access.control = vec!["203.0.113.0/24".parse().unwrap()];
    let open = render(&project, &deployment());
    let variables = open.text("variables.tf").expect("the token is a variable");
    assert!(variables.contains("sensitive   = true"), "{variables}");
    assert!(
        open.text("main.tf")
            .unwrap()
            .contains("= var.control_token\n")
    );
}

#[test]
fn nothing_depends_on_the_time() {
    for case in cases() {
        let workspace = render(&case.project, &case.options);
        for (path, contents) in workspace.files() {
            let text = String::from_utf8_lossy(contents);
            for clock in ["timestamp()", "plantimestamp()", "time_static"] {
                assert!(
                    !text.contains(clock),
                    "{path} asks for the time with {clock}"
                );
            }
        }
    }
}
