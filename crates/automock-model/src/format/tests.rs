//! Properties of the file format as a whole.

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::sample::Index;
use toml::de::DeTable;

use super::project::{SPEC, read};
use super::reader::{Reader, Sink};
use super::spec::{Kind, Presence, Table};
use crate::{Project, strategy};

/// A value that no key takes.
const WRONG: &str = "1979-05-27";

/// All paths of a TOML file's values, tables included.
fn paths(prefix: &str, table: &toml::Table) -> Vec<(String, bool)> {
    let mut found = Vec::new();
    for (key, value) in table {
        let key = super::reader::quote_key(key);
        let path = if prefix.is_empty() {
            key
        } else {
            format!("{prefix}.{key}")
        };
        if let toml::Value::Table(inner) = value {
            found.extend(paths(&path, inner));
        }
        found.push((path, value.is_table()));
    }
    found
}

fn entry<'t>(table: &'t mut toml::Table, path: &[&str]) -> &'t mut toml::Value {
    let (first, rest) = path.split_first().expect("a path is not empty");
    let value = table.get_mut(*first).expect("the path exists");
    match (rest, value) {
        ([], value) => value,
        (rest, toml::Value::Table(inner)) => entry(inner, rest),
        _ => unreachable!("inner path parts are tables"),
    }
}

fn problem_paths(text: &str) -> Vec<String> {
    let problems = Project::from_toml(text).expect_err(text);
    problems
        .iter()
        .map(|problem| problem.path.clone())
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn valid_projects_round_trip(project in strategy::project()) {
        let text = project.to_toml();
        prop_assert_eq!(Project::from_toml(&text), Ok(project), "{}", text);
    }

    #[test]
    fn any_text_is_answered(text: String) {
        let _ = Project::from_toml(&text);
    }

    #[test]
    fn damaged_files_are_answered(
        project in strategy::project(),
        cuts in proptest::collection::vec((any::<Index>(), "[\\[\\]{}=\"'\\n,a0.-]{0,3}"), 1..6),
    ) {
        let mut characters: Vec<char> = project.to_toml().chars().collect();
        for (at, replacement) in cuts {
            let at = at.index(characters.len());
            characters.splice(at..=at, replacement.chars());
            if characters.is_empty() {
                break;
            }
        }
        let _ = Project::from_toml(&characters.into_iter().collect::<String>());
    }

    #[test]
    fn a_value_of_the_wrong_type_is_refused_at_its_path(
        project in strategy::project(),
        choice: Index,
    ) {
        let mut table: toml::Table = project.to_toml().parse().unwrap();
        let paths: Vec<String> = paths("", &table)
            .into_iter()
            .map(|(path, _)| path)
            .filter(|path| !path.starts_with("tags."))
            .collect();
        let path = choice.get(&paths);
        let parts: Vec<&str> = path.split('.').collect();
        *entry(&mut table, &parts) = toml::Value::Datetime(WRONG.parse().unwrap());
        let found = problem_paths(&table.to_string());
        prop_assert!(found.contains(path), "{path}: {found:?}");
    }

    #[test]
    fn an_unknown_key_is_refused_at_its_path(project in strategy::project(), choice: Index) {
        let mut table: toml::Table = project.to_toml().parse().unwrap();
        let mut tables: Vec<String> = paths("", &table)
            .into_iter()
            .filter(|(path, is_table)| *is_table && path != "tags")
            .map(|(path, _)| path)
            .collect();
        tables.push(String::new());
        let home = choice.get(&tables);
        let value = toml::Value::Integer(1);
        let path = if home.is_empty() {
            table.insert("unheard_of".to_owned(), value);
            "unheard_of".to_owned()
        } else {
            let parts: Vec<&str> = home.split('.').collect();
            let toml::Value::Table(inner) = entry(&mut table, &parts) else {
                unreachable!("only tables are listed");
            };
            inner.insert("unheard_of".to_owned(), value);
            format!("{home}.unheard_of")
        };
        let found = problem_paths(&table.to_string());
        prop_assert_eq!(found, [path]);
    }

    #[test]
    fn numbers_out_of_bounds_are_refused_at_their_path(
        project in strategy::project(),
        choice: Index,
        number in prop_oneof![i64::MIN..0, i64::from(u32::MAX)..i64::MAX],
    ) {
        let mut table: toml::Table = project.to_toml().parse().unwrap();
        let mut numbers = vec!["tasks.min", "tasks.max", "observability.log_retention_days"];
        let has_zones = table["network"].get("zones").is_some();
        numbers.extend(has_zones.then_some("network.zones"));
        let path = *choice.get(&numbers);
        let parts: Vec<&str> = path.split('.').collect();
        *entry(&mut table, &parts) = toml::Value::Integer(number);
        let found = problem_paths(&table.to_string());
        prop_assert!(found.contains(&path.to_owned()), "{path}: {found:?}");
    }
}

/// Every path of the description, with the lists' tables in place of the lists.
fn described(prefix: &str, table: &Table, found: &mut BTreeSet<String>) {
    for field in table.fields {
        let path = match prefix {
            "" => field.key.to_owned(),
            _ => format!("{prefix}.{}", field.key),
        };
        match &field.kind {
            Kind::Table(inner)
            | Kind::Tables { table: inner, .. }
            | Kind::TablesOrInteger { table: inner, .. } => described(&path, inner, found),
            _ => {}
        }
        found.insert(path);
    }
}

/// The paths that the reader asks for in a file.
fn asked(text: &str) -> BTreeSet<String> {
    let sink = Sink::new(text, &SPEC);
    let table = DeTable::parse(text).unwrap();
    read(&Reader::root(&sink, table.get_ref()));
    sink.read.into_inner()
}

#[test]
fn the_reader_reads_exactly_what_is_described() {
    let files = [
        "name = \"abc\"\ndomain = { name = \"a.b\", zone = \"b\" }",
        "network.mode = \"existing\"",
        "engine.kind = \"mockserver\"",
        "[scaling]\npolicy = \"steps\"\ncpu = [{}]\nmemory = [{}]\nrequests_per_minute = [{}]",
        "[scaling]\npolicy = \"target-tracking\"",
    ];
    let asked: BTreeSet<String> = files.into_iter().flat_map(asked).collect();
    let mut described_paths = BTreeSet::new();
    described("", &SPEC, &mut described_paths);
    assert_eq!(asked, described_paths);
}

#[test]
fn the_template_reads_as_the_defaults() {
    let name = "petstore".parse().unwrap();
    let template = Project::template(&name);
    assert_eq!(
        Project::from_toml(&template),
        Ok(Project::new(name)),
        "{template}"
    );
    assert!(template.lines().all(|line| line.chars().count() <= 110));
}

#[test]
fn the_template_mentions_every_key() {
    let template = Project::template(&"petstore".parse().unwrap());
    for field in SPEC.fields {
        let Kind::Table(table) = &field.kind else {
            continue;
        };
        for inner in table.fields {
            let line = format!("{} = ", inner.key);
            assert!(template.contains(&line), "{}.{}", field.key, inner.key);
        }
    }
}

/// A commented example that does not work when uncommented teaches the wrong thing.
#[test]
fn the_examples_are_valid_in_their_mode() {
    let modes = [
        ("tasks", "size", "min = 1"),
        ("tasks", "mixed", "capacity = \"mixed\""),
        (
            "scaling",
            "steps",
            "policy = \"steps\"\ncpu = [{ above = 95, add_percent = 1 }]",
        ),
        (
            "scaling",
            "targets",
            "policy = \"target-tracking\"\ncpu_percent = 61",
        ),
        (
            "network",
            "existing",
            "mode = \"existing\"\nvpc_id = \"vpc-00000000\"\n\
             load_balancer_subnet_ids = [\"subnet-00000000\", \"subnet-00000001\"]\n\
             task_subnet_ids = [\"subnet-00000000\"]",
        ),
        ("ttl", "any", ""),
        ("engine", "automock", "kind = \"automock\""),
        ("engine", "mockserver", "kind = \"mockserver\""),
        ("iam", "any", ""),
    ];
    for field in SPEC.fields {
        let Kind::Table(table) = &field.kind else {
            continue;
        };
        for example in table
            .fields
            .iter()
            .filter(|f| matches!(f.presence, Presence::Optional))
        {
            if matches!(example.key, "cpu" | "memory_mib") && field.key == "tasks" {
                continue; // they belong together, and size stands in their way
            }
            let works = modes.iter().filter(|mode| mode.0 == field.key).any(|mode| {
                let mut rows: toml::Table = mode.2.parse().unwrap();
                let row: toml::Table = format!("{} = {}", example.key, example.example)
                    .parse()
                    .unwrap();
                rows.extend(row);
                let mut file = toml::Table::new();
                file.insert("name".to_owned(), "abc".into());
                file.insert(field.key.to_owned(), rows.into());
                Project::from_toml(&file.to_string()).is_ok()
            });
            assert!(works, "{}.{} = {}", field.key, example.key, example.example);
        }
    }
    let pair = "name = \"abc\"\ntasks = { cpu = 512, memory_mib = 2048 }";
    assert!(Project::from_toml(pair).is_ok());
}

#[test]
fn defaults_are_what_the_documentation_promises() {
    let project = Project::new("petstore".parse().unwrap());
    insta::assert_snapshot!(project.to_toml());
}
