//! The way of an image into a registry, by the distribution protocol.
//! <https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md>

use std::time::Duration;

use oci_client::client::{Client, ClientConfig, ClientProtocol};
use oci_client::errors::{OciDistributionError, OciErrorCode};
use oci_client::secrets::RegistryAuth;
use oci_client::{Reference, RegistryOperation};

use super::EngineImage;
use super::layout::Blob;
use crate::events::Events;

/// How long a registry may take to accept a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// How long it may take to answer a request. The sending of a part is in it, and slow lines exist: 6 MB
/// within it are 50 kbit a second.
const ANSWER_TIMEOUT: Duration = Duration::from_mins(15);

const NOT_FOUND: u16 = 404;

/// Why an image did not get into a registry.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum UploadError {
    /// The registry's address can't be one.
    #[error("{0:?} is not the address of a registry")]
    Address(String),
    /// A registry was named, and AWS itself answers.
    #[error("AUTOMOCK_IMAGE_REGISTRY is for emulators, and AWS_ENDPOINT_URL names none")]
    NotEmulated,
    /// An emulator answers, and its registry was not named.
    #[error(
        "AWS_ENDPOINT_URL names an emulator, and AUTOMOCK_IMAGE_REGISTRY does not name its registry"
    )]
    NoRegistry,
    /// The registry refused, or did not answer.
    #[error("cannot {action}")]
    Registry {
        /// What was tried, as a verb.
        action: &'static str,
        /// What the registry said.
        #[source]
        source: Box<OciDistributionError>,
    },
    /// A registry has something else under the name.
    #[error("{0} is not an image for linux/amd64")]
    NoImage(String),
    /// What came is not what was asked for.
    #[error("the registry's answer for {0} does not have that digest")]
    Damaged(String),
    /// All was accepted, and the image is not there.
    #[error("the registry took the image and has none with the digest {0}")]
    Lost(String),
}

impl UploadError {
    /// Whether the registry knows who asks, or does not, and refuses.
    #[must_use]
    pub fn is_refused(&self) -> bool {
        let Self::Registry { source, .. } = self else {
            return false;
        };
        match source.as_ref() {
            OciDistributionError::UnauthorizedError { .. }
            | OciDistributionError::AuthenticationFailure(_) => true,
            OciDistributionError::RegistryError { envelope, .. } => {
                envelope.errors.iter().any(|error| {
                    matches!(
                        error.code,
                        OciErrorCode::Denied | OciErrorCode::Unauthorized
                    )
                })
            }
            _ => false,
        }
    }
}

/// A registry's host, and how it is spoken to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Endpoint {
    host: String,
    is_plain: bool,
}

impl Endpoint {
    /// A registry on the internet: HTTPS.
    pub(crate) fn secure(host: String) -> Self {
        Self {
            host,
            is_plain: false,
        }
    }

    pub(super) fn new(host: String, is_plain: bool) -> Self {
        Self { host, is_plain }
    }

    /// A registry by its URL, such as an emulator's.
    ///
    /// # Errors
    ///
    /// When it is not an `http` or `https` URL of a host alone.
    pub(crate) fn parse(url: &str) -> Result<Self, UploadError> {
        let refused = || UploadError::Address(url.to_owned());
        let (scheme, rest) = url.split_once("://").ok_or_else(refused)?;
        let host = rest.trim_end_matches('/');
        let is_host = !host.is_empty() && !host.contains(['/', '@', '?', '#', ' ']);
        match scheme {
            "http" | "https" if is_host => Ok(Self {
                host: host.to_owned(),
                is_plain: scheme == "http",
            }),
            _ => Err(refused()),
        }
    }
}

/// Where an image goes; the password is never shown.
pub(crate) struct Destination<'a> {
    pub(crate) endpoint: Endpoint,
    pub(crate) repository: &'a str,
    pub(crate) user: String,
    pub(crate) password: String,
}

/// Sends an image unless the registry has it already; whether it was sent.
///
/// A part that arrived as a whole stays there; another upload does not send it again.
///
/// # Errors
///
/// When the registry refuses or does not answer.
pub(crate) async fn upload(
    image: &EngineImage,
    destination: &Destination<'_>,
    events: &Events,
) -> Result<bool, UploadError> {
    let upload = Upload::begin(image, destination).await?;
    if upload.is_there().await? {
        return Ok(false);
    }
    events.step(format!(
        "sending image {} ({:.1} MB) to {}",
        image.tag(),
        megabytes(image.size_bytes()),
        destination.repository
    ));
    upload.blobs(events).await?;
    upload.manifest().await?;
    Ok(true)
}

/// Whether the registry has the image, its tag included.
pub(super) async fn is_there(
    image: &EngineImage,
    destination: &Destination<'_>,
) -> Result<bool, UploadError> {
    Upload::begin(image, destination).await?.is_there().await
}

struct Upload<'a> {
    client: Client,
    image: &'a EngineImage,
    by_tag: Reference,
    login: RegistryAuth,
}

impl<'a> Upload<'a> {
    async fn begin(
        image: &'a EngineImage,
        destination: &Destination<'_>,
    ) -> Result<Self, UploadError> {
        let host = destination.endpoint.host.clone();
        let repository = destination.repository.to_owned();
        let upload = Self {
            client: client(&destination.endpoint)?,
            image,
            by_tag: Reference::with_tag(host, repository, image.tag()),
            login: RegistryAuth::Basic(destination.user.clone(), destination.password.clone()),
        };
        upload
            .client
            .auth(&upload.by_tag, &upload.login, RegistryOperation::Push)
            .await
            .map_err(failed("log in to the registry"))?;
        Ok(upload)
    }

    async fn is_there(&self) -> Result<bool, UploadError> {
        let found = self
            .client
            .fetch_manifest_digest(&self.by_tag, &self.login)
            .await;
        match found {
            // An image without its tag would be deleted after a day.
            Ok(digest) => Ok(digest == self.image.digest()),
            Err(error) if is_not_found(&error) => Ok(false),
            Err(error) => Err(failed("look for the image")(error)),
        }
    }

    async fn blobs(&self, events: &Events) -> Result<(), UploadError> {
        let total = self.image.blobs.len();
        for (number, blob) in (1..).zip(&self.image.blobs) {
            if self.has(blob).await? {
                continue;
            }
            events.detail(format!(
                "part {number} of {total}: {:.1} MB",
                megabytes(blob.bytes.len())
            ));
            let sent = self
                .client
                .push_blob(&self.by_tag, blob.bytes.clone(), &blob.digest)
                .await;
            // Somebody who sent the same part at the same time was first, and that is fine.
            if let Err(error) = sent
                && !matches!(self.has(blob).await, Ok(true))
            {
                return Err(failed("send a part of the image")(error));
            }
        }
        Ok(())
    }

    async fn has(&self, blob: &Blob) -> Result<bool, UploadError> {
        let exists = self.client.blob_exists(&self.by_tag, &blob.digest).await;
        exists.map_err(failed("look for a part of the image"))
    }

    async fn manifest(&self) -> Result<(), UploadError> {
        let content_type = self
            .image
            .manifest_type
            .parse()
            .expect("a media type is text without control characters");
        let manifest = self.image.manifest.bytes.clone();
        let sent = self
            .client
            .push_manifest_raw(&self.by_tag, manifest, content_type)
            .await;
        // Somebody who sent the same image at the same time has taken the tag, and that is fine.
        match (self.is_there().await?, sent) {
            (true, _) => Ok(()),
            (false, Err(error)) => Err(failed("name the image in the registry")(error)),
            (false, Ok(_)) => Err(UploadError::Lost(self.image.digest().to_owned())),
        }
    }
}

pub(super) fn client(endpoint: &Endpoint) -> Result<Client, UploadError> {
    // The library takes the process's choice of cryptography, and fails without one. Where the
    // program has chosen already, that holds.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::try_from(ClientConfig {
        protocol: if endpoint.is_plain {
            ClientProtocol::Http
        } else {
            ClientProtocol::Https
        },
        // ECR drops all but the first chunk of a part that comes in several:
        // https://github.com/aws/containers-roadmap/issues/2831
        use_monolithic_push: true,
        connect_timeout: Some(CONNECT_TIMEOUT),
        read_timeout: Some(ANSWER_TIMEOUT),
        user_agent: concat!("automock/", env!("CARGO_PKG_VERSION")),
        ..ClientConfig::default()
    })
    .map_err(failed("prepare the connection to the registry"))
}

fn is_not_found(error: &OciDistributionError) -> bool {
    match error {
        OciDistributionError::ImageManifestNotFoundError(_) => true,
        OciDistributionError::ServerError { code, .. } => *code == NOT_FOUND,
        OciDistributionError::RegistryError { envelope, .. } => {
            let is_unknown = |code: &OciErrorCode| *code == OciErrorCode::ManifestUnknown;
            envelope.errors.iter().any(|error| is_unknown(&error.code))
        }
        _ => false,
    }
}

pub(super) fn failed(action: &'static str) -> impl FnOnce(OciDistributionError) -> UploadError {
    move |source| UploadError::Registry {
        action,
        source: Box::new(source),
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a rounded figure for people; images are far below 2^52 bytes"
)]
fn megabytes(bytes: usize) -> f64 {
    bytes as f64 / 1e6
}

#[cfg(test)]
mod tests {
    use automock_testkit::{ImageRegistry, placeholder_engine};

    use super::super::rival::Rival;
    use super::*;

    #[test]
    fn an_address_is_a_url_of_a_host() {
        let parsed = Endpoint::parse("http://127.0.0.1:5000/").unwrap();
        assert_eq!((&*parsed.host, parsed.is_plain), ("127.0.0.1:5000", true));
        let parsed = Endpoint::parse("https://registry.example.com").unwrap();
        assert_eq!(parsed, Endpoint::secure("registry.example.com".to_owned()));
        for bad in [
            "",
            "registry.example.com",
            "ftp://a",
            "http://",
            "http://a/b",
            "http://user@a",
        ] {
            assert!(Endpoint::parse(bad).is_err(), "{bad}");
        }
    }

    fn image() -> EngineImage {
        let folder = tempfile::tempdir().unwrap();
        placeholder_engine(folder.path()).unwrap();
        EngineImage::read(folder.path()).unwrap()
    }

    fn destination(registry: &ImageRegistry) -> Destination<'static> {
        Destination {
            endpoint: Endpoint::parse(&registry.url()).unwrap(),
            repository: "automock-engine",
            user: ImageRegistry::USER.to_owned(),
            password: ImageRegistry::PASSWORD.to_owned(),
        }
    }

    #[tokio::test]
    async fn an_image_is_sent_once_and_found_by_its_digest() {
        let registry = ImageRegistry::start().unwrap();
        let (image, destination, events) = (image(), destination(&registry), Events::ignore());
        assert!(upload(&image, &destination, &events).await.unwrap());
        assert!(!upload(&image, &destination, &events).await.unwrap());
        for reference in [image.digest(), &image.tag()] {
            let manifest = registry.manifest("automock-engine", reference).unwrap();
            assert_eq!(manifest.as_bytes(), &image.manifest.bytes[..]);
        }
    }

    #[tokio::test]
    async fn an_image_without_its_tag_gets_it() {
        let registry = ImageRegistry::start().unwrap();
        let (image, destination, events) = (image(), destination(&registry), Events::ignore());
        let first = Upload::begin(&image, &destination).await.unwrap();
        first.blobs(&events).await.unwrap();
        let digest = Reference::with_digest(
            destination.endpoint.host.clone(),
            destination.repository.to_owned(),
            image.digest().to_owned(),
        );
        let kind = image.manifest_type.parse().unwrap();
        let manifest = image.manifest.bytes.clone();
        let sent = first.client.push_manifest_raw(&digest, manifest, kind);
        sent.await.unwrap();
        assert!(registry.manifest("automock-engine", &image.tag()).is_none());
        assert!(upload(&image, &destination, &events).await.unwrap());
        assert!(registry.manifest("automock-engine", &image.tag()).is_some());
    }

    /// Somebody else's image is as good: the same bytes under the same names.
    #[tokio::test]
    async fn what_somebody_else_has_sent_meanwhile_is_there() {
        let image = image();
        let to = |rival: &Rival| Destination {
            endpoint: Endpoint::parse(&rival.url()).unwrap(),
            repository: "automock-engine",
            user: "AWS".to_owned(),
            password: "secret".to_owned(),
        };
        let faster = Rival::start(image.digest(), true);
        let sent = upload(&image, &to(&faster), &Events::ignore()).await;
        assert!(sent.unwrap());
        assert_eq!(faster.refusals(), image.blobs.len() + 1);

        let refusing = Rival::start(image.digest(), false);
        let refused = upload(&image, &to(&refusing), &Events::ignore()).await;
        assert_eq!(
            refused.unwrap_err().to_string(),
            "cannot send a part of the image"
        );

        // The tag is taken by another image.
        let other = Rival::start(image.manifest.digest.replace(':', ":0").as_str(), true);
        let taken = upload(&image, &to(&other), &Events::ignore()).await;
        assert_eq!(
            taken.unwrap_err().to_string(),
            "cannot name the image in the registry"
        );
    }

    #[tokio::test]
    async fn a_wrong_password_is_told() {
        let registry = ImageRegistry::start().unwrap();
        let destination = Destination {
            password: "wrong".to_owned(),
            ..destination(&registry)
        };
        let error = upload(&image(), &destination, &Events::ignore()).await;
        let error = error.unwrap_err();
        assert_eq!(error.to_string(), "cannot look for the image");
        let UploadError::Registry { source, .. } = error else {
            panic!("{error:?}");
        };
        assert!(
            matches!(*source, OciDistributionError::UnauthorizedError { .. }),
            "{source}"
        );
    }

    #[tokio::test]
    async fn a_registry_that_is_not_there_is_told() {
        let destination = Destination {
            endpoint: Endpoint::parse("http://127.0.0.1:9").unwrap(),
            repository: "automock-engine",
            user: "AWS".to_owned(),
            password: "secret".to_owned(),
        };
        let error = upload(&image(), &destination, &Events::ignore()).await;
        assert_eq!(
            error.unwrap_err().to_string(),
            "cannot log in to the registry"
        );
    }
}
