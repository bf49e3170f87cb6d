//! Where terraform takes its providers from: a directory, filled once where there is none.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::error::Error;
use crate::printer;
use crate::process::Tool;
use crate::workspace::{self, Workspace};

/// Names a directory of unpacked providers to use instead of the registry.
const MIRROR_VARIABLE: &str = "AUTOMOCK_TF_PLUGIN_DIR";

/// The provider mirror that is used when it exists and no other is named.
const DEFAULT_MIRROR: &str = "/opt/tf-plugins";

/// Names terraform's own configuration file.
const CONFIGURATION_VARIABLE: &str = "TF_CLI_CONFIG_FILE";

/// The provider that the tests run with: the oldest that the modules allow.
const AWS_PROVIDER: &str = "5.100.0";

/// Finds or fills a provider mirror and returns the variables that make terraform, and the tests
/// that run terraform, use nothing else.
pub(super) fn environment(
    workspace: &Workspace,
    program: &OsString,
) -> Result<Vec<(OsString, OsString)>, Error> {
    let mirror = match find(env::var_os(MIRROR_VARIABLE), Path::new(DEFAULT_MIRROR))? {
        Some(mirror) => mirror,
        None => download(workspace, program)?,
    };
    let file = workspace.scratch().join("terraform.tfrc");
    workspace::write(&file, mirror_configuration(&mirror).as_bytes())?;
    Ok(vec![
        (CONFIGURATION_VARIABLE.into(), file.into()),
        (MIRROR_VARIABLE.into(), mirror.into()),
    ])
}

/// Returns the mirror that is named, or else the usual one if it is there.
fn find(named: Option<OsString>, usual: &Path) -> Result<Option<PathBuf>, Error> {
    let Some(path) = named.map(PathBuf::from) else {
        return Ok(usual.is_dir().then(|| usual.to_path_buf()));
    };
    if path.is_dir() {
        return Ok(Some(path));
    }
    Err(Error::Missing {
        what: format!(
            "{MIRROR_VARIABLE} names {}, which is not a directory",
            path.display()
        ),
        hint: "unset it to download the AWS provider from the Terraform registry".to_owned(),
    })
}

/// Downloads the AWS provider once, from wherever the person's own configuration says.
///
/// Terraform's plugin cache has the layout of a mirror, so it serves as one afterwards. Without
/// that, each test would download some hundred megabytes.
fn download(workspace: &Workspace, program: &OsString) -> Result<PathBuf, Error> {
    let scratch = workspace.scratch();
    let cache = scratch.join("provider-cache");
    let stamp = cache.join(format!("aws-{AWS_PROVIDER}.complete"));
    if stamp.is_file() {
        return Ok(cache);
    }
    printer::progress(format_args!(
        "    downloading the AWS provider {AWS_PROVIDER}"
    ));
    workspace::create_directory(&cache)?;
    let directory = scratch.join("provider-download");
    workspace::write(&directory.join("main.tf"), requirement().as_bytes())?;
    let mut variables: Vec<(OsString, OsString)> = vec![
        ("TF_PLUGIN_CACHE_DIR".into(), cache.clone().into()),
        (
            "TF_PLUGIN_CACHE_MAY_BREAK_DEPENDENCY_LOCK_FILE".into(),
            "1".into(),
        ),
    ];
    if let Some(file) = own_configuration(env::var_os(CONFIGURATION_VARIABLE)) {
        variables.push((CONFIGURATION_VARIABLE.into(), file));
    }
    Tool::new(program, &directory)
        .args(["init", "-backend=false", "-input=false", "-no-color"])
        .envs(&variables)
        .run_silently()?;
    // The stamp comes last, so that an interrupted download is repeated.
    workspace::write(&stamp, b"")?;
    Ok(cache)
}

/// Returns the person's terraform configuration unless it names a file that isn't there, which
/// would fail every command.
fn own_configuration(named: Option<OsString>) -> Option<OsString> {
    named.filter(|path| Path::new(path).is_file())
}

/// A configuration that needs the AWS provider and nothing else.
fn requirement() -> String {
    format!(
        "terraform {{\n  required_providers {{\n    aws = {{\n      source  = \"hashicorp/aws\"\n      \
         version = \"{AWS_PROVIDER}\"\n    }}\n  }}\n}}\n"
    )
}

/// Renders a CLI configuration that installs from a directory and nothing else.
fn mirror_configuration(mirror: &Path) -> String {
    format!(
        "provider_installation {{\n  filesystem_mirror {{\n    path = {:?}\n  }}\n}}\n",
        mirror.display().to_string()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_named_mirror_wins_and_must_exist() {
        let usual = tempfile::tempdir().unwrap();
        let named = tempfile::tempdir().unwrap();
        assert_eq!(
            find(Some(named.path().into()), usual.path()).unwrap(),
            Some(named.path().to_path_buf())
        );
        let error = find(Some("/absent/mirror".into()), usual.path()).unwrap_err();
        assert!(error.to_string().contains("/absent/mirror"));
    }

    #[test]
    fn the_usual_mirror_is_optional() {
        let usual = tempfile::tempdir().unwrap();
        assert_eq!(
            find(None, usual.path()).unwrap(),
            Some(usual.path().to_path_buf())
        );
        assert_eq!(find(None, &usual.path().join("absent")).unwrap(), None);
    }

    #[test]
    fn a_configuration_that_is_not_there_is_ignored() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("rc");
        assert_eq!(own_configuration(Some(file.clone().into())), None);
        workspace::write(&file, b"").unwrap();
        let named: OsString = file.into();
        assert_eq!(own_configuration(Some(named.clone())), Some(named));
    }

    #[test]
    fn what_terraform_reads_is_valid_hcl() {
        let mirror = hcl::parse(&mirror_configuration(Path::new("/mirror"))).unwrap();
        let installation = mirror.blocks().next().unwrap();
        assert_eq!(installation.identifier(), "provider_installation");
        assert!(hcl::parse(&requirement()).is_ok());
    }
}
