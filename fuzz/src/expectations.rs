//! Reading expectations.

use automock_server::definition::read_expectations;
use automock_server::engine::Engine;
use automock_server::node::Node;

/// Lenient JSON in, expectations or refusals out.
///
/// What is read can be written and read again, as JSON and as expectations; it can be loaded; and a
/// refusal has words.
///
/// # Panics
/// When one of these does not hold.
pub fn expectations(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let node = match Node::parse(text) {
        Ok(node) => node,
        Err(error) => {
            assert!(!error.reason.is_empty(), "a fault without words");
            return;
        }
    };
    let written = node.to_string();
    let again = Node::parse(&written).expect("what is written is JSON");
    assert_eq!(again.to_string(), written, "JSON is written as it is read");
    match read_expectations(node) {
        Err(refusals) => {
            assert!(!refusals.is_empty(), "a refusal without a reason");
            assert!(refusals.iter().all(|it| !it.to_string().is_empty()));
        }
        Ok(expectations) => {
            assert!(!expectations.is_empty());
            assert_eq!(
                read_expectations(again).map(|again| again.len()).ok(),
                Some(expectations.len()),
                "what is written is read as the same expectations"
            );
            let engine = Engine::default();
            engine
                .load("r", expectations.clone())
                .expect("few expectations are loaded");
            let entries = engine
                .upsert(expectations)
                .expect("few expectations are taken");
            for entry in entries {
                let shown = entry.to_node();
                assert!(
                    read_expectations(shown.clone()).is_ok(),
                    "what clients get back is no expectation: {shown}"
                );
            }
        }
    }
}
