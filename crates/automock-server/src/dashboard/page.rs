//! The page itself: one file, whose style and script are the only ones that a browser runs in it.

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

const FRAME: &str = include_str!("page.html");
const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("script.js");

/// A page, and what its browser may do.
#[derive(Debug)]
pub(super) struct Page {
    pub(super) html: String,
    /// The value of `content-security-policy`.
    pub(super) policy: String,
}

/// The page names an empty picture as its icon, because browsers ask for `/favicon.ico` otherwise, and
/// that would be one more request that nothing expects.
pub(super) static PAGE: LazyLock<Page> = LazyLock::new(|| Page {
    html: FRAME.replace("{style}", STYLE).replace("{script}", SCRIPT),
    policy: format!(
        "default-src 'none'; style-src '{}'; script-src '{}'; connect-src 'self'; img-src data:; \
         base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        source(STYLE),
        source(SCRIPT)
    ),
});

/// Exactly this text: <https://www.w3.org/TR/CSP3/#grammardef-hash-source>.
fn source(text: &str) -> String {
    format!("sha256-{}", STANDARD.encode(Sha256::digest(text)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_policy_allows_is_in_the_page() {
        assert!(PAGE.html.contains(&format!("<style>{STYLE}</style>")));
        assert!(PAGE.html.contains(&format!("<script>{SCRIPT}</script>")));
        assert!(!PAGE.policy.contains("unsafe"), "{}", PAGE.policy);
        assert!(!SCRIPT.contains("</script") && !STYLE.contains("</style"));
    }

    #[test]
    fn what_comes_from_traffic_can_only_become_text() {
        for way in [
            "innerHTML",
            "outerHTML",
            "insertAdjacentHTML",
            "document.write",
            "DOMParser",
            "eval(",
            "new Function",
            "setHTML",
        ] {
            assert!(!SCRIPT.contains(way), "{way}");
        }
    }
}
