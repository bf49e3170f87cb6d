//! `docs/cli.md` says what the command line says.

use std::path::Path;

#[test]
fn the_reference_is_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/cli.md");
    let expected = automock_cli::reference::markdown(&automock_cli::command());
    if std::env::var_os("AUTOMOCK_WRITE_REFERENCE").is_some() {
        std::fs::write(&path, &expected).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        found == expected,
        "docs/cli.md is stale; `AUTOMOCK_WRITE_REFERENCE=1 cargo test -p automock-cli --test reference` writes it"
    );
}
