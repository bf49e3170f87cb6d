//! Starts an emulated AWS and keeps it until Enter is pressed.
//!
//! ```text
//! $ cargo run -p automock-testkit --example world
//! ```
//!
//! The printed lines lead a shell's AWS clients, terraform among them, to the world. At
//! the end the example shows what was left in it.
#![expect(clippy::print_stdout, reason = "an example talks to a person")]

use std::io;

use automock_testkit::{Emulator, REMOVED_VARIABLES, TestkitError};

fn main() -> Result<(), TestkitError> {
    let world = Emulator::start()?;
    println!("unset {}", REMOVED_VARIABLES.join(" "));
    for (name, value) in world.env() {
        println!("export {name}={value}");
    }
    println!("# Enter ends the world.");
    // A closed stdin ends it as well.
    let _ = io::stdin().read_line(&mut String::new());
    println!("left behind: {}", world.census()?);
    Ok(())
}
