//! The root and the modules agree: each argument has a variable that takes it, each variable that
//! needs a value gets one, and each reference has something to refer to.

mod support;

use std::collections::{BTreeMap, BTreeSet};

use automock_hcl::{Workspace, render, render_foundation};
use hcl::expr::{Expression, FuncCall, Object, ObjectKey, TraversalOperator};
use hcl::structure::{Block, Body};

use support::{cases, foundation};

fn workspaces() -> Vec<(&'static str, Workspace)> {
    let mut workspaces: Vec<_> = cases()
        .iter()
        .map(|case| (case.name, render(&case.project, &case.options)))
        .collect();
    workspaces.push(("foundation", render_foundation(&foundation())));
    workspaces
}

/// All blocks of a kind in the Terraform files directly in a folder ("" is the root).
fn blocks(workspace: &Workspace, folder: &str, kind: &str) -> Vec<Block> {
    workspace
        .files()
        .filter(|(path, _)| {
            let name = path
                .strip_prefix(folder)
                .map(|rest| rest.trim_start_matches('/'));
            let stem = name.and_then(|name| name.strip_suffix(".tf"));
            stem.is_some_and(|stem| !stem.contains('/'))
        })
        .flat_map(|(path, _)| {
            let text = workspace.text(path).expect("Terraform files are text");
            let body: Body = hcl::parse(text).unwrap_or_else(|error| panic!("{path}: {error}"));
            body.into_blocks()
                .filter(|block| block.identifier() == kind)
                .collect::<Vec<_>>()
        })
        .collect()
}

fn label(block: &Block) -> &str {
    block.labels()[0].as_str()
}

fn attribute<'a>(block: &'a Block, key: &str) -> Option<&'a Expression> {
    block
        .body()
        .attributes()
        .find(|attribute| attribute.key() == key)
        .map(hcl::Attribute::expr)
}

/// The folder of a module call.
fn folder(call: &Block) -> String {
    let source = attribute(call, "source").expect("a module call has a source");
    let Expression::String(source) = source else {
        panic!("{source} is not text")
    };
    source
        .strip_prefix("./")
        .expect("modules are below the root")
        .to_owned()
}

fn labels(blocks: &[Block]) -> BTreeSet<&str> {
    blocks.iter().map(label).collect()
}

#[test]
fn every_argument_has_a_variable_and_every_required_variable_a_value() {
    for (name, workspace) in workspaces() {
        for call in blocks(&workspace, "", "module") {
            let variables = blocks(&workspace, &folder(&call), "variable");
            assert!(
                !variables.is_empty(),
                "{name}: {} has no variables",
                folder(&call)
            );
            let meta = ["source", "depends_on"];
            let arguments: BTreeSet<_> = call
                .body()
                .attributes()
                .map(hcl::Attribute::key)
                .filter(|key| !meta.contains(key))
                .collect();
            let known = labels(&variables);
            let unknown: Vec<_> = arguments.difference(&known).collect();
            assert!(
                unknown.is_empty(),
                "{name}: {} does not know {unknown:?}",
                label(&call)
            );
            for variable in &variables {
                let is_passed = arguments.contains(label(variable));
                let has_default = attribute(variable, "default").is_some();
                assert!(
                    is_passed || has_default,
                    "{name}: {} needs {}",
                    label(&call),
                    label(variable)
                );
            }
        }
    }
}

#[test]
fn literal_arguments_fit_their_types() {
    for (name, workspace) in workspaces() {
        for call in blocks(&workspace, "", "module") {
            for variable in blocks(&workspace, &folder(&call), "variable") {
                let (Some(value), Some(expected)) = (
                    attribute(&call, label(&variable)),
                    attribute(&variable, "type"),
                ) else {
                    continue;
                };
                if let Err(problem) = fits(value, expected) {
                    panic!("{name}: {}.{}{problem}", label(&call), label(&variable));
                }
            }
        }
    }
}

/// Whether a literal fits a type constraint. References fit everything; Terraform itself checks
/// those.
fn fits(value: &Expression, expected: &Expression) -> Result<(), String> {
    match (expected, value) {
        (_, Expression::Traversal(_) | Expression::FuncCall(_)) => Ok(()),
        (Expression::Variable(kind), value) => {
            let is_fit = match kind.as_str() {
                "string" => matches!(value, Expression::String(_) | Expression::TemplateExpr(_)),
                "number" => matches!(value, Expression::Number(_)),
                "bool" => matches!(value, Expression::Bool(_)),
                kind => return Err(format!(": the type {kind} is unknown to this test")),
            };
            if is_fit {
                Ok(())
            } else {
                Err(format!(": {value} is not a {}", kind.as_str()))
            }
        }
        (Expression::FuncCall(constructor), value) => fits_constructor(value, constructor),
        (expected, _) => Err(format!(": the type {expected} is unknown to this test")),
    }
}

fn fits_constructor(value: &Expression, constructor: &FuncCall) -> Result<(), String> {
    let inner = &constructor.args[0];
    match (constructor.name.name.as_str(), value) {
        ("optional", value) => fits(value, inner),
        ("list" | "set", Expression::Array(items)) => {
            items.iter().enumerate().try_for_each(|(index, item)| {
                fits(item, inner).map_err(|problem| format!("[{index}]{problem}"))
            })
        }
        ("map", Expression::Object(entries)) => entries.iter().try_for_each(|(key, entry)| {
            fits(entry, inner).map_err(|problem| format!("[{key}]{problem}"))
        }),
        ("object", Expression::Object(entries)) => {
            let Expression::Object(attributes) = inner else {
                return Err(format!(": {inner} does not describe an object"));
            };
            fits_object(entries, attributes)
        }
        (kind, value) => Err(format!(": {value} is not a {kind}")),
    }
}

type Entries = Object<ObjectKey, Expression>;

fn fits_object(entries: &Entries, attributes: &Entries) -> Result<(), String> {
    let attributes: BTreeMap<_, _> = attributes
        .iter()
        .map(|(key, kind)| (key.to_string(), kind))
        .collect();
    for (key, value) in entries {
        let kind = attributes
            .get(&key.to_string())
            .ok_or_else(|| format!(" has no attribute {key}"))?;
        fits(value, kind).map_err(|problem| format!(".{key}{problem}"))?;
    }
    let passed: BTreeSet<_> = entries.keys().map(ToString::to_string).collect();
    for (key, kind) in attributes {
        let is_optional =
            matches!(kind, Expression::FuncCall(call) if call.name.name.as_str() == "optional");
        if !is_optional && !passed.contains(&key) {
            return Err(format!(" lacks the attribute {key}"));
        }
    }
    Ok(())
}

#[test]
fn every_reference_has_something_to_refer_to() {
    for (name, workspace) in workspaces() {
        let calls = blocks(&workspace, "", "module");
        let outputs: BTreeMap<_, _> = calls
            .iter()
            .map(|call| {
                (
                    label(call).to_owned(),
                    blocks(&workspace, &folder(call), "output"),
                )
            })
            .collect();
        let variables = blocks(&workspace, "", "variable");
        let data: BTreeSet<_> = blocks(&workspace, "", "data")
            .iter()
            .map(|block| format!("{}.{}", label(block), block.labels()[1].as_str()))
            .collect();

        let mut seen = 0;
        for path in references(&workspace) {
            seen += 1;
            let parts: Vec<_> = path.split('.').collect();
            let is_known = match parts[..] {
                ["module", module] => outputs.contains_key(module),
                // The address of a resource to import.
                ["module", module, kind, resource] => calls
                    .iter()
                    .filter(|call| label(call) == module)
                    .flat_map(|call| blocks(&workspace, &folder(call), "resource"))
                    .any(|block| label(&block) == kind && block.labels()[1].as_str() == resource),
                ["module", module, output] => outputs
                    .get(module)
                    .is_some_and(|outputs| outputs.iter().any(|block| label(block) == output)),
                ["var", variable] => labels(&variables).contains(variable),
                ["data", kind, source, _] => data.contains(&format!("{kind}.{source}")),
                _ => false,
            };
            assert!(is_known, "{name}: nothing is called {path}");
        }
        assert!(seen > 5, "{name}: only {seen} references were found");
    }
}

/// All references of the root files, as in `module.iam.task_role_arn`. Types of variables are no
/// references.
fn references(workspace: &Workspace) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for kind in ["module", "output", "provider", "import"] {
        for block in blocks(workspace, "", kind) {
            collect_body(block.body(), &mut found);
        }
    }
    found
}

fn collect_body(body: &Body, found: &mut BTreeSet<String>) {
    body.attributes()
        .for_each(|attribute| collect(attribute.expr(), found));
    body.blocks()
        .for_each(|block| collect_body(block.body(), found));
}

fn collect(expr: &Expression, found: &mut BTreeSet<String>) {
    match expr {
        Expression::Array(items) => items.iter().for_each(|item| collect(item, found)),
        Expression::Object(entries) => entries.values().for_each(|value| collect(value, found)),
        Expression::FuncCall(call) => call.args.iter().for_each(|arg| collect(arg, found)),
        Expression::Traversal(traversal) => {
            let mut path = traversal.expr.to_string();
            for operator in &traversal.operators {
                match operator {
                    TraversalOperator::GetAttr(name) => path = format!("{path}.{name}"),
                    other => panic!("{path} goes on with {other:?}, unknown to this test"),
                }
            }
            found.insert(path);
        }
        Expression::TemplateExpr(template) => {
            let text = template.to_string();
            let inside = text
                .split("${")
                .skip(1)
                .filter_map(|part| part.split('}').next());
            found.extend(inside.map(str::to_owned));
        }
        Expression::Null | Expression::Bool(_) | Expression::Number(_) | Expression::String(_) => {}
        other => panic!("{other} is unknown to this test"),
    }
}
