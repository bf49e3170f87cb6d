//! The only layer of the image: an archive of a file system.

use std::io;

use flate2::Compression;
use flate2::write::GzEncoder;
use tar::{Builder, EntryType, Header};

use crate::digest::sha256;

/// Where the program is in the container.
pub(crate) const PROGRAM: &str = "/automock-server";

/// The user and the group that the program runs as, which own nothing. The number is the one that
/// distroless images have for it.
pub(crate) const USER: u32 = 65_532;

/// Where expectations are expected. A volume is mounted there.
pub(crate) const EXPECTATIONS: &str = "/automock";

const PASSWD: &str = "root:x:0:0:root:/:/\nautomock:x:65532:65532:automock:/automock:/\n";
const GROUP: &str = "root:x:0:\nautomock:x:65532:\n";

/// A compressed archive.
#[derive(Debug)]
pub(crate) struct Layer {
    /// What is stored and transferred.
    pub(crate) compressed: Vec<u8>,
    /// SHA-256 of the archive before it was compressed, in hexadecimal digits: its `DiffID`.
    /// <https://github.com/opencontainers/image-spec/blob/v1.1.1/config.md#layer-diffid>
    pub(crate) archive_sha256: String,
}

impl Layer {
    /// Packs a program.
    ///
    /// # Errors
    ///
    /// When the program is too large for an archive.
    pub(crate) fn pack(program: &[u8]) -> io::Result<Self> {
        let mut archive = Builder::new(Vec::new());
        add(&mut archive, "etc/", EntryType::Directory, 0o755, b"")?;
        add(
            &mut archive,
            "etc/passwd",
            EntryType::Regular,
            0o644,
            PASSWD.as_bytes(),
        )?;
        add(
            &mut archive,
            "etc/group",
            EntryType::Regular,
            0o644,
            GROUP.as_bytes(),
        )?;
        add(
            &mut archive,
            relative(EXPECTATIONS),
            EntryType::Directory,
            0o755,
            b"",
        )?;
        add(
            &mut archive,
            relative(PROGRAM),
            EntryType::Regular,
            0o755,
            program,
        )?;
        let archive = archive.into_inner()?;
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        io::Write::write_all(&mut encoder, &archive)?;
        Ok(Self {
            compressed: encoder.finish()?,
            archive_sha256: sha256(&archive),
        })
    }
}

fn relative(path: &str) -> &str {
    path.trim_start_matches('/')
}

/// Everything belongs to root, so that the program cannot change itself.
fn add(
    archive: &mut Builder<Vec<u8>>,
    path: &str,
    kind: EntryType,
    mode: u32,
    content: &[u8],
) -> io::Result<()> {
    let mut header = Header::new_ustar();
    header.set_entry_type(kind);
    header.set_mode(mode);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(0);
    header.set_size(content.len() as u64);
    archive.append_data(&mut header, path, content)
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use flate2::read::GzDecoder;
    use tar::Archive;

    use super::*;

    #[test]
    fn the_program_is_in_the_layer_and_no_shell() {
        let layer = Layer::pack(b"\x7fELF").unwrap();
        let mut archive = Archive::new(GzDecoder::new(&layer.compressed[..]));
        let mut found = Vec::new();
        for entry in archive.entries().unwrap() {
            let mut entry = entry.unwrap();
            let mut content = Vec::new();
            entry.read_to_end(&mut content).unwrap();
            let header = entry.header();
            let owner = header.uid().unwrap();
            let path = entry.path().unwrap().display().to_string();
            found.push((path, header.mode().unwrap(), owner, content.len()));
        }
        let found: Vec<_> = found
            .iter()
            .map(|(path, mode, owner, size)| (path.as_str(), *mode, *owner, *size))
            .collect();
        assert_eq!(
            found,
            [
                ("etc/", 0o755, 0, 0),
                ("etc/passwd", 0o644, 0, PASSWD.len()),
                ("etc/group", 0o644, 0, GROUP.len()),
                ("automock", 0o755, 0, 0),
                ("automock-server", 0o755, 0, 4),
            ]
        );
    }

    #[test]
    fn equal_programs_make_equal_layers() {
        let layer = |program: &[u8]| Layer::pack(program).unwrap();
        assert_eq!(layer(b"a").compressed, layer(b"a").compressed);
        assert_ne!(layer(b"a").archive_sha256, layer(b"b").archive_sha256);
    }
}
