//! The rules of the live fleet, tested where they are written: in Python, without containers.

use std::process::Command;

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "the test kit runs the emulator's own tests"
)]
fn the_emulators_own_tests_pass() {
    let python = automock_testkit::find_python().unwrap_or_else(|error| panic!("{error}"));
    let output = Command::new(python)
        .args(["-m", "unittest", "discover"])
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/emulator"))
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .output()
        .expect("python starts");
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{words}");
    // Found none would be a success as well.
    assert!(!words.contains("Ran 0 tests"), "{words}");
}
