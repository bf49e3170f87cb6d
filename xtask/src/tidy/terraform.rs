//! Rules for the Terraform modules.

use std::collections::{BTreeMap, BTreeSet};

use super::report::Finding;
use crate::workspace::SourceFile;

/// Modules that a root puts `depends_on` on: a data source in them would be read during the apply
/// and make every plan replace what depends on it.
const WITHOUT_DATA_SOURCES: [&str; 2] = ["networking", "ecs-service"];

/// The only provider: names, suffixes and archives come from AutoMock itself.
const PROVIDER: &str = "hashicorp/aws";

/// The files that every module has.
const MODULE_FILES: [&str; 4] = ["variables.tf", "outputs.tf", "versions.tf", "README.md"];

/// Where the modules are.
const MODULES: &str = "terraform/modules/";

/// Checks one file, if it is a Terraform file.
pub(crate) fn check(file: &SourceFile) -> Vec<Finding> {
    if !file.has_extension("tf") {
        return Vec::new();
    }
    let body = match hcl::parse(&file.text) {
        Ok(body) => body,
        Err(error) => return vec![Finding::violation(&file.path, error.to_string())],
    };
    let mut findings = clocks(file);
    findings.extend(data_sources(file, &body));
    findings.extend(providers(file, &body));
    findings
}

/// Checks that each module is complete.
pub(crate) fn check_modules(files: &[SourceFile]) -> Vec<Finding> {
    let mut modules: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for file in files.iter().filter(|file| file.path.starts_with(MODULES)) {
        if let Some((directory, name)) = file.path.rsplit_once('/') {
            modules.entry(directory).or_default().insert(name);
        }
    }
    let is_module = |names: &BTreeSet<&str>| names.contains("main.tf");
    let mut findings = Vec::new();
    for (directory, names) in modules.iter().filter(|(_, names)| is_module(names)) {
        if is_fixture(directory) {
            continue;
        }
        for name in MODULE_FILES.iter().filter(|name| !names.contains(*name)) {
            findings.push(Finding::violation(directory, format!("has no {name}")));
        }
        let tests = format!("{directory}/tests");
        let tested = modules
            .get(tests.as_str())
            .is_some_and(|names| names.iter().any(|name| name.ends_with(".tftest.hcl")));
        if !tested {
            findings.push(Finding::violation(
                directory,
                "has no tests/*.tftest.hcl, so `terraform test` proves nothing",
            ));
        }
    }
    findings
}

fn is_fixture(directory: &str) -> bool {
    directory
        .split('/')
        .any(|part| part == "tests" || part == "examples")
}

fn clocks(file: &SourceFile) -> Vec<Finding> {
    file.text
        .lines()
        .enumerate()
        .filter(|(_, line)| without_comment(line).contains("timestamp("))
        .map(|(index, _)| {
            let message = "reads the clock, so that no plan is ever empty";
            Finding::violation(&file.path, message).at(index)
        })
        .collect()
}

fn without_comment(line: &str) -> &str {
    let line = line.split_once('#').map_or(line, |(code, _)| code);
    line.split_once("//").map_or(line, |(code, _)| code)
}

fn data_sources(file: &SourceFile, body: &hcl::Body) -> Option<Finding> {
    let module = file.path.strip_prefix(MODULES)?.split('/').next()?;
    if !WITHOUT_DATA_SOURCES.contains(&module) || is_fixture(&file.path) {
        return None;
    }
    let count = body
        .blocks()
        .filter(|block| block.identifier() == "data")
        .count();
    (count > 0).then(|| {
        let message = format!("{count} data sources; the {module} module takes inputs instead");
        Finding::violation(&file.path, message)
    })
}

fn providers(file: &SourceFile, body: &hcl::Body) -> Vec<Finding> {
    body.blocks()
        .filter(|block| block.identifier() == "terraform")
        .flat_map(|block| block.body().blocks())
        .filter(|block| block.identifier() == "required_providers")
        .flat_map(|block| block.body().attributes())
        .filter(|provider| !is_allowed(provider.expr()))
        .map(|provider| {
            let message = format!("provider `{}`; only {PROVIDER} is used", provider.key());
            Finding::violation(&file.path, message)
        })
        .collect()
}

fn is_allowed(provider: &hcl::Expression) -> bool {
    let hcl::Expression::Object(fields) = provider else {
        return false;
    };
    fields.iter().any(|(key, value)| {
        key.to_string() == "source" && *value == hcl::Expression::from(PROVIDER)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, text: &str) -> SourceFile {
        SourceFile {
            path: path.to_owned(),
            text: text.to_owned(),
        }
    }

    #[test]
    fn the_clock_is_found_outside_comments() {
        let text =
            "# timestamp() is not used\nlocals {\n  a = plantimestamp()\n  b = timestamp()\n}\n";
        let lines: Vec<_> = check(&file("a.tf", text))
            .into_iter()
            .map(|finding| finding.line)
            .collect();
        assert_eq!(lines, [Some(3), Some(4)]);
    }

    #[test]
    fn two_modules_have_no_data_sources() {
        let text = "data \"aws_region\" \"current\" {}\n";
        for (path, count) in [
            ("terraform/modules/networking/main.tf", 1),
            ("terraform/modules/ecs-service/alarms.tf", 1),
            ("terraform/modules/networking/tests/setup/main.tf", 0),
            ("terraform/modules/domain/main.tf", 0),
        ] {
            assert_eq!(check(&file(path, text)).len(), count, "{path}");
        }
    }

    #[test]
    fn only_one_provider_is_allowed() {
        let versions = |source: &str| {
            format!(
                "terraform {{\n  required_providers {{\n    p = {{\n      source = \"{source}\"\n    }}\n  }}\n}}\n"
            )
        };
        assert_eq!(check(&file("a.tf", &versions("hashicorp/aws"))), []);
        assert_eq!(check(&file("a.tf", &versions("hashicorp/random"))).len(), 1);
    }

    #[test]
    fn a_file_that_is_not_hcl_is_a_violation() {
        assert_eq!(check(&file("a.tf", "variable {")).len(), 1);
    }

    #[test]
    fn a_module_is_complete_with_tests() {
        let names = [
            "main.tf",
            "variables.tf",
            "outputs.tf",
            "versions.tf",
            "README.md",
        ];
        let mut files: Vec<_> = names
            .iter()
            .map(|name| file(&format!("{MODULES}iam/{name}"), ""))
            .collect();
        assert_eq!(check_modules(&files).len(), 1);
        files.push(file(&format!("{MODULES}iam/tests/iam.tftest.hcl"), ""));
        assert_eq!(check_modules(&files), []);
        files.remove(1);
        assert_eq!(check_modules(&files)[0].message, "has no variables.tf");
    }
}
