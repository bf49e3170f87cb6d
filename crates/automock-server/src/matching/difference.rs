//! Why a request is not the expected one.

use std::fmt;

use super::matcher::{PROPERTIES, Parts, Property, RequestMatcher, cookies, headers, query};
use super::path::segment_count;
use crate::request::Request;

/// The first property in which a request differs from what is expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The property's name in an expectation, such as `path`.
    pub property: &'static str,
    /// What was expected.
    pub expected: String,
    /// What was found.
    pub found: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            property,
            expected,
            found,
        } = self;
        write!(formatter, "{property}: expected {expected}, found {found}")
    }
}

impl RequestMatcher {
    /// The first property in which a request differs, if it does.
    #[must_use]
    pub fn difference(&self, request: &Request) -> Option<Difference> {
        self.differences(request).next()
    }

    /// Every property in which a request differs, in the order in which they are compared. Each is
    /// compared when it is asked for. Of alternatives, the closest counts.
    pub fn differences<'a>(
        &'a self,
        request: &'a Request,
    ) -> impl Iterator<Item = Difference> + 'a {
        let compared = &self.closest(request).0;
        let properties = PROPERTIES.into_iter();
        let differing =
            properties.filter(|property| compared.agrees(*property, request) == Some(false));
        differing.map(|property| {
            let (expected, found) = compared.describe(property, request);
            Difference {
                property: property.name(),
                expected,
                found,
            }
        })
    }

    /// The alternative that matches a request, else the one closest to it; itself, unless there are any.
    fn closest(&self, request: &Request) -> &Self {
        let alternatives = self.0.alternatives.iter();
        let matching = alternatives.clone().find(|it| it.matches(request));
        let closest = matching.or_else(|| alternatives.max_by_key(|it| it.score(request)));
        closest.unwrap_or(self)
    }
}

impl Parts {
    fn describe(&self, property: Property, request: &Request) -> (String, String) {
        match property {
            Property::Method => (words(self.method.as_ref()), quoted(request.method.as_str())),
            Property::Path => self.describe_path(&request.path),
            Property::Secure => (words(self.secure), request.secure.to_string()),
            Property::KeepAlive => (words(self.keep_alive), request.keep_alive.to_string()),
            Property::Protocol => {
                let expected = self.protocol.map(crate::request::Protocol::word);
                (words(expected), request.protocol.word().to_owned())
            }
            Property::PathParameters => self
                .path_parameters
                .difference(&self.variables(&request.path)),
            Property::Query => self.query.difference(&query(request)),
            Property::Headers => self.headers.difference(&headers(request)),
            Property::Cookies => self.cookies.difference(&cookies(request)),
            Property::Body => {
                let body = self.body.as_ref();
                body.map(|body| body.difference(request))
                    .unwrap_or_default()
            }
        }
    }

    fn describe_path(&self, path: &str) -> (String, String) {
        let expected = words(self.path.as_ref());
        match &self.template {
            Some(template) if !template.fits(path) => (
                format!("{expected} with {} segments", template.segment_count()),
                format!("{path:?} with {}", segment_count(path)),
            ),
            _ => (expected, quoted(path)),
        }
    }
}

fn words(expected: Option<impl fmt::Display>) -> String {
    expected
        .map(|expected| expected.to_string())
        .unwrap_or_default()
}

fn quoted(text: &str) -> String {
    format!("{text:?}")
}
