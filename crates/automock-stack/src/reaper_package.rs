//! What a package of the reaper holds: looked into before anything is made in the account.

use std::io::Read;

use automock_hcl::Architecture;
use flate2::bufread::DeflateDecoder;
use rawzip::{CompressionMethod, ZipArchive};

/// The executable that Lambda starts in a package for `provided.al2023`.
/// <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-custom.html>
const PROGRAM: &[u8] = b"bootstrap";

/// Bit of a Unix mode: everybody may execute the file. Lambda's own user is one of them.
const EXECUTABLE_BY_ALL: u32 = 0o001;

/// An ELF header up to and with `e_machine`, for 64 bits, little-endian.
const HEADER_SIZE: usize = 20;
const MAGIC: [u8; 6] = *b"\x7fELF\x02\x01";
const TYPE_AT: usize = 16;
const MACHINE_AT: usize = 18;

/// `e_type` of a program at a fixed address, and of one that may be loaded anywhere.
const PROGRAM_TYPES: [u16; 2] = [2, 3];
const MACHINE_X86_64: u16 = 62;
const MACHINE_AARCH64: u16 = 183;

/// Why Lambda could not run a package.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReaperPackageError {
    /// It can't be read as a zip file.
    #[error("it is not a readable zip file ({0})")]
    Zip(String),
    /// The file that Lambda starts isn't there.
    #[error("it holds no file `bootstrap` at its top level")]
    NoProgram,
    /// Lambda may not start the file.
    #[error(
        "its `bootstrap` has the permissions {0:03o} and must be executable by everybody (755)"
    )]
    NotExecutable(u32),
    /// The file isn't a program for Linux on a 64-bit processor.
    #[error("its `bootstrap` is not a 64-bit Linux program")]
    NotAProgram,
    /// Lambda has no such processors.
    #[error("its `bootstrap` is for another processor than x86_64 and arm64 (ELF machine {0})")]
    Machine(u16),
}

/// Finds out which processors a package is for.
///
/// # Errors
///
/// When Lambda could not start the package at all.
pub fn architecture(package: &[u8]) -> Result<Architecture, ReaperPackageError> {
    let header = program_header(package)?;
    let short = |at: usize| u16::from_le_bytes([header[at], header[at + 1]]);
    if !header.starts_with(&MAGIC) || !PROGRAM_TYPES.contains(&short(TYPE_AT)) {
        return Err(ReaperPackageError::NotAProgram);
    }
    match short(MACHINE_AT) {
        MACHINE_X86_64 => Ok(Architecture::X86_64),
        MACHINE_AARCH64 => Ok(Architecture::Arm64),
        other => Err(ReaperPackageError::Machine(other)),
    }
}

/// The first bytes of the program, unpacked.
fn program_header(package: &[u8]) -> Result<[u8; HEADER_SIZE], ReaperPackageError> {
    let archive = ZipArchive::from_slice(package).map_err(unreadable)?;
    let mut entries = archive.entries();
    while let Some(entry) = entries.next_entry().map_err(unreadable)? {
        if entry.file_path().as_bytes() != PROGRAM {
            continue;
        }
        let permissions = entry.mode().permissions();
        if permissions & EXECUTABLE_BY_ALL == 0 {
            return Err(ReaperPackageError::NotExecutable(permissions));
        }
        let method = entry.compression_method();
        let data = archive
            .get_entry(entry.wayfinder())
            .map_err(unreadable)?
            .data();
        return match method {
            CompressionMethod::STORE => read_header(data),
            CompressionMethod::DEFLATE => read_header(DeflateDecoder::new(data)),
            other => Err(ReaperPackageError::Zip(format!(
                "unknown compression {other:?}"
            ))),
        };
    }
    Err(ReaperPackageError::NoProgram)
}

fn read_header(mut data: impl Read) -> Result<[u8; HEADER_SIZE], ReaperPackageError> {
    let mut header = [0; HEADER_SIZE];
    // A shorter file is no program either.
    data.read_exact(&mut header)
        .map_err(|_| ReaperPackageError::NotAProgram)?;
    Ok(header)
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "it is what `map_err` hands over"
)]
fn unreadable(error: rawzip::Error) -> ReaperPackageError {
    ReaperPackageError::Zip(error.to_string())
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::DeflateEncoder;
    use rawzip::ZipArchiveWriter;

    use super::*;

    fn zip(name: &str, mode: u32, content: &[u8]) -> Vec<u8> {
        let mut zip = ZipArchiveWriter::new(Vec::new());
        let (mut entry, config) = zip
            .new_file(name)
            .compression_method(CompressionMethod::DEFLATE)
            .unix_permissions(mode)
            .start()
            .unwrap();
        let mut data = config.wrap(DeflateEncoder::new(&mut entry, Compression::best()));
        data.write_all(content).unwrap();
        let (encoder, descriptor) = data.finish().unwrap();
        encoder.finish().unwrap();
        entry.finish(descriptor).unwrap();
        zip.finish().unwrap()
    }

    fn program(kind: u8, machine: u8) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        bytes.resize(TYPE_AT, 0);
        bytes.extend([kind, 0, machine, 0]);
        bytes.resize(5000, 7);
        bytes
    }

    fn refused(package: &[u8], expected: &str) {
        assert_eq!(architecture(package).unwrap_err().to_string(), expected);
    }

    #[test]
    fn the_processor_is_read_from_the_program() {
        for (machine, expected) in [(62, Architecture::X86_64), (183, Architecture::Arm64)] {
            for kind in [2, 3] {
                let package = zip("bootstrap", 0o755, &program(kind, machine));
                assert_eq!(architecture(&package).unwrap(), expected);
            }
        }
    }

    #[test]
    fn an_uncompressed_package_is_read_as_well() {
        let package = automock_testkit::placeholder_reaper();
        assert_eq!(architecture(&package).unwrap(), Architecture::X86_64);
    }

    #[test]
    fn what_lambda_could_not_start_is_refused() {
        let good = program(3, 62);
        refused(
            &zip("bin/bootstrap", 0o755, &good),
            "it holds no file `bootstrap` at its top level",
        );
        refused(
            &zip("bootstrap", 0o744, &good),
            "its `bootstrap` has the permissions 744 and must be executable by everybody (755)",
        );
        refused(
            &zip("bootstrap", 0o755, &program(3, 40)),
            "its `bootstrap` is for another processor than x86_64 and arm64 (ELF machine 40)",
        );
        let not_a_program = "its `bootstrap` is not a 64-bit Linux program";
        refused(&zip("bootstrap", 0o755, &program(1, 62)), not_a_program);
        refused(
            &zip("bootstrap", 0o755, b"#!/bin/sh\nexit 1\n"),
            not_a_program,
        );
        refused(&zip("bootstrap", 0o755, b""), not_a_program);
    }

    #[test]
    fn what_is_no_zip_is_refused() {
        for package in [&b""[..], b"PK\x03\x04", b"not a zip at all"] {
            let error = architecture(package).unwrap_err();
            assert!(matches!(error, ReaperPackageError::Zip(_)), "{error}");
        }
        let mut cut = zip("bootstrap", 0o755, &program(3, 62));
        cut.truncate(cut.len() / 2);
        assert!(architecture(&cut).is_err());
    }
}
