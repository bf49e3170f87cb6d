//! Packs the program: the same program makes the same bytes.

use std::io::{self, Write};
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use flate2::Compression;
use flate2::write::DeflateEncoder;
use rawzip::time::UtcDateTime;
use rawzip::{CompressionMethod, ZipArchiveWriter};
use sha2::{Digest, Sha256};

use crate::digest;
use crate::error::Error;
use crate::workspace;

/// The file that Lambda starts.
/// <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-custom.html>
const PROGRAM: &str = "bootstrap";

/// A regular file that everybody may read and execute.
const MODE: u32 = 0o100_755;

/// 1 January 1980, in seconds since 1970: the first time that a zip file can name.
const BEGINNING: i64 = 315_532_800;

/// The package of one program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Package {
    bytes: Vec<u8>,
}

impl Package {
    /// Packs a program.
    ///
    /// The only file has fixed permissions and a fixed time.
    ///
    /// # Errors
    ///
    /// When the program is too large for a zip file.
    pub(crate) fn pack(program: &[u8]) -> io::Result<Self> {
        let mut zip = ZipArchiveWriter::new(Vec::new());
        let (mut entry, config) = zip
            .new_file(PROGRAM)
            .compression_method(CompressionMethod::DEFLATE)
            .unix_permissions(MODE)
            .last_modified(UtcDateTime::from_unix(BEGINNING))
            .start()
            .map_err(io::Error::other)?;
        let mut data = config.wrap(DeflateEncoder::new(&mut entry, Compression::best()));
        data.write_all(program)?;
        let (encoder, descriptor) = data.finish().map_err(io::Error::other)?;
        encoder.finish()?;
        entry.finish(descriptor).map_err(io::Error::other)?;
        let bytes = zip.finish().map_err(io::Error::other)?;
        Ok(Self { bytes })
    }

    /// Writes the package, with the directories above it.
    pub(crate) fn write(&self, path: &Path) -> Result<(), Error> {
        workspace::write(path, &self.bytes)
    }

    /// The size in bytes.
    pub(crate) fn size(&self) -> usize {
        self.bytes.len()
    }

    /// SHA-256 in hexadecimal digits, as `sha256sum` prints it.
    pub(crate) fn sha256(&self) -> String {
        digest::sha256(&self.bytes)
    }

    /// SHA-256 in base64, as Lambda reports it for a function's code.
    pub(crate) fn sha256_base64(&self) -> String {
        BASE64.encode(Sha256::digest(&self.bytes))
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use flate2::bufread::DeflateDecoder;
    use rawzip::ZipArchive;

    use super::*;

    #[test]
    fn the_program_comes_out_as_it_went_in() {
        let program = b"\x7fELF and so on".repeat(100);
        let package = Package::pack(&program).unwrap();
        let zip = ZipArchive::from_slice(&package.bytes).unwrap();
        assert_eq!(zip.entries_hint(), 1);
        let entry = zip.entries().next_entry().unwrap().unwrap();
        assert_eq!(entry.file_path().as_bytes(), b"bootstrap");
        assert_eq!(entry.mode().value(), MODE);
        let data = zip.get_entry(entry.wayfinder()).unwrap();
        let mut unpacked = Vec::new();
        data.verifying_reader(DeflateDecoder::new(data.data()))
            .read_to_end(&mut unpacked)
            .unwrap();
        assert_eq!(unpacked, program);
    }

    #[test]
    fn nothing_of_the_moment_is_in_the_package() {
        let package = Package::pack(b"program").unwrap();
        // Readers show a missing date as January too, or stumble over it: the bytes count. Day and
        // month are 1, years count from 1980: https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
        let (time, date) = (&package.bytes[10..12], &package.bytes[12..14]);
        assert_eq!((time, date), (&[0, 0][..], &[0b0010_0001, 0][..]));
        assert_eq!(Package::pack(b"program").unwrap(), package);
        assert_ne!(Package::pack(b"Program").unwrap(), package);
    }

    #[test]
    fn both_hashes_are_of_the_whole_package() {
        let package = Package {
            bytes: b"abc".to_vec(),
        };
        assert_eq!(
            package.sha256(),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
        assert_eq!(
            package.sha256_base64(),
            "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0="
        );
    }
}
