//! What a Terraform module declares, read from its files.

use std::fmt::Write as _;

use hcl::expr::TemplateExpr;
use hcl::format::{Format, Formatter};
use hcl::{Block, Body, Expression};

use crate::error::Error;
use crate::workspace::SourceFile;

/// The declarations of one module, in the order of its files.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Module {
    pub(crate) inputs: Vec<Input>,
    pub(crate) outputs: Vec<Output>,
    pub(crate) resources: Vec<Resource>,
    pub(crate) requirements: Vec<Requirement>,
}

/// A `variable` block.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Input {
    pub(crate) name: String,
    /// The type as it is written in HCL; `any` when there is none.
    pub(crate) kind: String,
    /// The default as HCL; `None` when the input is required.
    pub(crate) default: Option<String>,
    pub(crate) description: String,
    pub(crate) sensitive: bool,
}

/// An `output` block.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Output {
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) sensitive: bool,
}

/// A `resource` or `data` block.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Resource {
    /// `resource` or `data`.
    pub(crate) mode: String,
    pub(crate) kind: String,
    pub(crate) name: String,
    pub(crate) instances: Instances,
}

/// How many instances of a resource there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Instances {
    One,
    Count,
    ForEach,
}

/// A version constraint on terraform or on a provider.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Requirement {
    pub(crate) name: String,
    pub(crate) version: String,
}

impl Module {
    /// Reads the declarations from a module's `.tf` files.
    ///
    /// # Errors
    ///
    /// Returns [`Error::Malformed`] when a file isn't valid HCL.
    pub(crate) fn parse(files: &[SourceFile]) -> Result<Self, Error> {
        let mut module = Self::default();
        for file in files {
            let body = hcl::parse(&file.text).map_err(|error| Error::Malformed {
                path: file.path.clone(),
                reason: error.to_string(),
            })?;
            for block in body.blocks() {
                module.add(block);
            }
        }
        Ok(module)
    }

    fn add(&mut self, block: &Block) {
        let label = |index: usize| {
            let label = block.labels().get(index);
            label.map_or_else(String::new, |label| label.as_str().to_owned())
        };
        match block.identifier() {
            "variable" => self.inputs.push(input(label(0), block.body())),
            "output" => self.outputs.push(Output {
                name: label(0),
                description: text(block.body(), "description"),
                sensitive: is_true(block.body(), "sensitive"),
            }),
            mode @ ("resource" | "data") => self.resources.push(Resource {
                mode: mode.to_owned(),
                kind: label(0),
                name: label(1),
                instances: instances(block.body()),
            }),
            "terraform" => self.requirements.extend(requirements(block.body())),
            _ => {}
        }
    }
}

fn input(name: String, body: &Body) -> Input {
    Input {
        name,
        kind: attribute(body, "type").map_or_else(|| "any".to_owned(), |kind| type_text(kind, 0)),
        default: attribute(body, "default").map(compact),
        description: text(body, "description"),
        sensitive: is_true(body, "sensitive"),
    }
}

fn instances(body: &Body) -> Instances {
    if attribute(body, "count").is_some() {
        Instances::Count
    } else if attribute(body, "for_each").is_some() {
        Instances::ForEach
    } else {
        Instances::One
    }
}

fn requirements(terraform: &Body) -> Vec<Requirement> {
    let own = attribute(terraform, "required_version").map(|version| Requirement {
        name: "terraform".to_owned(),
        version: plain(version),
    });
    let providers = terraform
        .blocks()
        .filter(|block| block.identifier() == "required_providers")
        .flat_map(|block| block.body().attributes())
        .map(|provider| provider_requirement(provider.key(), provider.expr()));
    own.into_iter().chain(providers).collect()
}

fn provider_requirement(name: &str, provider: &Expression) -> Requirement {
    let field = |key: &str| {
        let Expression::Object(fields) = provider else {
            return None;
        };
        fields
            .iter()
            .find(|(name, _)| name.to_string() == key)
            .map(|(_, value)| plain(value))
    };
    Requirement {
        name: field("source").unwrap_or_else(|| name.to_owned()),
        version: field("version").unwrap_or_default(),
    }
}

fn attribute<'a>(body: &'a Body, key: &str) -> Option<&'a Expression> {
    body.attributes()
        .find(|attribute| attribute.key() == key)
        .map(hcl::Attribute::expr)
}

fn text(body: &Body, key: &str) -> String {
    attribute(body, key).map(plain).unwrap_or_default()
}

fn is_true(body: &Body, key: &str) -> bool {
    matches!(attribute(body, key), Some(Expression::Bool(true)))
}

/// Returns the text of a string or heredoc, and any other expression as HCL.
fn plain(expression: &Expression) -> String {
    match expression {
        Expression::String(text) => text.clone(),
        Expression::TemplateExpr(template) => match template.as_ref() {
            TemplateExpr::QuotedString(text) => text.clone(),
            TemplateExpr::Heredoc(heredoc) => heredoc.template.clone(),
        },
        other => compact(other),
    }
}

/// Formats a type with one line for each field of an object.
fn type_text(expression: &Expression, depth: usize) -> String {
    match expression {
        Expression::FuncCall(call) => {
            let arguments: Vec<String> = call
                .args
                .iter()
                .map(|argument| type_text(argument, depth))
                .collect();
            format!("{}({})", call.name.name, arguments.join(", "))
        }
        Expression::Object(fields) if !fields.is_empty() => {
            let fields: Vec<(String, String)> = fields
                .iter()
                .map(|(key, kind)| (key.to_string(), type_text(kind, depth + 1)))
                .collect();
            format!(
                "{{\n{}{}}}",
                field_lines(&fields, depth),
                "  ".repeat(depth)
            )
        }
        other => compact(other),
    }
}

/// Lays fields out as `terraform fmt` does: signs of equality line up among neighbours of one line.
fn field_lines(fields: &[(String, String)], depth: usize) -> String {
    let indent = "  ".repeat(depth + 1);
    let is_long = |(_, kind): &(String, String)| kind.contains('\n');
    let mut text = String::new();
    for group in fields.chunk_by(|left, right| !is_long(left) && !is_long(right)) {
        let width = group.iter().map(|(key, _)| key.len()).max().unwrap_or(0);
        for (key, kind) in group {
            // Writing to a string cannot fail.
            let _ = writeln!(text, "{indent}{key:width$} = {kind}");
        }
    }
    text
}

/// Formats an expression on one line.
fn compact(expression: &Expression) -> String {
    let mut formatter = Formatter::builder()
        .compact(true)
        .prefer_ident_keys(true)
        .build_vec();
    expression
        .format_string(&mut formatter)
        .expect("formatting into memory cannot fail for an expression that was parsed")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Module {
        Module::parse(&[SourceFile {
            path: "main.tf".to_owned(),
            text: text.to_owned(),
        }])
        .unwrap()
    }

    #[test]
    fn inputs_have_type_default_and_description() {
        let module = parse(
            r#"
variable "name" {
  description = "Prefix of all names."
  type        = string
  nullable    = false
}
variable "cidrs" {
  description = "Who may call."
  type        = list(string)
  default     = ["0.0.0.0/0"]
  validation {
    condition     = length(var.cidrs) > 0
    error_message = "At least one."
  }
}
variable "token" {
  type      = string
  default   = null
  sensitive = true
}
"#,
        );
        assert_eq!(
            module.inputs,
            [
                Input {
                    name: "name".to_owned(),
                    kind: "string".to_owned(),
                    default: None,
                    description: "Prefix of all names.".to_owned(),
                    sensitive: false,
                },
                Input {
                    name: "cidrs".to_owned(),
                    kind: "list(string)".to_owned(),
                    default: Some(r#"["0.0.0.0/0"]"#.to_owned()),
                    description: "Who may call.".to_owned(),
                    sensitive: false,
                },
                Input {
                    name: "token".to_owned(),
                    kind: "string".to_owned(),
                    default: Some("null".to_owned()),
                    description: String::new(),
                    sensitive: true,
                },
            ]
        );
    }

    #[test]
    fn each_field_of_an_object_type_has_its_line() {
        let module = parse(
            "variable \"engine\" {\n  type = object({\n    image = string\n    tag = string\n    \
             ports = optional(list(object({ number = number })), [])\n  })\n}\n",
        );
        assert_eq!(
            module.inputs[0].kind,
            "object({\n  image = string\n  tag   = string\n  \
             ports = optional(list(object({\n    number = number\n  })), [])\n})"
        );
    }

    #[test]
    fn resources_say_how_many_there_are() {
        let module = parse(
            r#"
resource "aws_vpc" "this" {
  cidr_block = var.cidr
}
resource "aws_nat_gateway" "this" {
  count = 2
}
data "aws_region" "current" {
  for_each = toset([])
}
"#,
        );
        let found: Vec<_> = module
            .resources
            .iter()
            .map(|resource| (resource.mode.as_str(), resource.instances))
            .collect();
        assert_eq!(
            found,
            [
                ("resource", Instances::One),
                ("resource", Instances::Count),
                ("data", Instances::ForEach),
            ]
        );
    }

    #[test]
    fn requirements_name_terraform_and_the_providers() {
        let module = parse(
            r#"
terraform {
  required_version = ">= 1.10"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.100, < 7"
    }
  }
}
"#,
        );
        let found: Vec<_> = module
            .requirements
            .iter()
            .map(|requirement| (requirement.name.as_str(), requirement.version.as_str()))
            .collect();
        assert_eq!(
            found,
            [("terraform", ">= 1.10"), ("hashicorp/aws", ">= 5.100, < 7")]
        );
    }

    #[test]
    fn broken_hcl_is_an_error_that_names_the_file() {
        let file = SourceFile {
            path: "broken.tf".to_owned(),
            text: "variable {".to_owned(),
        };
        let error = Module::parse(&[file]).unwrap_err();
        assert!(error.to_string().starts_with("broken.tf"));
    }
}
