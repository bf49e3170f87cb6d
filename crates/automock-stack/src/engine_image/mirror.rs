//! Images of other registries, copied into the account's own repository.
//!
//! A tag of a public registry can move, its pulls are limited, and every task depends on it. A copy is
//! named by its digest and pulled from the account's registry.

use automock_model::{ContainerImage, Foundation, Project};
use oci_client::client::Client;
use oci_client::secrets::RegistryAuth;
use oci_client::{Reference, RegistryOperation};
use oci_spec::image::{ImageIndex, ImageManifest, MediaType};
use sha2::{Digest, Sha256};
use tokio_util::sync::CancellationToken;

use super::layout::{Blob, hex, may_run};
use super::upload::{client, failed};
use super::{Destination, Endpoint, EngineImage, UploadError, supply};
use crate::Error;
use crate::aws::Session;
use crate::events::Events;
use crate::settings::Settings;

/// Manifests of one image and of several, in the words of the standard and of Docker.
const ACCEPTED: [&str; 4] = [
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
];

/// MockServer's image and its loader's, looked up in their registries.
#[derive(Clone, Debug)]
pub(crate) struct Mirror {
    mock: Original,
    loader: Original,
}

impl Mirror {
    /// Asks the registries what the names stand for, if the project wants copies.
    pub(crate) async fn look(project: &Project) -> Result<Option<Self>, Error> {
        let engine = &project.engine;
        let (true, Some(mock), Some(loader)) = (engine.mirror, &engine.mock, &engine.loader) else {
            return Ok(None);
        };
        let look = async |image: &ContainerImage| {
            let original = Original::look(image).await;
            original.map_err(|source| Error::ImageMirror {
                image: image.reference(),
                source,
            })
        };
        Ok(Some(Self {
            mock: look(mock).await?,
            loader: look(loader).await?,
        }))
    }

    /// The project with the copies in the place of the originals.
    pub(crate) fn apply(&self, project: &Project, foundation: &Foundation) -> Project {
        let mut project = project.clone();
        project.engine.mock = Some(self.mock.image.in_repository(foundation));
        project.engine.loader = Some(self.loader.image.in_repository(foundation));
        project
    }

    /// Copies what the account's repository does not have.
    pub(crate) async fn supply(
        &self,
        foundation: &Foundation,
        session: &Session,
        settings: &Settings,
        events: &Events,
        cancel: &CancellationToken,
    ) -> Result<(), Error> {
        for original in [&self.mock, &self.loader] {
            events.step(format!(
                "looking for {} in the account's registry",
                original.name
            ));
            let destination = supply::destination(foundation, session, settings).await?;
            let copied = original.copy(&destination, events);
            tokio::select! {
                copied = copied => copied.map_err(|source| Error::ImageMirror {
                    image: original.name.clone(),
                    source,
                })?,
                () = cancel.cancelled() => {
                    return Err(Error::Interrupted { what: "copying an image" });
                }
            }
        }
        Ok(())
    }
}

/// An image in another registry: its manifest for linux/amd64, and no parts yet.
#[derive(Clone, Debug)]
struct Original {
    /// As the project names it.
    name: String,
    reference: Reference,
    image: EngineImage,
}

impl Original {
    async fn look(image: &ContainerImage) -> Result<Self, UploadError> {
        let name = image.reference();
        let reference: Reference = name
            .parse()
            .map_err(|_| UploadError::Address(name.clone()))?;
        let client = source(&reference).await?;
        let manifest = manifest(&client, &reference, image.digest.as_deref()).await?;
        let repository = image.repository().rsplit('/').next().unwrap_or_default();
        let tag = image.tag().unwrap_or("image");
        Ok(Self {
            image: EngineImage::of_manifest(&format!("{repository}-{tag}"), manifest.0, manifest.1),
            name,
            reference,
        })
    }

    /// Copies the image unless it is there.
    async fn copy(
        &self,
        destination: &Destination<'_>,
        events: &Events,
    ) -> Result<(), UploadError> {
        if super::upload::is_there(&self.image, destination).await? {
            return Ok(());
        }
        let mut image = self.image.clone();
        image.blobs = self.parts(events).await?;
        super::upload(&image, destination, events).await.map(drop)
    }

    async fn parts(&self, events: &Events) -> Result<Vec<Blob>, UploadError> {
        let parsed = ImageManifest::from_reader(&self.image.manifest.bytes[..])
            .map_err(|_| UploadError::NoImage(self.name.clone()))?;
        let client = source(&self.reference).await?;
        events.step(format!("fetching {}", self.name));
        let mut blobs = Vec::new();
        for descriptor in parsed.layers().iter().chain([parsed.config()]) {
            let digest = descriptor.digest().to_string();
            let mut bytes = Vec::new();
            client
                .pull_blob(&self.reference, digest.as_str(), &mut bytes)
                .await
                .map_err(failed("fetch a part of the image"))?;
            blobs.push(checked(digest, bytes)?);
        }
        Ok(blobs)
    }
}

/// A client for a registry that anybody may pull from. One on this machine is spoken to without TLS, as
/// container tools do.
async fn source(reference: &Reference) -> Result<Client, UploadError> {
    let host = reference.resolve_registry();
    let name = host.split(':').next().unwrap_or(host);
    let is_here = name == "localhost"
        || name
            .parse()
            .is_ok_and(|ip: std::net::Ipv4Addr| ip.is_loopback());
    let endpoint = Endpoint::new(host.to_owned(), is_here);
    let client = client(&endpoint)?;
    client
        .auth(reference, &RegistryAuth::Anonymous, RegistryOperation::Pull)
        .await
        .map_err(failed("ask the registry"))?;
    Ok(client)
}

/// The manifest for linux/amd64 and its media type.
async fn manifest(
    client: &Client,
    reference: &Reference,
    pinned: Option<&str>,
) -> Result<(Blob, String), UploadError> {
    let no_image = || UploadError::NoImage(reference.to_string());
    let (bytes, digest) = client
        .pull_manifest_raw(reference, &RegistryAuth::Anonymous, &ACCEPTED)
        .await
        .map_err(failed("look for the image"))?;
    let blob = checked(pinned.map_or(digest, str::to_owned), bytes.to_vec())?;
    let Ok(index) = ImageIndex::from_reader(&blob.bytes[..]) else {
        let parsed = ImageManifest::from_reader(&blob.bytes[..]).map_err(|_| no_image())?;
        return Ok((blob, media_type(parsed.media_type().as_ref())));
    };
    let mut fitting = index.manifests().iter().filter(|it| may_run(it));
    let chosen = fitting.next().ok_or_else(no_image)?;
    let digest = chosen.digest().to_string();
    let by_digest = reference.clone_with_digest(digest.clone());
    let (bytes, _) = client
        .pull_manifest_raw(&by_digest, &RegistryAuth::Anonymous, &ACCEPTED)
        .await
        .map_err(failed("look for the image"))?;
    let blob = checked(digest, bytes.to_vec())?;
    Ok((blob, media_type(Some(chosen.media_type()))))
}

fn media_type(named: Option<&MediaType>) -> String {
    named.map_or_else(|| ACCEPTED[0].to_owned(), ToString::to_string)
}

/// What came has the digest that was asked for.
fn checked(digest: String, bytes: Vec<u8>) -> Result<Blob, UploadError> {
    if format!("sha256:{}", hex(&Sha256::digest(&bytes))) != digest {
        return Err(UploadError::Damaged(digest));
    }
    Ok(Blob { digest, bytes })
}

#[cfg(test)]
mod tests {
    use automock_model::{EngineKind, Region};
    use automock_testkit::{ImageRegistry, placeholder_engine};

    use super::*;

    fn at(registry: &ImageRegistry, repository: &'static str) -> Destination<'static> {
        Destination {
            endpoint: Endpoint::parse(&registry.url()).unwrap(),
            repository,
            user: ImageRegistry::USER.to_owned(),
            password: ImageRegistry::PASSWORD.to_owned(),
        }
    }

    /// Puts an image into a registry, and names it as a project would.
    async fn published(registry: &ImageRegistry, repository: &'static str) -> ContainerImage {
        let folder = tempfile::tempdir().unwrap();
        placeholder_engine(folder.path()).unwrap();
        let image = EngineImage::read(folder.path()).unwrap();
        super::super::upload(&image, &at(registry, repository), &Events::ignore())
            .await
            .unwrap();
        ContainerImage {
            image: format!("{}/{repository}:{}", registry.address(), image.tag()),
            digest: None,
        }
    }

    #[tokio::test]
    async fn an_image_of_a_public_registry_is_copied_once_and_named_by_its_digest() {
        let public = ImageRegistry::start_public().unwrap();
        let own = ImageRegistry::start().unwrap();
        let mut project = Project::new("pets".parse().unwrap());
        project.engine.kind = EngineKind::MockServer;
        project.engine.mock = Some(published(&public, "mockserver/mockserver").await);
        project.engine.loader = Some(published(&public, "aws-cli/aws-cli").await);
        project.engine.mirror = true;
        let mirror = Mirror::look(&project).await.unwrap().unwrap();

        let region = Region::new("us-east-1").unwrap();
        let foundation = Foundation::new("123456789012".parse().unwrap(), region);
        let copied = mirror.apply(&project, &foundation).engine;
        for image in [copied.mock.unwrap(), copied.loader.unwrap()] {
            let repository = "123456789012.dkr.ecr.us-east-1.amazonaws.com/automock-engine";
            assert_eq!(image.repository(), repository);
            assert!(
                image.reference().contains("automock-engine@sha256:"),
                "{image:?}"
            );
        }

        let (destination, events) = (at(&own, "automock-engine"), Events::ignore());
        for original in [&mirror.mock, &mirror.loader] {
            original.copy(&destination, &events).await.unwrap();
            let digest = original.image.digest();
            assert!(
                own.manifest("automock-engine", digest).is_some(),
                "{digest}"
            );
            assert!(
                super::super::upload::is_there(&original.image, &destination)
                    .await
                    .unwrap()
            );
        }
        // The second time nothing is asked of the public registry.
        drop(public);
        mirror.mock.copy(&destination, &events).await.unwrap();
    }

    #[tokio::test]
    async fn an_image_that_is_not_there_or_not_that_one_is_refused() {
        let public = ImageRegistry::start_public().unwrap();
        let mut image = published(&public, "mockserver/mockserver").await;
        image.digest = Some(format!("sha256:{}", "0".repeat(64)));
        assert!(Original::look(&image).await.is_err());
        let missing = ContainerImage {
            image: format!("{}/nobody:1", public.address()),
            digest: None,
        };
        assert!(Original::look(&missing).await.is_err());
    }

    #[tokio::test]
    async fn nothing_is_asked_unless_copies_are_wanted() {
        let project = Project::new("pets".parse().unwrap());
        assert!(Mirror::look(&project).await.unwrap().is_none());
    }
}
