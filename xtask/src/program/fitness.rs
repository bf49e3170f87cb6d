//! Whether Lambda's `provided.al2023` would start a program.

use super::elf::Needs;
use super::target::{LAMBDA_GLIBC, Target, Version};

/// What the image of the runtime has of the libraries that Rust programs link to.
/// <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-provided.html>
const LIBRARIES: [&str; 7] = [
    "libc.so.6",
    "libdl.so.2",
    "libgcc_s.so.1",
    "libm.so.6",
    "libpthread.so.0",
    "librt.so.1",
    "libutil.so.1",
];

/// The compiler of Amazon Linux 2023, whose libgcc the image has.
/// <https://docs.aws.amazon.com/linux/al2023/ug/glibc-gcc-and-binutils.html>
const LAMBDA_LIBGCC: Version = Version(11, 0);

/// How many symbols a message names.
const NAMED: usize = 5;

const MACHINE_X86_64: u16 = 62;
const MACHINE_AARCH64: u16 = 183;

/// Lists, in words, everything that would keep the program from starting; nothing if it is fit.
pub(crate) fn obstacles(needs: &Needs, target: Target) -> Vec<String> {
    let mut obstacles = general_obstacles(needs, target);
    for library in &needs.libraries {
        if !LIBRARIES.contains(&library.as_str()) && library != target.loader() {
            obstacles.push(format!("{library} is not there"));
        }
    }
    for (version, symbols) in &needs.versions {
        if !is_offered(version) {
            obstacles.push(missing_version(version, symbols));
        }
    }
    obstacles
}

/// Lists, in words, everything that would keep the program from starting where there is a kernel and
/// nothing else; nothing if it is fit.
pub(crate) fn obstacles_in_a_bare_system(needs: &Needs, target: Target) -> Vec<String> {
    let mut obstacles = general_obstacles(needs, target);
    obstacles.extend(
        needs
            .libraries
            .iter()
            .map(|library| format!("{library} is not there")),
    );
    if needs.is_loaded {
        obstacles.push("there is no loader for shared libraries".to_owned());
    }
    obstacles
}

fn general_obstacles(needs: &Needs, target: Target) -> Vec<String> {
    let mut obstacles = Vec::new();
    let machine = match target {
        Target::X86_64 => MACHINE_X86_64,
        Target::Arm64 => MACHINE_AARCH64,
    };
    if needs.machine != machine {
        obstacles.push(format!(
            "it is for another processor (ELF machine {}) than {}",
            needs.machine,
            target.as_str()
        ));
    }
    if !needs.is_program {
        obstacles.push("it is not an executable program".to_owned());
    }
    obstacles
}

/// Says whether the runtime's libraries have a version of an interface.
fn is_offered(version: &str) -> bool {
    let at_most = |prefix, newest| {
        version
            .strip_prefix(prefix)
            .and_then(Version::parse)
            .is_some_and(|version| version <= newest)
    };
    at_most("GLIBC_", LAMBDA_GLIBC) || at_most("GCC_", LAMBDA_LIBGCC)
}

fn missing_version(version: &str, symbols: &[String]) -> String {
    if symbols.is_empty() {
        return format!("{version} is not there");
    }
    let named = symbols[..symbols.len().min(NAMED)].join(", ");
    let more = match symbols.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!("{version} is not there, needed by {named}{more}")
}

/// Finds paths of the building machine in a program: with them the bytes would depend on where it
/// was built.
///
/// A path of one component, such as `/src`, isn't looked for: it may be part of another one.
pub(crate) fn paths_inside<'a>(program: &[u8], paths: &[&'a str]) -> Vec<&'a str> {
    let is_telling = |path: &str| path.trim_matches('/').contains('/');
    let is_inside = |path: &str| {
        let path = path.as_bytes();
        let mut windows = program.windows(path.len());
        windows.any(|window| window == path)
    };
    let mut found = paths.to_vec();
    found.retain(|path| is_telling(path) && is_inside(path));
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fit() -> Needs {
        let symbols = |names: &[&str]| names.iter().map(ToString::to_string).collect();
        Needs {
            machine: MACHINE_X86_64,
            is_program: true,
            is_loaded: true,
            libraries: symbols(&[
                "libgcc_s.so.1",
                "libm.so.6",
                "libc.so.6",
                "ld-linux-x86-64.so.2",
            ]),
            versions: [
                ("GLIBC_2.34", symbols(&["__libc_start_main"])),
                ("GLIBC_2.2.5", symbols(&["memcpy"])),
                ("GCC_3.0", symbols(&["_Unwind_Resume"])),
            ]
            .map(|(version, symbols)| (version.to_owned(), symbols))
            .into(),
        }
    }

    #[test]
    fn a_program_on_its_own_needs_nothing() {
        let mut needs = fit();
        let obstacles = obstacles_in_a_bare_system(&needs, Target::X86_64).join("; ");
        assert!(obstacles.contains("libc.so.6 is not there"), "{obstacles}");
        assert!(obstacles.contains("no loader"), "{obstacles}");
        needs.libraries.clear();
        needs.is_loaded = false;
        assert_eq!(obstacles_in_a_bare_system(&needs, Target::X86_64), [""; 0]);
    }

    #[test]
    fn a_program_for_lambda_is_fit() {
        assert_eq!(obstacles(&fit(), Target::X86_64), [""; 0]);
    }

    #[test]
    fn newer_symbols_are_named() {
        let mut needs = fit();
        let many = (0..7).map(|number| format!("f{number}")).collect();
        needs
            .versions
            .insert("GLIBC_2.38".into(), vec!["fmod".into()]);
        needs.versions.insert("GLIBC_2.39".into(), many);
        needs.versions.insert("GLIBC_ABI_DT_RELR".into(), vec![]);
        needs
            .versions
            .insert("GLIBC_PRIVATE".into(), vec!["_dl_x".into()]);
        needs
            .versions
            .insert("GCC_12.0.0".into(), vec!["__x".into()]);
        assert_eq!(
            obstacles(&needs, Target::X86_64),
            [
                "GCC_12.0.0 is not there, needed by __x",
                "GLIBC_2.38 is not there, needed by fmod",
                "GLIBC_2.39 is not there, needed by f0, f1, f2, f3, f4 and 2 more",
                "GLIBC_ABI_DT_RELR is not there",
                "GLIBC_PRIVATE is not there, needed by _dl_x",
            ]
        );
    }

    #[test]
    fn another_processor_a_library_and_foreign_libraries_are_obstacles() {
        let mut needs = fit();
        needs.is_program = false;
        needs.libraries.push("libssl.so.3".into());
        assert_eq!(
            obstacles(&needs, Target::Arm64),
            [
                "it is for another processor (ELF machine 62) than arm64",
                "it is not an executable program",
                "ld-linux-x86-64.so.2 is not there",
                "libssl.so.3 is not there",
            ]
        );
    }

    #[test]
    fn paths_of_this_machine_are_found() {
        let program = b"\0/home/ana/project/src/lib.rs\0";
        let paths = ["/home/ana/project", "/home/ana/.cargo", "/home", "/"];
        assert_eq!(paths_inside(program, &paths), ["/home/ana/project"]);
    }
}
