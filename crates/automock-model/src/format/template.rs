//! The commented `automock.toml` that a new project starts with.

use super::project::SPEC;
use super::reader::quote_key;
use super::spec::{Field, Kind, Presence, Table};
use crate::{Project, ProjectName};

/// Comments are wrapped at this width.
const WIDTH: usize = 96;

impl Project {
    /// A commented `automock.toml` for a new project. Every key is in it: those that a project
    /// needs not, or not in its present mode, are commented out. It reads as
    /// [`Project::new`]`(name)`.
    ///
    /// ```
    /// # use automock_model::Project;
    /// let template = Project::template(&"petstore".parse().unwrap());
    /// assert!(template.contains("\nmin = 10\n"));
    /// ```
    #[must_use]
    pub fn template(name: &ProjectName) -> String {
        let mut text = String::new();
        comment(&mut text, SPEC.doc);
        comment(
            &mut text,
            "Every setting below has its default; those behind a \"#\" are not set.",
        );
        text.push('\n');
        for field in SPEC.fields {
            match (&field.kind, field.key) {
                (Kind::Table(table), key) => write_table(&mut text, key, table),
                (Kind::Map { .. }, key) => write_map(&mut text, key, field),
                (_, "name") => {
                    comment(&mut text, field.doc);
                    let example = format!("\"{name}\"");
                    text.extend([field.key, " = ", &example, "\n"]);
                }
                _ => write_field(&mut text, field),
            }
        }
        text
    }
}

fn write_table(text: &mut String, key: &str, table: &Table) {
    text.push('\n');
    comment(text, table.doc);
    let mut body = format!("[{key}]\n");
    for field in table.fields {
        write_field(&mut body, field);
    }
    let needs_input = |field: &Field| matches!(field.presence, Presence::Required);
    if table.fields.iter().any(needs_input) {
        comment_out(text, &body);
    } else {
        text.push_str(&body);
    }
}

fn write_map(text: &mut String, key: &str, field: &Field) {
    let entries = field.example.trim_matches(['{', '}', ' ']);
    text.push('\n');
    comment(text, field.doc);
    comment_out(text, &format!("[{key}]\n{entries}\n"));
}

fn write_field(text: &mut String, field: &Field) {
    comment(text, field.doc);
    let key = quote_key(field.key);
    let line = match field.default_value() {
        Some(literal) => format!("{key} = {}\n", literal.to_toml()),
        None => format!("{key} = {}\n", field.example),
    };
    match field.presence {
        Presence::Default(_) | Presence::Required => text.push_str(&line),
        Presence::Optional | Presence::Conditional(_) => comment_out(text, &line),
    }
}

fn comment_out(text: &mut String, lines: &str) {
    for line in lines.lines() {
        text.push_str(if line.starts_with('#') { "" } else { "#" });
        text.push_str(line);
        text.push('\n');
    }
}

fn comment(text: &mut String, words: &str) {
    let mut line = String::from("#");
    for word in words.split_whitespace() {
        if line.chars().count() + 1 + word.chars().count() > WIDTH {
            text.push_str(&line);
            text.push('\n');
            line = String::from("#");
        }
        line.push(' ');
        line.push_str(word);
    }
    text.push_str(&line);
    text.push('\n');
}
