//! The mock server of a task, its container images, and how often expectations are reloaded.

use serde::Serialize;

/// The mock server of a task, its container images, and how often expectations are reloaded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Engine {
    /// Which mock server runs.
    pub kind: EngineKind,
    /// The mock server's image; `None` for the image that AutoMock itself puts into the account's
    /// [repository](crate::Foundation::engine_repository), which only [`EngineKind::AutoMock`] has.
    pub mock: Option<ContainerImage>,
    /// The image of the loader, which fetches the expectations for [`EngineKind::MockServer`];
    /// AutoMock's engine fetches them itself.
    pub loader: Option<ContainerImage>,
    /// Whether a deploy copies MockServer's and the loader's images into the account's own
    /// [repository](crate::Foundation::engine_repository), and the tasks run the copies.
    pub mirror: bool,
    /// How often a task looks for changed expectations, in seconds.
    pub reload_every_seconds: u64,
}

/// A mock server. Both read the same expectations and have the same control API.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum EngineKind {
    /// The engine that `automock up` runs: crate `automock-server`.
    #[default]
    AutoMock,
    /// MockServer, which needs Java.
    MockServer,
}

impl EngineKind {
    /// How often a task looks for changed expectations unless the project says otherwise, in seconds.
    ///
    /// A look of AutoMock's engine is one conditional request. One of MockServer's loader starts the
    /// AWS CLI, which takes a third of a second of processor time.
    #[must_use]
    pub fn default_reload_seconds(self) -> u64 {
        match self {
            Self::AutoMock => 2,
            Self::MockServer => 30,
        }
    }

    /// The kind's name in the file.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::MockServer => "mockserver",
            Self::AutoMock => "automock",
        }
    }
}

/// A container image, pinned by tag and, better, by digest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ContainerImage {
    /// Repository and tag, such as `mockserver/mockserver:5.15.0`.
    pub image: String,
    /// `sha256:` and 64 hexadecimal digits.
    pub digest: Option<String>,
}

impl ContainerImage {
    /// What a task definition says: `repository@digest` when a digest is known, else
    /// `repository:tag`.
    ///
    /// ECS takes either form but does not document both at once; see
    /// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html>.
    #[must_use]
    pub fn reference(&self) -> String {
        match &self.digest {
            Some(digest) => format!("{}@{digest}", self.repository()),
            None => self.image.clone(),
        }
    }

    /// The image without its tag.
    #[must_use]
    pub fn repository(&self) -> &str {
        split_tag(&self.image).0
    }

    /// The tag.
    #[must_use]
    pub fn tag(&self) -> Option<&str> {
        split_tag(&self.image).1
    }
}

/// Splits at the colon of the tag; a colon before the last slash belongs to a registry's port.
fn split_tag(image: &str) -> (&str, Option<&str>) {
    let path = image.rfind('/').map_or(0, |slash| slash + 1);
    match image[path..].find(':') {
        Some(colon) => (&image[..path + colon], Some(&image[path + colon + 1..])),
        None => (image, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_takes_the_place_of_the_tag() {
        let mut image = ContainerImage {
            image: "localhost:5000/mock/server:1.2".to_owned(),
            digest: None,
        };
        assert_eq!(image.repository(), "localhost:5000/mock/server");
        assert_eq!(image.tag(), Some("1.2"));
        assert_eq!(image.reference(), "localhost:5000/mock/server:1.2");
        image.digest = Some("sha256:ab".to_owned());
        assert_eq!(image.reference(), "localhost:5000/mock/server@sha256:ab");
    }

    #[test]
    fn a_port_is_not_a_tag() {
        let image = ContainerImage {
            image: "localhost:5000/mock".to_owned(),
            digest: None,
        };
        assert_eq!(image.tag(), None);
        assert_eq!(image.repository(), "localhost:5000/mock");
    }
}
