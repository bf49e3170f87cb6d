//! Reads what an expectation does.

use std::fmt::Display;

use super::fields::Fields;
use super::pairs::{Pair, read_single_values, read_texts, read_values};
use super::response_body::read_base64;
use super::{
    Action, Callback, CallbackKind, Delay, ErrorAction, Forward, HttpResponse, Modifier,
    OverrideForward, PairsModifier, PathModifier, Place, Refusal, TemplateAction, TemplateKind,
};
use crate::matching::RequestMatcher;
use crate::node::Node;
use crate::template::Template;

type Read<T> = Result<T, Vec<Refusal>>;

/// Reads an action.
type Reader = fn(&Node, &Place) -> Read<Action>;

/// The actions by the names of their fields.
pub(crate) const ACTIONS: [(&str, Reader); 7] = [
    ("httpResponse", read_response),
    ("httpResponseTemplate", read_template),
    ("httpForward", read_forward),
    ("httpOverrideForwardedRequest", read_override),
    ("httpError", read_error),
    ("httpResponseObjectCallback", read_response_callback),
    ("httpForwardObjectCallback", read_forward_callback),
];

fn read_response(node: &Node, place: &Place) -> Read<Action> {
    HttpResponse::read(node, place).map(Action::Response)
}

#[derive(Clone, Copy)]
enum Language {
    Known(TemplateKind),
    JavaScript,
}

const LANGUAGES: [(&str, Language); 3] = [
    ("VELOCITY", Language::Known(TemplateKind::Velocity)),
    ("MUSTACHE", Language::Known(TemplateKind::Mustache)),
    ("JAVASCRIPT", Language::JavaScript),
];

fn read_template(node: &Node, place: &Place) -> Read<Action> {
    let mut fields = Fields::of(node, place)?;
    fields.only(
        &["templateType", "template", "delay", "primary"],
        &[
            ("templateFile", "templates in files are not supported"),
            ("responseOverride", "only the template makes the response"),
            ("responseModifier", "only the template makes the response"),
        ],
    );
    fields.flag("primary");
    fields.required_text("templateType");
    let language = fields.word("templateType", &LANGUAGES);
    let text = fields.required_text("template");
    let delay = fields.read("delay", Delay::read);
    let template = language.zip(text).and_then(|(language, text)| {
        let template = compile(language, text);
        template
            .map_err(|(field, reason)| fields.refuse(field, reason))
            .ok()
    });
    fields.finish(template.map(|template| Action::Template(TemplateAction { template, delay })))
}

fn compile(language: Language, text: &str) -> Result<Template, (&'static str, String)> {
    match language {
        Language::Known(kind) => {
            Template::compile(kind, text).map_err(|error| ("template", as_text(&error)))
        }
        Language::JavaScript => {
            let reason = "JavaScript templates are not supported; use VELOCITY or MUSTACHE";
            Err(("templateType", reason.to_owned()))
        }
    }
}

fn as_text(error: &impl Display) -> String {
    error.to_string()
}

const SCHEMES: [(&str, bool); 2] = [("HTTP", false), ("HTTPS", true)];

fn read_forward(node: &Node, place: &Place) -> Read<Action> {
    let mut fields = Fields::of(node, place)?;
    fields.only(&["host", "port", "scheme", "delay", "primary"], &[]);
    fields.flag("primary");
    let target = read_target(&mut fields);
    let delay = fields.read("delay", Delay::read);
    fields.finish(target.map(|target| Action::Forward(Forward { delay, ..target })))
}

fn read_target(fields: &mut Fields<'_>) -> Option<Forward> {
    let host = fields.required_text("host");
    let port = fields.number("port").unwrap_or(80);
    let secure = fields.word("scheme", &SCHEMES).unwrap_or(false);
    if host.is_some_and(|host| host.trim().is_empty()) {
        fields.refuse("host", "is empty");
    }
    Some(Forward {
        host: host?.to_owned(),
        port,
        secure,
        delay: None,
    })
}

/// Reads a server's address.
pub(crate) fn read_address(node: &Node, place: &Place) -> Read<Forward> {
    let mut fields = Fields::of(node, place)?;
    fields.only(&["host", "port", "scheme"], &[]);
    let target = read_target(&mut fields);
    fields.finish(target)
}

/// The fields, in the newer words and in the older ones.
const OVERRIDE: [&str; 8] = [
    "requestOverride",
    "httpRequest",
    "requestModifier",
    "responseOverride",
    "httpResponse",
    "responseModifier",
    "delay",
    "primary",
];

fn read_override(node: &Node, place: &Place) -> Read<Action> {
    let mut fields = Fields::of(node, place)?;
    let elsewhere = [(
        "responseTemplate",
        "a template on the way back is not supported",
    )];
    fields.only(&OVERRIDE, &elsewhere);
    fields.flag("primary");
    let request = one_of(&mut fields, ["requestOverride", "httpRequest"]);
    let response = one_of(&mut fields, ["responseOverride", "httpResponse"]);
    let override_forward = OverrideForward {
        target: request.and_then(|name| read_override_target(&mut fields, name)),
        request: request.and_then(|name| fields.get(name)).cloned(),
        request_modifier: fields.read("requestModifier", Modifier::read_for_request),
        response: response.and_then(|name| {
            fields.read(name, HttpResponse::read);
            fields.get(name).cloned()
        }),
        response_modifier: fields.read("responseModifier", Modifier::read_for_response),
        delay: fields.read("delay", Delay::read),
    };
    fields.finish(Some(Action::Override(Box::new(override_forward))))
}

fn one_of(fields: &mut Fields<'_>, names: [&'static str; 2]) -> Option<&'static str> {
    let both = names.iter().all(|name| fields.get(name).is_some());
    if both {
        fields.refuse_all(format!("has both {:?} and {:?}", names[0], names[1]));
    }
    names.into_iter().find(|name| fields.get(name).is_some())
}

/// What is read of the request that replaces another is only checked here, except its address.
fn read_override_target(fields: &mut Fields<'_>, name: &str) -> Option<Forward> {
    fields.read(name, RequestMatcher::read);
    let address = fields.get(name)?.get("socketAddress")?;
    let place = fields.place(name).member("socketAddress");
    let target = read_address(address, &place);
    fields.take(target)
}

impl Modifier {
    fn read_for_request(node: &Node, place: &Place) -> Read<Self> {
        Self::read(
            node,
            place,
            &["path", "queryStringParameters", "headers", "cookies"],
        )
    }

    fn read_for_response(node: &Node, place: &Place) -> Read<Self> {
        Self::read(node, place, &["headers", "cookies"])
    }

    fn read(node: &Node, place: &Place, names: &[&str]) -> Read<Self> {
        let mut fields = Fields::of(node, place)?;
        fields.only(names, &[]);
        let values = |node: &Node, place: &Place| PairsModifier::read(node, place, read_values);
        let modifier = Self {
            path: fields.read("path", PathModifier::read),
            query: fields
                .read("queryStringParameters", values)
                .unwrap_or_default(),
            headers: fields.read("headers", values).unwrap_or_default(),
            cookies: fields
                .read("cookies", |node, place| {
                    PairsModifier::read(node, place, read_single_values)
                })
                .unwrap_or_default(),
        };
        fields.finish(Some(modifier))
    }
}

impl PathModifier {
    fn read(node: &Node, place: &Place) -> Read<Self> {
        let mut fields = Fields::of(node, place)?;
        fields.only(&["regex", "substitution"], &[]);
        let regex = fields.required_text("regex").and_then(|text| {
            let regex = fancy_regex::Regex::new(text);
            regex
                .map_err(|error| fields.refuse("regex", as_text(&error)))
                .ok()
        });
        let substitution = fields.text("substitution").unwrap_or_default().to_owned();
        fields.finish(regex.map(|regex| Self {
            regex,
            substitution,
        }))
    }
}

impl PairsModifier {
    fn read(node: &Node, place: &Place, pairs: fn(&Node, &Place) -> Read<Vec<Pair>>) -> Read<Self> {
        let mut fields = Fields::of(node, place)?;
        fields.only(&["add", "replace", "remove"], &[]);
        let modifier = Self {
            add: fields.read("add", pairs).unwrap_or_default(),
            replace: fields.read("replace", pairs).unwrap_or_default(),
            remove: fields.read("remove", read_texts).unwrap_or_default(),
        };
        fields.finish(Some(modifier))
    }
}

fn read_error(node: &Node, place: &Place) -> Read<Action> {
    let mut fields = Fields::of(node, place)?;
    fields.only(
        &["dropConnection", "responseBytes", "delay", "primary"],
        &[],
    );
    fields.flag("primary");
    let action = ErrorAction {
        drop_connection: fields.flag("dropConnection") == Some(true),
        bytes: fields.read("responseBytes", read_base64),
        delay: fields.read("delay", Delay::read),
    };
    fields.finish(Some(Action::Error(action)))
}

fn read_response_callback(node: &Node, place: &Place) -> Read<Action> {
    read_callback(node, place, |_| CallbackKind::Response)
}

fn read_forward_callback(node: &Node, place: &Place) -> Read<Action> {
    read_callback(node, place, |sees_response| CallbackKind::Forward {
        sees_response,
    })
}

fn read_callback(
    node: &Node,
    place: &Place,
    kind: impl FnOnce(bool) -> CallbackKind,
) -> Read<Action> {
    let mut fields = Fields::of(node, place)?;
    fields.only(&["clientId", "responseCallback", "delay", "primary"], &[]);
    let kind = kind(fields.flag("responseCallback") == Some(true));
    fields.flag("primary");
    let client_id = fields.required_text("clientId").map(str::to_owned);
    let delay = fields.read("delay", Delay::read);
    fields.finish(client_id.map(|client_id| {
        Action::Callback(Callback {
            client_id,
            kind,
            delay,
        })
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(field: &str, text: &str) -> Result<Action, String> {
        let (_, reader) = ACTIONS.iter().find(|(name, _)| *name == field).unwrap();
        let action = reader(&Node::parse(text).unwrap(), &Place::root());
        action.map_err(|refusals| {
            let words: Vec<_> = refusals.iter().map(ToString::to_string).collect();
            words.join("; ")
        })
    }

    #[test]
    fn a_forward_has_a_target() {
        let forward = |text| match read("httpForward", text).unwrap() {
            Action::Forward(forward) => (forward.host, forward.port, forward.secure),
            other => panic!("{other:?}"),
        };
        assert_eq!(forward(r#"{"host":"a.b"}"#), ("a.b".into(), 80, false));
        let text = r#"{"host":"a","port":444,"scheme":"HTTPS"}"#;
        assert_eq!(forward(text), ("a".into(), 444, true));
    }

    #[test]
    fn an_override_is_read_in_both_words() {
        for (request, response) in [
            ("requestOverride", "responseOverride"),
            ("httpRequest", "httpResponse"),
        ] {
            let text = format!(
                r#"{{"{request}":{{"path":"/x","socketAddress":{{"host":"h","port":1,"scheme":"HTTPS"}}}},
                    "{response}":{{"statusCode":201}},
                    "requestModifier":{{"path":{{"regex":"^/a(.*)","substitution":"/b$1"}},
                        "headers":{{"add":{{"a":["1"]}},"replace":{{"b":["2"]}},"remove":["c"]}},
                        "cookies":{{"add":{{"s":"1"}}}}}}}}"#
            );
            let Action::Override(found) = read("httpOverrideForwardedRequest", &text).unwrap()
            else {
                panic!("{text}")
            };
            let target = found.target.unwrap();
            assert_eq!(
                (target.host.as_str(), target.port, target.secure),
                ("h", 1, true)
            );
            assert!(found.request.is_some() && found.response.is_some());
            let modifier = found.request_modifier.unwrap();
            assert_eq!(modifier.path.unwrap().substitution, "/b$1");
            assert_eq!(modifier.headers.remove, ["c"]);
            assert_eq!(modifier.cookies.add, [("s".into(), vec!["1".into()])]);
        }
    }

    #[test]
    fn an_error_and_a_callback_are_read() {
        let text = r#"{"dropConnection":true,"responseBytes":"AAE="}"#;
        let Action::Error(error) = read("httpError", text).unwrap() else {
            panic!()
        };
        assert!(error.drop_connection);
        assert_eq!(error.bytes.as_deref(), Some(&[0, 1][..]));
        for (field, text, kind) in [
            (
                "httpResponseObjectCallback",
                r#"{"clientId":"x","responseCallback":true}"#,
                CallbackKind::Response,
            ),
            (
                "httpForwardObjectCallback",
                r#"{"clientId":"x"}"#,
                CallbackKind::Forward {
                    sees_response: false,
                },
            ),
            (
                "httpForwardObjectCallback",
                r#"{"clientId":"x","responseCallback":true}"#,
                CallbackKind::Forward {
                    sees_response: true,
                },
            ),
        ] {
            let Action::Callback(callback) = read(field, text).unwrap() else {
                panic!("{text}")
            };
            assert_eq!((callback.client_id.as_str(), callback.kind), ("x", kind));
        }
    }

    #[test]
    fn faults_are_refused() {
        let check = |field, text, expected: &str| {
            assert_eq!(read(field, text).unwrap_err(), expected, "{text}");
        };
        check("httpForward", "{}", "needs \"host\"");
        check(
            "httpForward",
            r#"{"host":"a","port":65536}"#,
            "port: 65536 is out of range",
        );
        check(
            "httpForward",
            r#"{"host":"a","scheme":"ftp"}"#,
            "scheme: \"ftp\" is none of HTTP, HTTPS",
        );
        check(
            "httpResponseTemplate",
            r#"{"templateType":"JAVASCRIPT","template":"return {}"}"#,
            "templateType: JavaScript templates are not supported; use VELOCITY or MUSTACHE",
        );
        check(
            "httpResponseTemplate",
            r#"{"template":""}"#,
            "needs \"templateType\"",
        );
        check(
            "httpError",
            r#"{"dropConnexion":true}"#,
            "dropConnexion: unknown field (did you mean \"dropConnection\"?)",
        );
        check("httpResponseObjectCallback", "{}", "needs \"clientId\"");
        check(
            "httpOverrideForwardedRequest",
            r#"{"requestOverride":{"pth":"/"},"httpRequest":{},"responseModifier":{"path":{}}}"#,
            "has both \"requestOverride\" and \"httpRequest\"; \
             requestOverride.pth: unknown field (did you mean \"path\"?); \
             responseModifier.path: unknown field; responseModifier.path: needs \"regex\"",
        );
    }
}
