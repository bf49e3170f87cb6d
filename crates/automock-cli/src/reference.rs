//! The reference in `docs/cli.md`, written from the definitions that parse the arguments.

use std::fmt::Write as _;

use clap::{Arg, Command};

use crate::exit;

/// First lines of the file.
const HEADER: &str = "# Command reference

Generated from the command line's own definitions; `AUTOMOCK_WRITE_REFERENCE=1 cargo test -p
automock-cli --test reference` writes it.

Results go to standard output, everything else to standard error. `--output json` prints one JSON
document, also for errors. Colours follow the terminal and `NO_COLOR`. AWS credentials, profile and
endpoint come from where the AWS SDK looks for them (`AWS_PROFILE`, `AWS_ACCESS_KEY_ID`, …).
";

/// Renders the reference as Markdown.
#[must_use]
pub fn markdown(root: &Command) -> String {
    let mut root = root.clone();
    root.build();
    let mut text = HEADER.to_owned();
    let globals: Vec<&Arg> = root.get_arguments().filter(|arg| is_shown(arg)).collect();
    text.push_str("\n## Options of every command\n\n");
    table(&mut text, &globals);
    for command in root.get_subcommands() {
        if command.get_name() != "help" {
            section(&mut text, "automock", command);
        }
    }
    environment(&mut text, &root);
    exit_codes(&mut text);
    text
}

fn section(text: &mut String, parent: &str, command: &Command) {
    let name = format!("{parent} {}", command.get_name());
    let _ = write!(text, "\n## {name}\n\n");
    let about = command.get_long_about().or(command.get_about());
    let _ = writeln!(
        text,
        "{}",
        about.map(ToString::to_string).unwrap_or_default()
    );
    let usage = command.clone().render_usage().to_string();
    let usage = usage
        .trim_start_matches("Usage: ")
        .replace("\n       ", "\n");
    let _ = write!(text, "\n```console\n{usage}\n```\n");
    let own: Vec<&Arg> = command
        .get_arguments()
        .filter(|arg| is_shown(arg) && !arg.is_global_set())
        .collect();
    if !own.is_empty() {
        text.push('\n');
        table(text, &own);
    }
    for command in command.get_subcommands() {
        if command.get_name() != "help" {
            section(text, &name, command);
        }
    }
}

fn is_shown(arg: &Arg) -> bool {
    !arg.is_hide_set() && !matches!(arg.get_id().as_str(), "help" | "version")
}

fn table(text: &mut String, args: &[&Arg]) {
    text.push_str("| option | meaning | default |\n|---|---|---|\n");
    for arg in args {
        let meaning = arg.get_help().map(ToString::to_string).unwrap_or_default();
        let choices: Vec<String> = arg
            .get_possible_values()
            .iter()
            .map(|value| format!("`{}`", value.get_name()))
            .collect();
        let takes_value = arg.get_action().takes_values();
        let choices = if takes_value && !choices.is_empty() {
            format!(" ({})", choices.join(", "))
        } else {
            String::new()
        };
        let defaults: Vec<String> = arg
            .get_default_values()
            .iter()
            .map(|value| format!("`{}`", value.to_string_lossy()))
            .collect();
        let default = if takes_value {
            defaults.join(", ")
        } else {
            String::new()
        };
        let _ = writeln!(text, "| `{}` | {meaning}{choices} | {default} |", name(arg));
    }
}

fn name(arg: &Arg) -> String {
    let value = arg
        .get_value_names()
        .filter(|_| arg.get_action().takes_values())
        .map(|names| {
            names
                .iter()
                .fold(String::new(), |text, name| text + " <" + name + ">")
        })
        .unwrap_or_default();
    match (arg.get_short(), arg.get_long()) {
        (Some(short), Some(long)) => format!("-{short}, --{long}{value}"),
        (Some(short), None) => format!("-{short}{value}"),
        (None, Some(long)) => format!("--{long}{value}"),
        (None, None) => value.trim().to_owned(),
    }
}

/// Variables that stand for options, and those that may only come from the environment.
fn environment(text: &mut String, root: &Command) {
    text.push_str("\n## Environment variables\n\n| variable | stands for |\n|---|---|\n");
    let mut rows: Vec<(String, String)> = vec![
        (
            "AUTOMOCK_CONTROL_TOKEN".into(),
            "the secret that callers of the control API send; needed while `access.control` is open"
                .into(),
        ),
        (
            "AUTOMOCK_IMAGE_REGISTRY".into(),
            "URL of an emulator's registry, which gets the engine's image; only together with \
             `AWS_ENDPOINT_URL`"
                .into(),
        ),
    ];
    for command in std::iter::once(root).chain(root.get_subcommands()) {
        for arg in command.get_arguments() {
            if let Some(variable) = arg.get_env() {
                let row = (
                    variable.to_string_lossy().into_owned(),
                    format!("`{}`", name(arg)),
                );
                if !rows.contains(&row) {
                    rows.push(row);
                }
            }
        }
    }
    rows.sort();
    for (variable, meaning) in rows {
        let _ = writeln!(text, "| `{variable}` | {meaning} |");
    }
}

fn exit_codes(text: &mut String) {
    text.push_str("\n## Exit codes\n\n| code | meaning |\n|---|---|\n");
    for (code, meaning) in exit::ALL {
        let _ = writeln!(text, "| {code} | {meaning} |");
    }
}
