//! Matchers that are met by any of several, as the operations of an `OpenAPI` document are.

use super::key::{Key, PathKey};
use super::matcher::{Parts, RequestMatcher};
use crate::definition::{Place, Refusal, collect};
use crate::node::Node;
use crate::openapi::requests_of;

impl Parts {
    /// Reads a matcher that names operations of a document.
    pub(super) fn read_operations(node: &Node, place: &Place) -> Result<Self, Vec<Refusal>> {
        let requests = requests_of(node, place)?;
        let place = place.member("specUrlOrPayload");
        let read = requests.iter().map(|it| RequestMatcher::read(it, &place));
        Ok(Self {
            alternatives: collect(read)?,
            source: Some(node.clone()),
            ..Self::default()
        })
    }

    /// What all alternatives have in common.
    pub(super) fn common_key(&self) -> Key {
        let mut keys = self.alternatives.iter().map(RequestMatcher::key);
        let Some(first) = keys.next() else {
            return Key::default();
        };
        keys.fold(first, |common, key| Key {
            method: common.method.filter(|it| Some(it) == key.method.as_ref()),
            path: if common.path == key.path {
                common.path
            } else {
                PathKey::default()
            },
        })
    }
}

impl RequestMatcher {
    /// The matchers of which one must match: itself, unless there are alternatives.
    pub(super) fn all(&self) -> &[Self] {
        let alternatives = &self.0.alternatives;
        if alternatives.is_empty() {
            std::slice::from_ref(self)
        } else {
            alternatives
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::Request;

    const PETS: &str = r#"{"openapi":"3.0.3","servers":[{"url":"/v1"}],"paths":{
        "/pets":{"get":{"operationId":"list"},"post":{"operationId":"add"}},
        "/pets/{id}":{"get":{"operationId":"show","parameters":[
            {"name":"id","in":"path","required":true,"schema":{"type":"integer"}}]}}}}"#;

    fn read(operation: &str) -> Result<RequestMatcher, Vec<Refusal>> {
        let text = format!(r#"{{"specUrlOrPayload":{PETS}{operation}}}"#);
        RequestMatcher::read(&Node::parse(&text).unwrap(), &Place::root())
    }

    fn request(method: &str, path: &str) -> Request {
        Request {
            method: method.parse().unwrap(),
            ..Request::get(path)
        }
    }

    #[test]
    fn one_operation_or_any_is_matched() {
        let any = read("").unwrap();
        let show = read(r#","operationId":"show""#).unwrap();
        let check = |method, path, by_any, by_show| {
            let request = request(method, path);
            assert_eq!(any.matches(&request), by_any, "{method} {path}");
            assert_eq!(show.matches(&request), by_show, "{method} {path}");
            assert_eq!(
                any.difference(&request).is_none(),
                by_any,
                "{method} {path}"
            );
            assert_eq!(
                show.difference(&request).is_none(),
                by_show,
                "{method} {path}"
            );
        };
        check("GET", "/v1/pets", true, false);
        check("POST", "/v1/pets", true, false);
        check("GET", "/v1/pets/7", true, true);
        check("GET", "/v1/pets/x", false, false);
        check("PUT", "/v1/pets", false, false);
        check("GET", "/pets", false, false);
        assert_eq!(
            any.path_parameters(&request("GET", "/v1/pets/7")),
            [("id".to_owned(), "7".to_owned())]
        );
        assert_eq!(any.key().method, None);
        assert_eq!(show.key().method.as_deref(), Some("get"));
    }

    #[test]
    fn a_filter_selects_by_operations() {
        let any = read("").unwrap();
        let filter =
            |text: &str| RequestMatcher::read(&Node::parse(text).unwrap(), &Place::root()).unwrap();
        assert!(filter(r#"{"method":"POST"}"#).matches_definition(&any));
        assert!(!filter(r#"{"method":"DELETE"}"#).matches_definition(&any));
        assert!(any.matches_definition(&filter(r#"{"path":"/v1/pets"}"#)));
    }

    #[test]
    fn what_is_wrong_is_refused() {
        let told = |operation: &str| read(operation).unwrap_err()[0].to_string();
        assert!(told(r#","operationId":"shw""#).contains("did you mean \"show\""));
        assert!(told(r#","path":"/x""#).contains("unknown field"));
        let file = Node::parse(r#"{"specUrlOrPayload":"pets.yaml"}"#).unwrap();
        let refusals = RequestMatcher::read(&file, &Place::root()).unwrap_err();
        assert!(refusals[0].reason.contains("give the document itself"));
    }
}
