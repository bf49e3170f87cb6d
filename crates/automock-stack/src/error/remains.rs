//! What exists of a stack after a run that did not finish.

use serde::Serialize;

/// What exists of a stack after a run that did not finish.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Remains {
    /// Addresses of the resources in Terraform's state.
    pub in_state: Vec<String>,
    /// Resources that AWS shows and the state does not name, where that was looked for.
    pub outside_state: Vec<String>,
    /// What could not be read, so that nothing is known about it.
    pub unreadable: Vec<String>,
}

impl Remains {
    /// What remains of a stack that could not be looked at.
    pub(crate) fn unknown() -> Self {
        Self {
            unreadable: vec!["the stack's resources".into()],
            ..Self::default()
        }
    }

    /// Whether nothing is known to exist.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.in_state.is_empty() && self.outside_state.is_empty() && self.unreadable.is_empty()
    }

    /// One line per resource.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        let line = |what: &'static str| move |name: &String| format!("{what} {name}");
        let in_state = self.in_state.iter().map(line("exists:"));
        let outside = self
            .outside_state
            .iter()
            .map(line("exists outside of the state:"));
        let unreadable = self.unreadable.iter().map(line("could not be looked for:"));
        in_state.chain(outside).chain(unreadable).collect()
    }

    pub(super) fn in_words(&self) -> String {
        if self.is_empty() {
            return "no resource of it is known to exist".into();
        }
        let mut parts = Vec::new();
        if !self.in_state.is_empty() {
            parts.push(format!(
                "{} resources are in its state",
                self.in_state.len()
            ));
        }
        if !self.outside_state.is_empty() {
            parts.push(format!(
                "{} more exist outside of it",
                self.outside_state.len()
            ));
        }
        if !self.unreadable.is_empty() {
            parts.push(format!("{} could not be looked for", self.unreadable.len()));
        }
        parts.join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_left_is_said_plainly() {
        assert_eq!(
            Remains::default().in_words(),
            "no resource of it is known to exist"
        );
    }
}
