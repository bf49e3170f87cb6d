//! The table for people.

use std::fmt::Write as _;

use super::case::{Case, Page};

const ADDRESS: &str = "https://www.mock-server.com/mock_server/";

const HEAD: &str = "\
# The examples of MockServer's documentation

Each example that MockServer's documentation shows as JSON has been tried against the embedded engine
with an expectation of the same fields and features, and with requests that must match and requests
that must not. This table is made of that run (`cargo test -p automock-server --test compatibility`);
the cases are in `crates/automock-server/tests/compatibility/cases`.

*honoured*: it is taken, and answers as documented. *refused*: it is refused when it is loaded, with the
reason in the table. *not performed*: it is taken, but a request that it is for gets an error instead,
for the reason in the table. Callbacks are not performed here because no client is connected; with one they are, in
`tests/callbacks.rs` and, with MockServer's own clients, in `tests/clients`.
";

/// All of it.
pub fn markdown(pages: &[Page]) -> String {
    let mut text = HEAD.to_owned();
    let all: Vec<_> = pages.iter().flat_map(|page| &page.cases).collect();
    let count = |word| all.iter().filter(|case| case.result() == word).count();
    let _ = writeln!(
        text,
        "\n{} examples: {} honoured, {} refused, {} not performed.",
        all.len(),
        count("honoured"),
        count("refused"),
        count("not performed"),
    );
    for page in pages {
        let Page {
            address: at, title, ..
        } = page;
        let _ = writeln!(text, "\n## [{title}]({ADDRESS}{at})\n");
        text.push_str("| example | result | reason |\n|---|---|---|\n");
        for case in &page.cases {
            let reason = escaped(case.reason());
            let _ = writeln!(
                text,
                "| {} | {} | {reason} |",
                escaped(&case.name),
                case.result()
            );
        }
    }
    text
}

impl Case {
    fn result(&self) -> &'static str {
        match (&self.refused, &self.fails) {
            (Some(_), _) => "refused",
            (None, Some(_)) => "not performed",
            (None, None) => "honoured",
        }
    }

    fn reason(&self) -> &str {
        let reasons = [&self.refused, &self.fails, &self.note];
        let first = reasons.into_iter().flatten().next();
        first.map_or("", String::as_str)
    }
}

fn escaped(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', "; ")
}
