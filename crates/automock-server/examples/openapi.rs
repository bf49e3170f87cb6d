//! Tells what becomes of an `OpenAPI` document: `cargo run -p automock-server --example openapi --
//! petstore.yaml`.

#![expect(clippy::print_stdout, reason = "that is what an example is for")]

use std::error::Error;
use std::time::Instant;

use automock_server::engine::Engine;
use automock_server::openapi::{Choice, import, parse_document};

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args().nth(1).ok_or("name an OpenAPI document")?;
    let text = std::fs::read_to_string(&path)?;
    let start = Instant::now();
    let document = parse_document(&text)?;
    let parsed = start.elapsed();
    let imported = import(&document, &Choice::default());
    let imported = imported.map_err(|refusals| {
        let refusals: Vec<_> = refusals.iter().map(ToString::to_string).collect();
        refusals.join("\n")
    })?;
    let made = start.elapsed().saturating_sub(parsed);
    let count = imported.expectations.len();
    Engine::default().load("1", imported.expectations)?;
    let total = start.elapsed();
    println!("{}", imported.report);
    println!(
        "{count} expectations: parsed in {parsed:.0?}, made in {made:.0?}, served after {total:.0?}"
    );
    Ok(())
}
