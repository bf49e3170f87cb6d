//! What stands in for the reaper's package and the engine's image where neither is run.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::TestkitError;

/// Name of the program in the package.
const PROGRAM: &[u8] = b"bootstrap";

/// Made on Unix by version 2.0: <https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT>.
const MADE_BY: [u8; 2] = [20, 3];

/// Version that is needed to read it, no flags, stored without compression, 1 January 1980.
const PLAIN: [u16; 5] = [20, 0, 0, 0, 1 << 5 | 1];

/// A regular file that anybody may read and run, in the upper half of the attributes.
const MODE: u32 = 0o100_755 << 16;

/// The size of an archive without files: two empty blocks.
const EMPTY_TAR: usize = 1024;

/// A zip with an executable `bootstrap` that is an x86-64 program's header and nothing else.
///
/// A deploy accepts it, and the emulator keeps it without running it.
#[must_use]
pub fn placeholder_reaper() -> Vec<u8> {
    let program = elf_header();
    let common = common_fields(&program);
    let mut zip = b"PK\x03\x04".to_vec();
    zip.extend(&common);
    zip.extend(PROGRAM);
    zip.extend(&program);
    let directory_at = zip.len();
    zip.extend(b"PK\x01\x02");
    zip.extend(MADE_BY);
    zip.extend(&common);
    // No comment, first disk, no internal attributes.
    zip.extend([0; 6]);
    zip.extend(MODE.to_le_bytes());
    zip.extend([0; 4]);
    zip.extend(PROGRAM);
    let directory_size = zip.len() - directory_at;
    zip.extend(b"PK\x05\x06\0\0\0\0\x01\0\x01\0");
    zip.extend(short(directory_size));
    zip.extend(short(directory_at));
    zip.extend([0; 2]);
    zip
}

/// Writes an OCI image layout for linux/amd64 named `0.0.0`, with one empty layer, into a folder that
/// exists.
///
/// # Errors
/// [`TestkitError::File`] when it cannot be written.
pub fn placeholder_engine(folder: &Path) -> Result<(), TestkitError> {
    let layer = vec![0; EMPTY_TAR];
    let configuration = json!({
        "architecture": "amd64",
        "os": "linux",
        "rootfs": {"type": "layers", "diff_ids": [digest(&layer)]},
        "config": {"Entrypoint": ["/automock-server"]},
    });
    let configuration = configuration.to_string().into_bytes();
    let manifest = json!({
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": descriptor("application/vnd.oci.image.config.v1+json", &configuration),
        "layers": [descriptor("application/vnd.oci.image.layer.v1.tar", &layer)],
    });
    let manifest = manifest.to_string().into_bytes();
    let mut image = descriptor("application/vnd.oci.image.manifest.v1+json", &manifest);
    image["platform"] = json!({"architecture": "amd64", "os": "linux"});
    image["annotations"] = json!({"org.opencontainers.image.ref.name": "0.0.0"});
    let index = json!({"schemaVersion": 2, "manifests": [image]});
    let blobs = folder.join("blobs/sha256");
    fs::create_dir_all(&blobs).map_err(TestkitError::file(&blobs))?;
    let write =
        |path: &Path, bytes: &[u8]| fs::write(path, bytes).map_err(TestkitError::file(path));
    for blob in [&layer, &configuration, &manifest] {
        write(&blobs.join(&digest(blob)["sha256:".len()..]), blob)?;
    }
    write(&folder.join("index.json"), index.to_string().as_bytes())?;
    let version = json!({"imageLayoutVersion": "1.0.0"});
    write(&folder.join("oci-layout"), version.to_string().as_bytes())
}

fn descriptor(media_type: &str, blob: &[u8]) -> Value {
    json!({"mediaType": media_type, "digest": digest(blob), "size": blob.len()})
}

fn digest(blob: &[u8]) -> String {
    let digits = Sha256::digest(blob);
    let digits: Vec<String> = digits.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{}", digits.concat())
}

/// What both headers of the file say.
fn common_fields(program: &[u8]) -> Vec<u8> {
    let mut fields: Vec<u8> = PLAIN.iter().flat_map(|field| field.to_le_bytes()).collect();
    fields.extend(crc32(program).to_le_bytes());
    fields.extend(short(program.len()));
    fields.extend(short(program.len()));
    fields.extend(&short(PROGRAM.len())[..2]);
    fields.extend([0; 2]);
    fields
}

fn short(length: usize) -> [u8; 4] {
    u32::try_from(length)
        .expect("the package has a few hundred bytes")
        .to_le_bytes()
}

/// 64 bits, little-endian, an executable for x86-64.
fn elf_header() -> Vec<u8> {
    let mut header = b"\x7fELF\x02\x01\x01".to_vec();
    header.resize(16, 0);
    header.extend([2, 0, 62, 0, 1, 0, 0, 0]);
    header.resize(64, 0);
    header
}

/// The checksum of zip, bit by bit.
fn crc32(bytes: &[u8]) -> u32 {
    let step = |rest: u32, _| (rest >> 1) ^ (0xedb8_8320 * (rest & 1));
    let fold = |sum: u32, byte: &u8| (0..8).fold(sum ^ u32::from(*byte), step);
    !bytes.iter().fold(u32::MAX, fold)
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn the_checksum_is_the_usual_one() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
    }

    #[test]
    fn another_program_reads_the_package() {
        let folder = tempfile::tempdir().unwrap();
        let package = folder.path().join("reaper.zip");
        std::fs::write(&package, placeholder_reaper()).unwrap();
        let script = "import sys, zipfile\n\
            zip = zipfile.ZipFile(sys.argv[1])\n\
            assert zip.testzip() is None\n\
            info = zip.getinfo('bootstrap')\n\
            assert info.external_attr >> 16 == 0o100755, oct(info.external_attr)\n\
            assert zip.read(info)[:4] == b'\\x7fELF' and info.file_size == 64";
        #[expect(
            clippy::disallowed_methods,
            reason = "a reader that is not our own is the proof"
        )]
        let mut python = Command::new(crate::find_python().unwrap());
        let status = python.args(["-c", script]).arg(&package).status().unwrap();
        assert!(status.success());
    }
}
