//! Asking for a yes.

use std::io::{IsTerminal, Write};

use crate::failure::Failure;

/// Whether a person sits at the terminal.
pub(crate) fn can_ask() -> bool {
    std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
}

/// Asks a question that only `yes` or `y` answers with a yes.
///
/// # Errors
///
/// [`Failure::NobodyToAsk`] when standard input or standard error is not a terminal.
pub(crate) fn confirm(question: &str) -> Result<bool, Failure> {
    if !can_ask() {
        return Err(Failure::NobodyToAsk);
    }
    let mut terminal = anstream::stderr().lock();
    write!(terminal, "{question} [y/N] ")
        .and_then(|()| terminal.flush())
        .map_err(|error| Failure::io("ask on the terminal", error))?;
    drop(terminal);
    let mut answer = String::new();
    std::io::stdin()
        .read_line(&mut answer)
        .map_err(|error| Failure::io("read the answer", error))?;
    Ok(means_yes(&answer))
}

fn means_yes(answer: &str) -> bool {
    matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_clear_yes_is_one() {
        for (answer, expected) in [
            ("y\n", true),
            ("YES\n", true),
            ("\n", false),
            ("", false),
            ("yep\n", false),
            ("n\n", false),
        ] {
            assert_eq!(means_yes(answer), expected, "{answer:?}");
        }
    }
}
