//! Where in a document something stands, as a JSON pointer.

use std::fmt;

/// A place that is only written out when it is told.
#[derive(Clone, Copy, Debug)]
pub(super) struct At<'a> {
    parent: Option<&'a At<'a>>,
    step: Step<'a>,
}

#[derive(Clone, Copy, Debug)]
enum Step<'a> {
    Root,
    Name(&'a str),
    Item(usize),
    /// A reference such as `#/components/schemas/Pet`, which starts anew.
    Reference(&'a str),
}

impl<'a> At<'a> {
    /// The document itself.
    pub(super) fn root() -> Self {
        Self {
            parent: None,
            step: Step::Root,
        }
    }

    /// The place that a reference names.
    pub(super) fn reference(reference: &'a str) -> Self {
        Self {
            parent: None,
            step: Step::Reference(reference),
        }
    }

    /// The place of a member.
    pub(super) fn member<'b>(&'b self, name: &'b str) -> At<'b> {
        At {
            parent: Some(self),
            step: Step::Name(name),
        }
    }

    /// The place of an item, counted from 0.
    pub(super) fn item(&self, index: usize) -> At<'_> {
        At {
            parent: Some(self),
            step: Step::Item(index),
        }
    }
}

impl fmt::Display for At<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(parent) = self.parent {
            parent.fmt(formatter)?;
        }
        match self.step {
            Step::Root => Ok(()),
            Step::Name(name) => {
                write!(formatter, "/{}", name.replace('~', "~0").replace('/', "~1"))
            }
            Step::Item(index) => write!(formatter, "/{index}"),
            Step::Reference(reference) => formatter.write_str(reference.trim_start_matches('#')),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_a_json_pointer() {
        let root = At::root();
        let paths = root.member("paths");
        let path = paths.member("/a~b");
        assert_eq!(path.item(3).to_string(), "/paths/~1a~0b/3");
        let named = At::reference("#/components/schemas/Pet");
        assert_eq!(
            named.member("type").to_string(),
            "/components/schemas/Pet/type"
        );
        assert_eq!(root.to_string(), "");
    }
}
