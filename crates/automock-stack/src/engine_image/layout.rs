//! The image as `cargo xtask image` writes it: an OCI image layout.
//! <https://github.com/opencontainers/image-spec/blob/v1.1.1/image-layout.md>

use std::fs;
use std::path::Path;

use automock_model::{ContainerImage, Foundation};
use oci_spec::image::{
    Arch, Descriptor, ImageConfiguration, ImageIndex, ImageManifest, MediaType, Os,
};
use sha2::{Digest, Sha256};

/// The annotation that names an image in a layout.
/// <https://github.com/opencontainers/image-spec/blob/v1.1.1/annotations.md>
const NAME: &str = "org.opencontainers.image.ref.name";

/// The longest name that is kept in a tag, which has at most 128 characters:
/// <https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pulling-manifests>.
const MAX_NAME: usize = 100;

/// What registries of Docker call a manifest.
const DOCKER_MANIFEST: &str = "application/vnd.docker.distribution.manifest.v2+json";

/// How many digits of the digest a tag ends with.
const TAG_DIGITS: usize = 12;

/// Why a folder holds no image that tasks could run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EngineImageError {
    /// The folder is no image layout.
    #[error("it is not a folder with an OCI image layout (no file `oci-layout`)")]
    NoLayout,
    /// A file of the layout is missing or can't be read.
    #[error("its file {name} cannot be read")]
    File {
        /// The file, relative to the folder.
        name: String,
        /// The operating system's answer.
        #[source]
        source: std::io::Error,
    },
    /// A document of the layout says something else than the standard.
    #[error("its file {name} is not what the standard says")]
    Document {
        /// The file, relative to the folder.
        name: String,
        /// What is wrong with it.
        #[source]
        source: oci_spec::OciSpecError,
    },
    /// A file is not what its descriptor says: a copy that was not finished, for instance.
    #[error("its file {name} does not have the content that the image names")]
    Damaged {
        /// The file, relative to the folder.
        name: String,
    },
    /// There are none, or several to choose from.
    #[error("it holds {0} images for linux/amd64, and one is needed")]
    Images(usize),
    /// Tasks run on x86-64 Linux.
    #[error("its image is for {0}, and tasks run on linux/amd64")]
    Platform(String),
}

/// A part of the image as it is transferred.
#[derive(Clone, Debug)]
pub(crate) struct Blob {
    pub(crate) digest: String,
    pub(crate) bytes: Vec<u8>,
}

/// The engine's image, read and checked: all its parts have the digests that it names.
#[derive(Clone, Debug)]
pub struct EngineImage {
    name: String,
    pub(super) manifest: Blob,
    pub(super) manifest_type: String,
    /// Layers and configuration, in the order in which they are sent.
    pub(super) blobs: Vec<Blob>,
}

impl EngineImage {
    /// Reads the image of an OCI image layout.
    ///
    /// # Errors
    ///
    /// When the folder is no layout, it is damaged, or it has not exactly one image for
    /// linux/amd64.
    pub fn read(folder: &Path) -> Result<Self, EngineImageError> {
        if !folder.join("oci-layout").is_file() {
            return Err(EngineImageError::NoLayout);
        }
        let index = "index.json";
        let bytes = fs::read(folder.join(index)).map_err(file(index))?;
        let index = ImageIndex::from_reader(&bytes[..]).map_err(document(index))?;
        let candidates: Vec<&Descriptor> =
            index.manifests().iter().filter(|it| may_run(it)).collect();
        let [descriptor] = candidates[..] else {
            return Err(EngineImageError::Images(candidates.len()));
        };
        let manifest = blob(folder, descriptor)?;
        let document_name = path_of(descriptor);
        let parsed =
            ImageManifest::from_reader(&manifest.bytes[..]).map_err(document(&document_name))?;
        let configuration = blob(folder, parsed.config())?;
        check_platform(&configuration, &path_of(parsed.config()))?;
        let mut blobs = Vec::new();
        for layer in parsed.layers() {
            blobs.push(blob(folder, layer)?);
        }
        blobs.push(configuration);
        Ok(Self {
            name: name_of(descriptor),
            manifest,
            manifest_type: descriptor.media_type().to_string(),
            blobs,
        })
    }

    /// An image of which only the manifest is known.
    pub(super) fn of_manifest(name: &str, manifest: Blob, manifest_type: String) -> Self {
        Self {
            name: tag_name(name),
            manifest,
            manifest_type,
            blobs: Vec::new(),
        }
    }

    /// What registries call the image: the digest of its manifest.
    #[must_use]
    pub fn digest(&self) -> &str {
        &self.manifest.digest
    }

    /// The size of what is transferred, in bytes.
    #[must_use]
    pub fn size_bytes(&self) -> usize {
        let blobs: usize = self.blobs.iter().map(|blob| blob.bytes.len()).sum();
        blobs + self.manifest.bytes.len()
    }

    /// The tag under which people find the image in the repository. It tells images of the same
    /// version apart, because a tag there never moves.
    #[must_use]
    pub fn tag(&self) -> String {
        let digits = self.digest().trim_start_matches("sha256:");
        format!("{}-{}", self.name, &digits[..TAG_DIGITS])
    }

    /// The image in the account's own repository.
    #[must_use]
    pub fn in_repository(&self, foundation: &Foundation) -> ContainerImage {
        ContainerImage {
            image: format!("{}:{}", foundation.engine_repository(), self.tag()),
            digest: Some(self.digest().to_owned()),
        }
    }
}

/// A layout may hold images for several platforms, and things that are no images.
pub(super) fn may_run(descriptor: &Descriptor) -> bool {
    let is_manifest = match descriptor.media_type() {
        MediaType::ImageManifest => true,
        MediaType::Other(name) => name == DOCKER_MANIFEST,
        _ => false,
    };
    let fits = descriptor.platform().as_ref().is_none_or(|platform| {
        *platform.os() == Os::Linux && *platform.architecture() == Arch::Amd64
    });
    is_manifest && fits
}

fn check_platform(configuration: &Blob, name: &str) -> Result<(), EngineImageError> {
    let parsed =
        ImageConfiguration::from_reader(&configuration.bytes[..]).map_err(document(name))?;
    if *parsed.os() == Os::Linux && *parsed.architecture() == Arch::Amd64 {
        return Ok(());
    }
    Err(EngineImageError::Platform(format!(
        "{}/{}",
        parsed.os(),
        parsed.architecture()
    )))
}

/// Reads what a descriptor describes, and makes sure that it is that.
fn blob(folder: &Path, descriptor: &Descriptor) -> Result<Blob, EngineImageError> {
    let name = path_of(descriptor);
    let bytes = fs::read(folder.join(&name)).map_err(file(&name))?;
    let digest = format!("sha256:{}", hex(&Sha256::digest(&bytes)));
    if digest != descriptor.digest().to_string() || bytes.len() as u64 != descriptor.size() {
        return Err(EngineImageError::Damaged { name });
    }
    Ok(Blob { digest, bytes })
}

fn path_of(descriptor: &Descriptor) -> String {
    let digest = descriptor.digest();
    format!("blobs/{}/{}", digest.algorithm(), digest.digest())
}

/// The image's name in the layout, as far as a tag takes it.
fn name_of(descriptor: &Descriptor) -> String {
    let annotations = descriptor.annotations().as_ref();
    let name = annotations.and_then(|all| all.get(NAME));
    tag_name(name.map_or("engine", String::as_str))
}

/// As much of a name as a tag takes.
fn tag_name(name: &str) -> String {
    let is_kept = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    let kept: String = name.chars().filter(is_kept).take(MAX_NAME).collect();
    // A tag begins with a letter, a digit or an underscore.
    match kept.trim_start_matches(['.', '-']) {
        "" => "engine".to_owned(),
        name => name.to_owned(),
    }
}

pub(super) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("writing to a string cannot fail");
        text
    })
}

fn file(name: &str) -> impl FnOnce(std::io::Error) -> EngineImageError {
    let name = name.to_owned();
    move |source| EngineImageError::File { name, source }
}

fn document(name: &str) -> impl FnOnce(oci_spec::OciSpecError) -> EngineImageError {
    let name = name.to_owned();
    move |source| EngineImageError::Document { name, source }
}

#[cfg(test)]
mod tests {
    use std::error::Error as _;

    use automock_testkit::placeholder_engine;

    use super::*;

    fn layout() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        placeholder_engine(folder.path()).unwrap();
        folder
    }

    #[track_caller]
    fn refused(folder: &Path, expected: &str) {
        let error = EngineImage::read(folder).unwrap_err();
        assert_eq!(error.to_string(), expected, "{:?}", error.source());
    }

    fn edit(folder: &Path, name: &str, from: &str, to: &str) {
        let path = folder.join(name);
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{text}");
        fs::write(path, text.replace(from, to)).unwrap();
    }

    #[test]
    fn an_image_is_named_by_its_digest() {
        let folder = layout();
        let image = EngineImage::read(folder.path()).unwrap();
        assert_eq!(image.digest().len(), "sha256:".len() + 64);
        assert_eq!(image.blobs.len(), 2);
        assert!(image.size_bytes() > 500, "{}", image.size_bytes());
        let tag = image.tag();
        assert_eq!(tag, format!("0.0.0-{}", &image.digest()[7..19]));
        let foundation = Foundation::new(
            "123456789012".parse().unwrap(),
            automock_model::Region::new("eu-west-1").unwrap(),
        );
        assert_eq!(
            image.in_repository(&foundation).reference(),
            format!(
                "123456789012.dkr.ecr.eu-west-1.amazonaws.com/automock-engine@{}",
                image.digest()
            )
        );
    }

    #[test]
    fn a_name_becomes_a_tag_whatever_it_is() {
        for (name, tag) in [
            ("1.2.3", "1.2.3-"),
            ("docker.io/mock:1", "docker.iomock1-"),
            ("-.", "engine-"),
            ("..v1", "v1-"),
        ] {
            let folder = layout();
            edit(folder.path(), "index.json", "0.0.0", name);
            let image = EngineImage::read(folder.path()).unwrap();
            assert!(image.tag().starts_with(tag), "{}", image.tag());
        }
    }

    #[test]
    fn what_is_no_layout_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let no_layout = "it is not a folder with an OCI image layout (no file `oci-layout`)";
        refused(folder.path(), no_layout);
        refused(&folder.path().join("absent"), no_layout);
        fs::write(folder.path().join("oci-layout"), "{}").unwrap();
        refused(folder.path(), "its file index.json cannot be read");
        fs::write(folder.path().join("index.json"), "{}").unwrap();
        refused(
            folder.path(),
            "its file index.json is not what the standard says",
        );
    }

    #[test]
    fn a_damaged_image_is_refused() {
        let folder = layout();
        let image = EngineImage::read(folder.path()).unwrap();
        for blob in image.blobs.iter().chain([&image.manifest]) {
            let folder = layout();
            let name = blob.digest.replace(':', "/");
            let path = folder.path().join("blobs").join(&name);
            fs::write(&path, &blob.bytes[1..]).unwrap();
            refused(
                folder.path(),
                &format!("its file blobs/{name} does not have the content that the image names"),
            );
            fs::remove_file(&path).unwrap();
            refused(
                folder.path(),
                &format!("its file blobs/{name} cannot be read"),
            );
        }
    }

    #[test]
    fn an_image_for_other_machines_is_refused() {
        let folder = layout();
        edit(folder.path(), "index.json", "amd64", "arm64");
        refused(
            folder.path(),
            "it holds 0 images for linux/amd64, and one is needed",
        );
    }
}
