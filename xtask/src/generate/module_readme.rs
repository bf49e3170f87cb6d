//! The tables in the README of each Terraform module.

use super::artifact::Artifact;
use super::markers;
use super::module::{Input, Instances, Module, Output, Requirement, Resource};
use crate::error::Error;
use crate::workspace::{SourceFile, Workspace};

/// Fills the generated part of every module's README; a missing README is created.
pub(crate) fn generate(workspace: &Workspace) -> Result<Vec<Artifact>, Error> {
    let modules = workspace.terraform_modules()?;
    modules
        .iter()
        .map(|directory| readme(workspace, directory))
        .collect()
}

fn readme(workspace: &Workspace, directory: &str) -> Result<Artifact, Error> {
    let module = Module::parse(&own_files(workspace, directory)?)?;
    let path = format!("{directory}/README.md");
    let title = directory.trim_start_matches("terraform/modules/");
    let document = workspace
        .read(&path)?
        .unwrap_or_else(|| markers::empty_document(title));
    let text = markers::splice(&path, &document, &render(&module))?;
    Ok(Artifact { path, text })
}

/// Reads the module's `.tf` files, without those of modules further down.
fn own_files(workspace: &Workspace, directory: &str) -> Result<Vec<SourceFile>, Error> {
    let mut files = workspace.files(directory, &[".tf"])?;
    files.retain(|file| {
        file.path
            .rsplit_once('/')
            .is_some_and(|(parent, _)| parent == directory)
    });
    Ok(files)
}

fn render(module: &Module) -> String {
    let sections = [
        requirements(&module.requirements),
        inputs(&module.inputs),
        object_types(&module.inputs),
        outputs(&module.outputs),
        resources(&module.resources),
    ];
    sections
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join("\n\n")
}

fn requirements(requirements: &[Requirement]) -> Option<String> {
    let rows = requirements
        .iter()
        .map(|requirement| vec![requirement.name.clone(), code(&requirement.version)]);
    section("Requirements", &["Name", "Version"], rows)
}

fn inputs(inputs: &[Input]) -> Option<String> {
    let rows = inputs.iter().map(|input| {
        let required = if input.default.is_some() { "no" } else { "yes" };
        vec![
            code(&input.name),
            type_cell(input),
            input.default.as_deref().map(code).unwrap_or_default(),
            required.to_owned(),
            description(&input.description, input.sensitive),
        ]
    });
    section(
        "Inputs",
        &["Name", "Type", "Default", "Required", "Description"],
        rows,
    )
}

/// Shows types that take several lines below the table, where they are readable.
fn object_types(inputs: &[Input]) -> Option<String> {
    let types: Vec<String> = inputs
        .iter()
        .filter(|input| is_long(&input.kind))
        .map(|input| {
            format!(
                "### Type of `{}`\n\n```hcl\n{}\n```",
                input.name, input.kind
            )
        })
        .collect();
    (!types.is_empty()).then(|| types.join("\n\n"))
}

fn outputs(outputs: &[Output]) -> Option<String> {
    let rows = outputs.iter().map(|output| {
        vec![
            code(&output.name),
            description(&output.description, output.sensitive),
        ]
    });
    section("Outputs", &["Name", "Description"], rows)
}

fn resources(resources: &[Resource]) -> Option<String> {
    let rows = resources.iter().map(|resource| {
        let address = format!("{}.{}", resource.kind, resource.name);
        let address = match resource.mode.as_str() {
            "data" => format!("data.{address}"),
            _ => address,
        };
        let instances = match resource.instances {
            Instances::One => "one",
            Instances::Count => "`count`",
            Instances::ForEach => "`for_each`",
        };
        vec![code(&address), instances.to_owned()]
    });
    section("Resources", &["Address", "Instances"], rows)
}

/// Renders a heading and a table; nothing when there are no rows.
fn section(
    title: &str,
    columns: &[&str],
    rows: impl Iterator<Item = Vec<String>>,
) -> Option<String> {
    let rows: Vec<String> = rows.map(|cells| row(&cells)).collect();
    if rows.is_empty() {
        return None;
    }
    let header = row(columns);
    let rule = row(&vec!["---"; columns.len()]);
    Some(format!(
        "## {title}\n\n{header}\n{rule}\n{}",
        rows.join("\n")
    ))
}

fn row<S: AsRef<str>>(cells: &[S]) -> String {
    let cells: Vec<String> = cells
        .iter()
        // A cell ends at the first bar, even inside code.
        .map(|cell| cell.as_ref().replace('|', "\\|"))
        .collect();
    format!("| {} |", cells.join(" | "))
}

fn type_cell(input: &Input) -> String {
    if !is_long(&input.kind) {
        return code(&input.kind);
    }
    let constructor = input.kind.split(['(', '{']).next().unwrap_or("object");
    format!("[`{constructor}`](#type-of-{})", input.name)
}

fn is_long(kind: &str) -> bool {
    kind.contains('\n')
}

/// Fits a description into a cell: one line, with breaks where a list item starts.
fn description(text: &str, sensitive: bool) -> String {
    let mut cell = String::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        if !cell.is_empty() {
            cell.push_str(if line.starts_with("- ") { "<br>" } else { " " });
        }
        cell.push_str(&without_html(line));
    }
    if sensitive {
        cell.push_str(" (sensitive)");
    }
    cell.trim().to_owned()
}

/// Escapes angle brackets, which Markdown keeps as they are only within backticks.
fn without_html(text: &str) -> String {
    let parts = text.split('`').enumerate();
    let escaped: Vec<String> = parts
        .map(|(index, part)| match index % 2 {
            0 => part.replace('<', "&lt;"),
            _ => part.to_owned(),
        })
        .collect();
    escaped.join("`")
}

fn code(text: &str) -> String {
    if text.contains('`') {
        format!("`` {text} ``")
    } else {
        format!("`{text}`")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAMPLE: &str = r#"
terraform {
  required_version = ">= 1.10"
}

variable "name" {
  description = <<-EOT
    Prefix of all names,
    such as a|b.
  EOT
  type        = string
}

variable "engine" {
  description = "What runs."
  type = object({
    image = string
  })
  default = null
}

resource "aws_vpc" "this" {
  count = 1
}

output "token" {
  description = "A secret."
  sensitive   = true
  value       = 1
}
"#;

    fn workspace() -> (tempfile::TempDir, Workspace) {
        let directory = tempfile::tempdir().unwrap();
        let workspace = Workspace::at(directory.path());
        workspace
            .write("terraform/modules/net/main.tf", SAMPLE)
            .unwrap();
        (directory, workspace)
    }

    #[test]
    fn a_missing_readme_is_created_with_all_tables() {
        let (_directory, workspace) = workspace();
        let artifacts = generate(&workspace).unwrap();
        assert_eq!(artifacts.len(), 1);
        assert_eq!(artifacts[0].path, "terraform/modules/net/README.md");
        assert_eq!(
            artifacts[0].text,
            r"# net

<!-- BEGIN GENERATED -->

## Requirements

| Name | Version |
| --- | --- |
| terraform | `>= 1.10` |

## Inputs

| Name | Type | Default | Required | Description |
| --- | --- | --- | --- | --- |
| `name` | `string` |  | yes | Prefix of all names, such as a\|b. |
| `engine` | [`object`](#type-of-engine) | `null` | no | What runs. |

### Type of `engine`

```hcl
object({
  image = string
})
```

## Outputs

| Name | Description |
| --- | --- |
| `token` | A secret. (sensitive) |

## Resources

| Address | Instances |
| --- | --- |
| `aws_vpc.this` | `count` |

<!-- END GENERATED -->
"
        );
    }

    #[test]
    fn descriptions_fit_into_a_cell() {
        assert_eq!(
            description("Either:\n  - `<a>`: one\n    more\n  - <b>\n", false),
            "Either:<br>- `<a>`: one more<br>- &lt;b>"
        );
        assert_eq!(description("", true), "(sensitive)");
    }

    #[test]
    fn a_nested_module_does_not_leak_into_its_parent() {
        let (_directory, workspace) = workspace();
        workspace
            .write(
                "terraform/modules/net/account/main.tf",
                "variable \"inner\" {\n  type = string\n}\n",
            )
            .unwrap();
        let artifacts = generate(&workspace).unwrap();
        assert_eq!(artifacts.len(), 2);
        assert!(!artifacts[0].text.contains("inner"));
        assert!(artifacts[1].text.contains("inner"));
    }

    #[test]
    fn a_readme_without_markers_is_refused() {
        let (_directory, workspace) = workspace();
        workspace
            .write("terraform/modules/net/README.md", "# net\n")
            .unwrap();
        assert!(generate(&workspace).is_err());
    }
}
