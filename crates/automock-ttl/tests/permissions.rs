//! The table of permissions against the program: an action that no code calls, or a call without
//! its action, fails.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use automock_ttl::permissions::{Service, operations};

/// Parts of the adapter that only the command line uses, with the caller's own rights.
const NOT_THE_REAPERS: &[&str] = &["orphans"];

/// What the code calls a client, and whose client it is.
const CLIENTS: &[(&str, Service)] = &[
    ("acm", Service::Acm),
    ("cloudwatch", Service::CloudWatch),
    ("ec2", Service::Ec2),
    ("ecs", Service::Ecs),
    ("elb", Service::ElasticLoadBalancing),
    ("events", Service::EventBridge),
    ("iam", Service::Iam),
    ("lambda", Service::Lambda),
    ("logs", Service::Logs),
    ("route53", Service::Route53),
    ("s3", Service::S3),
    ("scaling", Service::ApplicationAutoScaling),
    ("sns", Service::Sns),
];

/// Types of clients, by the names under which files import them.
const CLIENT_TYPES: &[&str] = &["Client", "CloudWatch", "Events", "Lambda", "Logs"];

/// An operation as the code and the table name it.
type Call = (Service, String);

fn sources() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/aws");
    let mut sources = Vec::new();
    collect(&root, &mut sources);
    sources.retain(|(path, _)| {
        let path = path.strip_prefix(&root).expect("it is below the root");
        !NOT_THE_REAPERS.iter().any(|other| path.starts_with(other))
    });
    assert!(sources.len() > 15, "the adapter is somewhere else");
    sources
}

fn collect(directory: &Path, sources: &mut Vec<(PathBuf, String)>) {
    for entry in fs::read_dir(directory).expect("the adapter is there") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            collect(&path, sources);
        } else if path.extension().is_some_and(|it| it == "rs") {
            let text = fs::read_to_string(&path).expect("text");
            sources.push((path, program(&text)));
        }
    }
}

/// The code without comments and without its unit tests, on one line and without blanks around
/// dots, so that a chain of calls reads like one word.
fn program(text: &str) -> String {
    let text = text.split("#[cfg(test)]").next().unwrap_or_default();
    let lines = text
        .lines()
        .map(|line| line.split("//").next().unwrap_or_default().trim());
    let mut joined = String::new();
    for line in lines.filter(|line| !line.is_empty()) {
        if !line.starts_with('.') {
            joined.push(' ');
        }
        joined.push_str(line);
    }
    joined
}

fn is_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

/// `client.operation()` wherever it stands.
fn calls(program: &str) -> BTreeSet<Call> {
    let mut calls = BTreeSet::new();
    for (client, service) in CLIENTS {
        let needle = format!("{client}.");
        for (start, _) in program.match_indices(&needle) {
            if program[..start].ends_with(is_word) {
                continue;
            }
            let rest = &program[start + needle.len()..];
            let name: String = rest.chars().take_while(|it| is_word(*it)).collect();
            if rest[name.len()..].starts_with("()") && name != "clone" {
                calls.insert((*service, name));
            }
        }
    }
    calls
}

/// What the code calls its clients: the words before `: &Client` and its like.
fn names_of_clients(program: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for (colon, _) in program.match_indices(": ") {
        let declared = program[colon + 2..].trim_start_matches('&');
        let path: String = declared
            .chars()
            .take_while(|it| is_word(*it) || *it == ':')
            .collect();
        let is_client = CLIENT_TYPES.contains(&path.as_str())
            || path.starts_with("aws_sdk_") && path.ends_with("::Client");
        if is_client {
            let name = program[..colon].rsplit(|it| !is_word(it)).next();
            names.extend(name.map(str::to_owned));
        }
    }
    names
}

fn called() -> BTreeSet<Call> {
    let programs = sources();
    programs
        .iter()
        .flat_map(|(_, program)| calls(program))
        .collect()
}

fn listed() -> BTreeSet<Call> {
    operations()
        .map(|operation| (operation.service, operation.call.to_owned()))
        .collect()
}

#[test]
fn every_call_has_its_permission() {
    let (called, listed) = (called(), listed());
    let missing: Vec<_> = called.difference(&listed).collect();
    assert!(missing.is_empty(), "not in the table: {missing:?}");
}

#[test]
fn every_permission_has_its_call() {
    let (called, listed) = (called(), listed());
    let unused: Vec<_> = listed.difference(&called).collect();
    assert!(unused.is_empty(), "nothing calls: {unused:?}");
}

#[test]
fn clients_have_names_that_the_comparison_knows() {
    for (path, program) in sources() {
        for name in names_of_clients(&program) {
            let known = CLIENTS.iter().any(|(client, _)| *client == name);
            assert!(
                known,
                "{}: a client named {name} hides its calls",
                path.display()
            );
        }
    }
}

#[test]
fn the_reaper_leaves_alone_what_is_not_its_own() {
    let mut programs = sources();
    programs.retain(|(path, _)| !path.ends_with("src/aws/mod.rs"));
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    collect(&manifest.join("../automock-lambda/src"), &mut programs);
    for (path, program) in programs {
        for part in NOT_THE_REAPERS {
            assert!(
                !program.to_lowercase().contains(part),
                "{}: uses {part}, whose calls the reaper may not make",
                path.display()
            );
        }
    }
}

#[test]
fn a_chain_over_lines_is_a_call() {
    let program = program(
        "// ec2.delete_vpc()\nself\n    .s3\n    .get_object()\n    .key(k);\nlet a = b.s3.clone();",
    );
    assert_eq!(
        calls(&program),
        BTreeSet::from([(Service::S3, "get_object".to_owned())])
    );
    assert_eq!(
        calls("specs3.put_object(); s3.put_object(x)"),
        BTreeSet::new()
    );
    let names = names_of_clients("fn a(ec2: &Client, other: &aws_sdk_acm::Client, n: &str)");
    assert_eq!(names, ["ec2", "other"].map(str::to_owned).into());
}
