//! The Terraform modules that the library carries.

/// Every module file as (path below `terraform/modules`, contents), sorted by path.
static FILES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/modules.rs"));

/// One of AutoMock's Terraform modules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Module {
    StateBackend,
    ImageRegistry,
    ConfigStorage,
    Networking,
    Iam,
    EcsService,
    TtlCleanup,
    TtlCleanupAccount,
    Domain,
}

impl Module {
    pub(crate) const ALL: [Self; 9] = [
        Self::StateBackend,
        Self::ImageRegistry,
        Self::ConfigStorage,
        Self::Networking,
        Self::Iam,
        Self::EcsService,
        Self::TtlCleanup,
        Self::TtlCleanupAccount,
        Self::Domain,
    ];

    /// The module's folder below `modules/`.
    pub(crate) const fn folder(self) -> &'static str {
        match self {
            Self::StateBackend => "state-backend",
            Self::ImageRegistry => "image-registry",
            Self::ConfigStorage => "config-storage",
            Self::Networking => "networking",
            Self::Iam => "iam",
            Self::EcsService => "ecs-service",
            Self::TtlCleanup => "ttl-cleanup",
            Self::TtlCleanupAccount => "ttl-cleanup/account",
            Self::Domain => "domain",
        }
    }

    /// The module call's label in a root, as in `module.ecs_service`.
    pub(crate) const fn label(self) -> &'static str {
        match self {
            Self::StateBackend => "state_backend",
            Self::ImageRegistry => "image_registry",
            Self::ConfigStorage => "config_storage",
            Self::Networking => "networking",
            Self::Iam => "iam",
            Self::EcsService => "ecs_service",
            Self::TtlCleanup => "ttl_cleanup",
            Self::TtlCleanupAccount => "ttl_cleanup_account",
            Self::Domain => "domain",
        }
    }

    /// The module's own files, without those of a module nested in its folder.
    pub(crate) fn files(self) -> impl Iterator<Item = (&'static str, &'static str)> {
        FILES
            .iter()
            .copied()
            .filter(move |(path, _)| owner(path) == Some(self))
    }
}

/// The module a file belongs to: the one with the longest matching folder.
fn owner(path: &str) -> Option<Module> {
    Module::ALL
        .into_iter()
        .filter(|module| {
            path.strip_prefix(module.folder())
                .is_some_and(|rest| rest.starts_with('/'))
        })
        .max_by_key(|module| module.folder().len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_module_has_its_four_files() {
        for module in Module::ALL {
            let files: Vec<_> = module.files().map(|(path, _)| path).collect();
            for file in ["main.tf", "variables.tf", "outputs.tf", "versions.tf"] {
                let path = format!("{}/{file}", module.folder());
                assert!(
                    files.contains(&path.as_str()),
                    "{path} is missing from {files:?}"
                );
            }
        }
    }

    #[test]
    fn every_file_has_an_owner() {
        for (path, _) in FILES {
            assert!(owner(path).is_some(), "{path} belongs to no known module");
        }
    }

    #[test]
    fn a_nested_module_is_not_part_of_its_parent() {
        assert_eq!(owner("ttl-cleanup/main.tf"), Some(Module::TtlCleanup));
        assert_eq!(
            owner("ttl-cleanup/account/main.tf"),
            Some(Module::TtlCleanupAccount)
        );
        assert_eq!(owner("ttl-cleanup-like/main.tf"), None);
    }

    #[test]
    fn only_code_is_carried() {
        for (path, _) in FILES {
            let parts: Vec<_> = path.split('/').collect();
            for foreign in ["tests", "examples", "README.md", ".terraform.lock.hcl"] {
                assert!(
                    !parts.contains(&foreign),
                    "{path} does not belong in a workspace"
                );
            }
        }
    }
}
