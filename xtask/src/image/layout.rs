//! The OCI image layout around a layer.
//! <https://github.com/opencontainers/image-spec/blob/v1.1.1/image-layout.md>

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use oci_spec::image::{
    Arch, ConfigBuilder, Descriptor, DescriptorBuilder, HistoryBuilder, ImageConfiguration,
    ImageConfigurationBuilder, ImageIndex, ImageIndexBuilder, ImageManifest, ImageManifestBuilder,
    MediaType, OciLayoutBuilder, Os, PlatformBuilder, RootFsBuilder, Sha256Digest,
};

use super::layer::{EXPECTATIONS, Layer, PROGRAM, USER};
use crate::digest::sha256;
use crate::error::Error;
use crate::workspace;

/// The beginning of Unix time: an image has no time of its own, or equal programs would make
/// different images.
const CREATED: &str = "1970-01-01T00:00:00Z";

/// The variable that names where expectations come from.
const SOURCE: &str = "AUTOMOCK_SOURCE";

/// The version of all documents.
const SCHEMA: u32 = 2;

/// The annotation that names an image in a layout, which tools show as its tag.
/// <https://github.com/opencontainers/image-spec/blob/v1.1.1/annotations.md>
const NAME: &str = "org.opencontainers.image.ref.name";

/// An image, ready to be written.
#[derive(Debug)]
pub(crate) struct Image {
    layer: Vec<u8>,
    configuration: String,
    manifest: String,
    index: String,
}

impl Image {
    /// The image of a layer, named `tag`.
    ///
    /// # Errors
    ///
    /// When the standard's own rules are broken.
    pub(crate) fn new(layer: Layer, tag: &str) -> Result<Self, Error> {
        let configuration = configuration(&layer.archive_sha256)?.to_string()?;
        let manifest = manifest(&configuration, &layer.compressed)?.to_string()?;
        let index = index(&manifest, tag)?.to_string()?;
        Ok(Self {
            layer: layer.compressed,
            configuration,
            manifest,
            index,
        })
    }

    /// What registries call the image: the digest of its manifest.
    pub(crate) fn digest(&self) -> String {
        format!("sha256:{}", sha256(self.manifest.as_bytes()))
    }

    /// The size of what is transferred, in bytes.
    pub(crate) fn size(&self) -> usize {
        self.layer.len() + self.configuration.len() + self.manifest.len()
    }

    /// Writes the layout into a directory. An old layout there is replaced; what is no layout stays,
    /// and is an error.
    pub(crate) fn write(&self, directory: &Path) -> Result<(), Error> {
        clear(directory)?;
        let blobs = directory.join("blobs/sha256");
        for blob in [
            &self.layer[..],
            self.configuration.as_bytes(),
            self.manifest.as_bytes(),
        ] {
            workspace::write(&blobs.join(sha256(blob)), blob)?;
        }
        workspace::write(&directory.join("index.json"), self.index.as_bytes())?;
        let version = OciLayoutBuilder::default()
            .image_layout_version("1.0.0")
            .build()?;
        workspace::write(
            &directory.join("oci-layout"),
            version.to_string()?.as_bytes(),
        )
    }
}

fn clear(directory: &Path) -> Result<(), Error> {
    if directory.join("oci-layout").is_file() {
        return fs::remove_dir_all(directory).map_err(Error::file(directory));
    }
    let has_files = fs::read_dir(directory).is_ok_and(|mut entries| entries.next().is_some());
    if has_files {
        return Err(Error::Missing {
            what: format!("{} is no image layout, and not empty", directory.display()),
            hint: "name another directory with --out".to_owned(),
        });
    }
    Ok(())
}

fn configuration(archive_sha256: &str) -> Result<ImageConfiguration, Error> {
    let config = ConfigBuilder::default()
        .user(format!("{USER}:{USER}"))
        .exposed_ports(vec!["1080/tcp".to_owned()])
        .entrypoint(vec![PROGRAM.to_owned()])
        // A variable and not the command: an argument would win over the variable that a user sets.
        .env(vec![format!("{SOURCE}={EXPECTATIONS}/expectations.json")])
        .working_dir(EXPECTATIONS)
        .stop_signal("SIGTERM")
        .build()?;
    let files = RootFsBuilder::default()
        .typ("layers")
        .diff_ids(vec![format!("sha256:{archive_sha256}")])
        .build()?;
    let history = HistoryBuilder::default()
        .created(CREATED)
        .created_by("cargo xtask image")
        .build()?;
    Ok(ImageConfigurationBuilder::default()
        .created(CREATED)
        .architecture(Arch::Amd64)
        .os(Os::Linux)
        .config(config)
        .rootfs(files)
        .history(vec![history])
        .build()?)
}

fn manifest(configuration: &str, layer: &[u8]) -> Result<ImageManifest, Error> {
    Ok(ImageManifestBuilder::default()
        .schema_version(SCHEMA)
        .media_type(MediaType::ImageManifest)
        .config(descriptor(
            MediaType::ImageConfig,
            configuration.as_bytes(),
        )?)
        .layers(vec![descriptor(MediaType::ImageLayerGzip, layer)?])
        .build()?)
}

fn index(manifest: &str, tag: &str) -> Result<ImageIndex, Error> {
    let mut descriptor = descriptor(MediaType::ImageManifest, manifest.as_bytes())?;
    let platform = PlatformBuilder::default()
        .architecture(Arch::Amd64)
        .os(Os::Linux)
        .build()?;
    descriptor.set_platform(Some(platform));
    descriptor.set_annotations(Some(HashMap::from([(NAME.to_owned(), tag.to_owned())])));
    Ok(ImageIndexBuilder::default()
        .schema_version(SCHEMA)
        .media_type(MediaType::ImageIndex)
        .manifests(vec![descriptor])
        .build()?)
}

fn descriptor(kind: MediaType, blob: &[u8]) -> Result<Descriptor, Error> {
    let digest: Sha256Digest = sha256(blob).parse()?;
    Ok(DescriptorBuilder::default()
        .media_type(kind)
        .digest(digest)
        .size(blob.len() as u64)
        .build()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image() -> Image {
        Image::new(Layer::pack(b"\x7fELF program").unwrap(), "1.2.3").unwrap()
    }

    /// Follows the layout from its index to its layer, as a registry's client does.
    #[test]
    fn every_descriptor_leads_to_what_it_describes() {
        let directory = tempfile::tempdir().unwrap();
        let image = image();
        image.write(directory.path()).unwrap();
        let read = |descriptor: &Descriptor| {
            let path = directory
                .path()
                .join("blobs/sha256")
                .join(descriptor.as_digest_sha256().unwrap());
            let blob = fs::read(path).unwrap();
            assert_eq!(blob.len() as u64, descriptor.size());
            assert_eq!(Some(&*sha256(&blob)), descriptor.as_digest_sha256());
            blob
        };
        let index = ImageIndex::from_file(directory.path().join("index.json")).unwrap();
        let [described] = &index.manifests()[..] else {
            panic!("one manifest was expected");
        };
        assert_eq!(described.digest().to_string(), image.digest());
        assert_eq!(described.annotations().as_ref().unwrap()[NAME], "1.2.3");
        let manifest = ImageManifest::from_reader(&read(described)[..]).unwrap();
        let configuration = read(manifest.config());
        let configuration = ImageConfiguration::from_reader(&configuration[..]).unwrap();
        let config = configuration.config().as_ref().unwrap();
        assert_eq!(config.user().as_deref(), Some("65532:65532"));
        // Whoever sets the variable is heard, because no argument beats it.
        let source = "AUTOMOCK_SOURCE=/automock/expectations.json".to_owned();
        assert_eq!(config.env().as_deref(), Some(&[source][..]));
        assert_eq!(
            config.entrypoint().as_deref(),
            Some(&["/automock-server".to_owned()][..])
        );
        assert!(config.cmd().is_none());
        assert_eq!(manifest.layers().len(), 1);
        let layer = read(&manifest.layers()[0]);
        let mut archive = Vec::new();
        std::io::copy(&mut flate2::read::GzDecoder::new(&layer[..]), &mut archive).unwrap();
        let diff_id = format!("sha256:{}", sha256(&archive));
        assert_eq!(configuration.rootfs().diff_ids(), &[diff_id]);
    }

    #[test]
    fn an_old_layout_is_replaced_and_foreign_files_stay() {
        let directory = tempfile::tempdir().unwrap();
        let place = directory.path().join("image");
        image().write(&place).unwrap();
        image().write(&place).unwrap();
        fs::write(directory.path().join("mine.txt"), "x").unwrap();
        let error = image().write(directory.path()).unwrap_err();
        assert_eq!(error.hint(), Some("name another directory with --out"));
        assert!(directory.path().join("mine.txt").is_file());
        assert_eq!(image().digest(), image().digest());
    }
}
