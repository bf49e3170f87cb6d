//! What the function is told by its environment.

use automock_model::{Environment, InvalidId, ProjectName, StackId, environment};

/// The function's own part of its environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The stack that it watches over.
    pub stack: StackId,
    /// The bucket with registry, journals, receipts and states.
    pub state_bucket: String,
    /// ARN of the topic that carries notices.
    pub topic_arn: String,
    /// Whether S3 is addressed as `endpoint/bucket`, as custom endpoints want it.
    pub path_style: bool,
}

/// An environment that no deploy by automock makes.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum SettingsError {
    /// A variable is not set, or is empty.
    #[error("missing environment variable {0}; this function is made to be deployed by automock")]
    Missing(&'static str),
    /// A variable does not hold a name of that kind.
    #[error(
        "invalid environment variable {variable}; this function is made to be deployed by automock"
    )]
    Invalid {
        /// The variable.
        variable: &'static str,
        /// What is wrong with its value.
        #[source]
        source: InvalidId,
    },
}

impl Settings {
    /// Reads the settings with a look-up of variables, such as `|name| std::env::var(name).ok()`.
    ///
    /// # Errors
    /// The first variable that is missing or invalid.
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Self, SettingsError> {
        let required = |name: &'static str| {
            let value = variable(name).filter(|value| !value.is_empty());
            value.ok_or(SettingsError::Missing(name))
        };
        let project: ProjectName = parse(environment::PROJECT, &required(environment::PROJECT)?)?;
        let of_stack = required(environment::ENVIRONMENT)?;
        let of_stack: Environment = parse(environment::ENVIRONMENT, &of_stack)?;
        let endpoints = ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"];
        let ignored = variable("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS")
            .is_some_and(|value| value.eq_ignore_ascii_case("true"));
        Ok(Self {
            stack: StackId::new(&project, &of_stack),
            state_bucket: required(environment::STATE_BUCKET)?,
            topic_arn: required(environment::TOPIC_ARN)?,
            path_style: !ignored && endpoints.iter().any(|name| variable(name).is_some()),
        })
    }
}

fn parse<T: std::str::FromStr<Err = InvalidId>>(
    variable: &'static str,
    value: &str,
) -> Result<T, SettingsError> {
    let invalid = |source| SettingsError::Invalid { variable, source };
    value.parse().map_err(invalid)
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMPLETE: [(&str, &str); 4] = [
        ("AUTOMOCK_PROJECT", "petstore"),
        ("AUTOMOCK_ENVIRONMENT", "dev"),
        ("AUTOMOCK_STATE_BUCKET", "automock-123456789012-us-east-1"),
        (
            "AUTOMOCK_TOPIC_ARN",
            "arn:aws:sns:us-east-1:123456789012:automock",
        ),
    ];

    fn read(changed: &str, value: Option<&str>) -> Result<Settings, SettingsError> {
        Settings::read(|name| {
            if name == changed {
                return value.map(str::to_owned);
            }
            let found = COMPLETE.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn a_complete_environment_names_the_stack() {
        let settings = read("", None).unwrap();
        assert_eq!(settings.stack.as_str(), "petstore-dev");
        assert_eq!(settings.state_bucket, "automock-123456789012-us-east-1");
        assert!(!settings.path_style);
    }

    #[test]
    fn each_variable_is_missed_when_absent_or_empty() {
        for (name, _) in COMPLETE {
            for value in [None, Some("")] {
                let error = read(name, value).unwrap_err();
                assert_eq!(error, SettingsError::Missing(name));
                assert_eq!(
                    error.to_string(),
                    format!(
                        "missing environment variable {name}; this function is made to be deployed by automock"
                    )
                );
            }
        }
    }

    #[test]
    fn a_name_that_no_project_has_is_refused_with_its_variable() {
        for name in ["AUTOMOCK_PROJECT", "AUTOMOCK_ENVIRONMENT"] {
            let error = read(name, Some("Not A Name")).unwrap_err();
            assert!(error.to_string().contains(name), "{error}");
            assert!(std::error::Error::source(&error).is_some());
        }
    }

    #[test]
    fn custom_endpoints_want_buckets_in_the_path() {
        for name in ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"] {
            assert!(read(name, Some("http://127.0.0.1:1")).unwrap().path_style);
        }
        let ignored = Settings::read(|name| match name {
            "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS" => Some("true".to_owned()),
            "AWS_ENDPOINT_URL_S3" => Some("http://127.0.0.1:1".to_owned()),
            _ => Some("shop".to_owned()),
        });
        assert!(!ignored.unwrap().path_style);
    }
}
