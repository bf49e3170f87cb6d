//! What an ELF program needs from the system that it is started on.

use std::collections::BTreeMap;

use object::Endianness;
use object::elf;
use object::read::elf::FileHeader as _;

type Header = elf::FileHeader64<Endianness>;

/// The needs of a program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Needs {
    /// The processor, as ELF numbers it.
    pub(crate) machine: u16,
    /// Whether it can be started at all: a library or an object file can't.
    pub(crate) is_program: bool,
    /// Whether another program has to load it.
    pub(crate) is_loaded: bool,
    /// The shared libraries that it is linked to.
    pub(crate) libraries: Vec<String>,
    /// The versions of libraries' interfaces that must be there, with the symbols that want them.
    /// A version may be needed without a symbol.
    pub(crate) versions: BTreeMap<String, Vec<String>>,
}

impl Needs {
    /// Reads a 64-bit ELF file.
    ///
    /// # Errors
    ///
    /// Says what is wrong with a file that isn't one, or that is damaged.
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, object::read::Error> {
        let header = Header::parse(bytes)?;
        let endian = header.endian()?;
        let is_loaded = is_loaded(header, endian, bytes)?;
        let is_program = match header.e_type(endian) {
            elf::ET_EXEC => true,
            // Without a fixed address it names the program that loads it or says that it needs none.
            elf::ET_DYN => is_loaded || is_position_independent(header, endian, bytes)?,
            _ => false,
        };
        Ok(Self {
            machine: header.e_machine(endian).0,
            is_program,
            is_loaded,
            libraries: libraries(header, endian, bytes)?,
            versions: versions(header, endian, bytes)?,
        })
    }
}

fn is_loaded(header: &Header, endian: Endianness, bytes: &[u8]) -> object::read::Result<bool> {
    let segments = header.program_headers(endian, bytes)?;
    Ok(segments
        .iter()
        .any(|segment| segment.p_type.get(endian) == elf::PT_INTERP))
}

/// A library has no such mark.
fn is_position_independent(
    header: &Header,
    endian: Endianness,
    bytes: &[u8],
) -> object::read::Result<bool> {
    let sections = header.sections(endian, bytes)?;
    let table = sections.dynamic_table(endian, bytes)?;
    Ok(table
        .iter()
        .any(|entry| entry.tag == elf::DT_FLAGS_1 && entry.val & elf::DF_1_PIE.0 != 0))
}

fn libraries(
    header: &Header,
    endian: Endianness,
    bytes: &[u8],
) -> object::read::Result<Vec<String>> {
    let table = header
        .sections(endian, bytes)?
        .dynamic_table(endian, bytes)?;
    table
        .iter()
        .filter(|entry| entry.tag == elf::DT_NEEDED)
        .map(|entry| Ok(text(table.string(entry)?)))
        .collect()
}

fn versions(
    header: &Header,
    endian: Endianness,
    bytes: &[u8],
) -> object::read::Result<BTreeMap<String, Vec<String>>> {
    let sections = header.sections(endian, bytes)?;
    let mut needed = BTreeMap::<String, Vec<String>>::new();
    if let Some((mut libraries, strings)) = sections.gnu_verneed(endian, bytes)? {
        let strings = sections.strings(endian, bytes, strings)?;
        while let Some((_, mut versions)) = libraries.next()? {
            while let Some(version) = versions.next()? {
                needed
                    .entry(text(version.name(endian, strings)?))
                    .or_default();
            }
        }
    }
    let Some(table) = sections.versions(endian, bytes)? else {
        return Ok(needed);
    };
    let symbols = sections.symbols(endian, bytes, elf::SHT_DYNSYM)?;
    for (index, symbol) in symbols.enumerate() {
        let version = table.version(table.version_index(endian, index).index())?;
        // A version with a file is one that is needed; without, one that is offered.
        if let Some(version) = version.filter(|version| version.file().is_some()) {
            let name = text(symbols.symbol_name(endian, symbol)?);
            needed.entry(text(version.name())).or_default().push(name);
        }
    }
    for symbols in needed.values_mut() {
        symbols.sort();
    }
    Ok(needed)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    fn this_program_needs_the_c_library_to_start() {
        let program = fs::read(std::env::current_exe().unwrap()).unwrap();
        let needs = Needs::read(&program).unwrap();
        assert!(needs.is_program);
        assert!(
            needs.libraries.contains(&"libc.so.6".to_owned()),
            "{needs:?}"
        );
        let starts = needs.versions.iter().any(|(version, symbols)| {
            version.starts_with("GLIBC_") && symbols.iter().any(|name| name == "__libc_start_main")
        });
        assert!(starts, "{needs:?}");
    }

    #[test]
    fn what_is_no_program_is_an_error() {
        for bytes in [&b""[..], b"#!/bin/sh\nexit 1\n", b"\x7fELF\x02\x01\x01"] {
            assert!(Needs::read(bytes).is_err());
        }
    }
}
