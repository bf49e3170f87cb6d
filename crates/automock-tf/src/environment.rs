//! The environment that terraform gets.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};

/// The environment that terraform gets.
///
/// Terraform reads settings and variables from its environment. Whatever happens to be set in a
/// person's shell (`TF_VAR_region`, `TF_CLI_ARGS_apply`, `TF_WORKSPACE`, …) must not change what
/// a program asked for, so such names are left out of what is inherited. `AWS_*`, `PATH`, `HOME`,
/// proxies, `TF_CLI_CONFIG_FILE` and `TF_PLUGIN_CACHE_DIR` describe the machine and pass.
///
/// ```
/// use automock_tf::Environment;
///
/// let environment = Environment::inherit([("PATH", "/usr/bin"), ("TF_VAR_region", "mars")]).variable("name", "petstore");
/// assert_eq!(environment.get("PATH").unwrap(), "/usr/bin");
/// assert!(environment.get("TF_VAR_region").is_none());
/// assert_eq!(environment.get("TF_VAR_name").unwrap(), "petstore");
/// assert_eq!(environment.get("TF_IN_AUTOMATION").unwrap(), "1");
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Environment(BTreeMap<OsString, OsString>);

/// Names that are never inherited.
const DENIED: &[&str] = &[
    "TF_APPEND_USER_AGENT",
    "TF_DATA_DIR",
    "TF_DISABLE_PLUGIN_TLS",
    "TF_IGNORE",
    "TF_IN_AUTOMATION",
    "TF_INPUT",
    "TF_REATTACH_PROVIDERS",
    "TF_SKIP_PROVIDER_VERIFY",
    "TF_WORKSPACE",
];

/// Beginnings of names that are never inherited.
const DENIED_PREFIXES: &[&str] = &["TF_CLI_ARGS", "TF_LOG", "TF_VAR_"];

/// What is always set: no prompts, no advice to run further commands, no version check that
/// calls home.
const OWN: &[(&str, &str)] = &[
    ("CHECKPOINT_DISABLE", "1"),
    ("TF_IN_AUTOMATION", "1"),
    ("TF_INPUT", "0"),
];

impl Environment {
    /// Takes what the caller inherited (usually `std::env::vars_os()`), without what would steer
    /// terraform.
    pub fn inherit<K, V>(variables: impl IntoIterator<Item = (K, V)>) -> Self
    where
        K: Into<OsString>,
        V: Into<OsString>,
    {
        let pairs = variables
            .into_iter()
            .map(|(name, value)| (name.into(), value.into()));
        let mut environment: BTreeMap<OsString, OsString> =
            pairs.filter(|(name, _)| !is_denied(name)).collect();
        environment.extend(
            OWN.iter()
                .map(|(name, value)| (OsString::from(name), OsString::from(value))),
        );
        Self(environment)
    }

    /// Starts with nothing but the crate's own settings.
    #[must_use]
    pub fn empty() -> Self {
        Self::inherit(std::iter::empty::<(OsString, OsString)>())
    }

    /// Sets a variable of the environment; unlike an inherited one, any name is taken.
    #[must_use]
    pub fn set(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.0.insert(name.into(), value.into());
        self
    }

    /// Removes a variable of the environment.
    #[must_use]
    pub fn unset(mut self, name: impl AsRef<OsStr>) -> Self {
        self.0.remove(name.as_ref());
        self
    }

    /// Sets an input variable of the configuration, as `TF_VAR_<name>`.
    ///
    /// This is the way for secrets: arguments are visible to every process of the machine.
    #[must_use]
    pub fn variable(self, name: &str, value: impl Into<OsString>) -> Self {
        self.set(format!("TF_VAR_{name}"), value)
    }

    /// The value of a variable of the environment.
    pub fn get(&self, name: impl AsRef<OsStr>) -> Option<&OsStr> {
        self.0.get(name.as_ref()).map(OsString::as_os_str)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&OsStr, &OsStr)> {
        self.0
            .iter()
            .map(|(name, value)| (name.as_os_str(), value.as_os_str()))
    }
}

impl std::fmt::Debug for Environment {
    /// Writes names only: values may be secrets.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

fn is_denied(name: &OsStr) -> bool {
    let Some(name) = name.to_str() else {
        return false;
    };
    DENIED.contains(&name)
        || DENIED_PREFIXES
            .iter()
            .any(|prefix| name.starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_steers_terraform_is_not_inherited() {
        let steering = [
            "TF_VAR_a",
            "TF_CLI_ARGS",
            "TF_CLI_ARGS_plan",
            "TF_LOG",
            "TF_LOG_PATH",
            "TF_LOG_PROVIDER",
            "TF_WORKSPACE",
            "TF_DATA_DIR",
            "TF_REATTACH_PROVIDERS",
        ];
        let environment = Environment::inherit(steering.map(|name| (name, "x")));
        assert_eq!(environment, Environment::empty());
        let own: Vec<_> = environment
            .iter()
            .map(|(name, value)| (name.to_str().unwrap(), value.to_str().unwrap()))
            .collect();
        assert_eq!(
            own,
            [
                ("CHECKPOINT_DISABLE", "1"),
                ("TF_INPUT", "0"),
                ("TF_IN_AUTOMATION", "1")
            ]
        );
    }

    #[test]
    fn what_describes_the_machine_passes() {
        let names = [
            "PATH",
            "HOME",
            "AWS_PROFILE",
            "HTTPS_PROXY",
            "TF_CLI_CONFIG_FILE",
            "TF_PLUGIN_CACHE_DIR",
        ];
        let environment = Environment::inherit(names.map(|name| (name, "x")));
        assert!(names.iter().all(|name| environment.get(name).is_some()));
    }

    #[test]
    fn an_inherited_prompt_setting_does_not_win() {
        let environment = Environment::inherit([("TF_INPUT", "1"), ("TF_IN_AUTOMATION", "")]);
        assert_eq!(environment.get("TF_INPUT").unwrap(), "0");
        assert_eq!(environment.get("TF_IN_AUTOMATION").unwrap(), "1");
    }

    #[test]
    fn debug_output_holds_no_values() {
        let text = format!("{:?}", Environment::empty().variable("token", "hush"));
        assert!(text.contains("TF_VAR_token") && !text.contains("hush"));
    }
}
