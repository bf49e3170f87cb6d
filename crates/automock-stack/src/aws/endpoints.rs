//! Which endpoint each AWS service has: AWS's own, or one that the environment or a profile names.
//!
//! The order is that of every AWS tool, terraform among them: the service's own variable
//! (`AWS_ENDPOINT_URL_S3`), the one for all services (`AWS_ENDPOINT_URL`), the service's section of the
//! profile, the profile itself; and none of them with `AWS_IGNORE_CONFIGURED_ENDPOINT_URLS`:
//! <https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html>.

use std::collections::{BTreeMap, HashMap};

use aws_config::profile::ProfileSet;
use aws_runtime::env_config::EnvConfigValue;
use aws_runtime::env_config::file::EnvConfigFiles;
use aws_types::os_shim_internal::{Env, Fs};
use aws_types::service_config::{LoadServiceConfig, ServiceConfigKey};

const ENDPOINT_VARIABLE: &str = "AWS_ENDPOINT_URL";
const ENDPOINT_KEY: &str = "endpoint_url";

/// The endpoints of an environment and the profile that it selects.
#[derive(Clone, Debug)]
pub(crate) struct Endpoints {
    environment: Env,
    profiles: Option<ProfileSet>,
    are_ignored: bool,
}

impl Endpoints {
    /// Reads the profile's files, if there are any. What can't be read says nothing: the credentials
    /// are read from the same files, and say so.
    pub(crate) async fn of(variables: &BTreeMap<String, String>) -> Self {
        let environment = environment(variables);
        let files = EnvConfigFiles::default();
        let profiles = aws_config::profile::load(&Fs::real(), &environment, &files, None).await;
        Self::new(environment, profiles.ok())
    }

    fn new(environment: Env, profiles: Option<ProfileSet>) -> Self {
        let ignore = EnvConfigValue::new()
            .env("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS")
            .profile("ignore_configured_endpoint_urls");
        let are_ignored = ignore
            .load(&environment, profiles.as_ref())
            .is_some_and(|(value, _)| value.eq_ignore_ascii_case("true"));
        Self {
            environment,
            profiles,
            are_ignored,
        }
    }

    /// The endpoint of a service by its id, such as `S3`; `None` for AWS's own.
    pub(crate) fn endpoint_of(&self, service_id: &str) -> Option<String> {
        let key = ServiceConfigKey::builder()
            .service_id(service_id)
            .env(ENDPOINT_VARIABLE)
            .profile(ENDPOINT_KEY)
            .build();
        self.load_config(key.expect("all three parts of the key are given"))
    }
}

/// The clients of the SDK ask here when they are made.
impl LoadServiceConfig for Endpoints {
    fn load_config(&self, key: ServiceConfigKey<'_>) -> Option<String> {
        if self.are_ignored && key.env() == ENDPOINT_VARIABLE {
            return None;
        }
        // A profile's section has underscores in its name, as in `elastic_load_balancing_v2`
        // (https://docs.aws.amazon.com/sdkref/latest/guide/ss-endpoints-table.html): terraform looks for
        // that, and the SDK for Rust for hyphens.
        let service_id = key.service_id().replace(' ', "_");
        let value = EnvConfigValue::new()
            .env(key.env())
            .profile(key.profile())
            .service_id(&service_id);
        let (value, _) = value.load(&self.environment, self.profiles.as_ref())?;
        Some(value.into_owned())
    }
}

/// An empty variable counts as unset.
fn environment(variables: &BTreeMap<String, String>) -> Env {
    let set = variables.iter().filter(|(_, value)| !value.is_empty());
    let set: HashMap<String, String> = set
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    Env::from(set)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONFIG: &str = "\
[profile storage]
endpoint_url = http://profile
services = mine

[services mine]
s3 =
  endpoint_url = http://profile-s3
elastic_load_balancing_v2 =
  endpoint_url = http://profile-elb

[profile closed]
ignore_configured_endpoint_urls = true
";

    async fn endpoint(variables: &[(&str, &str)], service_id: &str) -> Option<String> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("config");
        std::fs::write(&file, CONFIG).unwrap();
        let file = file.display().to_string();
        let nowhere = folder.path().join("none").display().to_string();
        let files = [
            ("AWS_CONFIG_FILE", file.as_str()),
            ("AWS_SHARED_CREDENTIALS_FILE", nowhere.as_str()),
        ];
        let variables = variables.iter().chain(&files);
        let variables = variables.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Endpoints::of(&variables.collect())
            .await
            .endpoint_of(service_id)
    }

    #[tokio::test]
    async fn the_most_particular_endpoint_counts() {
        const ALL: (&str, &str) = ("AWS_ENDPOINT_URL", "http://all");
        const S3: (&str, &str) = ("AWS_ENDPOINT_URL_S3", "http://s3");
        const ELB: (&str, &str) = ("AWS_ENDPOINT_URL_ELASTIC_LOAD_BALANCING_V2", "http://elb");
        const IGNORE: (&str, &str) = ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true");
        const PROFILE: (&str, &str) = ("AWS_PROFILE", "storage");
        for (variables, service, expected) in [
            (&[][..], "S3", None),
            (&[ALL], "S3", Some("http://all")),
            (&[ALL, S3], "S3", Some("http://s3")),
            (&[ALL, S3], "ECS", Some("http://all")),
            (&[S3], "ECS", None),
            (&[ALL, ELB], "Elastic Load Balancing v2", Some("http://elb")),
            (
                &[("AWS_ENDPOINT_URL_S3", ""), ALL],
                "S3",
                Some("http://all"),
            ),
            (&[PROFILE], "S3", Some("http://profile-s3")),
            (
                &[PROFILE],
                "Elastic Load Balancing v2",
                Some("http://profile-elb"),
            ),
            (&[PROFILE], "ECS", Some("http://profile")),
            (&[PROFILE, S3], "S3", Some("http://s3")),
            (&[PROFILE, ALL], "S3", Some("http://all")),
            (&[ALL, S3, IGNORE], "S3", None),
            (&[ALL, IGNORE], "ECS", None),
            (&[PROFILE, IGNORE], "S3", None),
            (&[ALL, ("AWS_PROFILE", "closed")], "S3", None),
        ] {
            let found = endpoint(variables, service).await;
            assert_eq!(found.as_deref(), expected, "{variables:?} {service}");
        }
    }
}
