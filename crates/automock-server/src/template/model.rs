//! The request as templates see it.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::request::Request;

use super::collection::{List, Map, Style};
use super::compiled::Context;
use super::value::Value;

/// The value of `request`.
pub(super) fn request(context: &Context<'_>) -> Value {
    let request = context.request;
    let remote = request.remote.map(|address| address.to_string());
    let members: [(&str, Value); 11] = [
        ("method", request.method.as_str().into()),
        ("path", request.path.as_str().into()),
        ("pathParameters", several(borrowed(context.path_parameters))),
        ("queryStringParameters", several(borrowed(&request.query))),
        ("headers", headers(request)),
        ("cookies", cookies(request)),
        ("body", body(request)),
        ("secure", request.secure.into()),
        ("keepAlive", request.keep_alive.into()),
        ("remoteAddress", remote.map_or(Value::Null, Value::from)),
        ("protocol", request.protocol.word().into()),
    ];
    let members = members.into_iter();
    Value::Map(Map::new(
        members.map(|(name, value)| (name.into(), value)),
        Style::Plain,
    ))
}

/// Bytes that are no text are shown in base64, and no bytes are nothing.
fn body(request: &Request) -> Value {
    if request.body.is_empty() {
        return Value::Null;
    }
    match std::str::from_utf8(&request.body) {
        Ok(text) => text.into(),
        Err(_) => STANDARD.encode(&request.body).into(),
    }
}

fn headers(request: &Request) -> Value {
    let names = request.headers.keys();
    Value::Map(Map::ignoring_case(names.map(|name| {
        let values = request.headers.get_all(name).iter();
        let values = values.map(|value| String::from_utf8_lossy(value.as_bytes()).as_ref().into());
        let list = List::new(values.collect(), Style::Plain);
        (Arc::from(name.as_str()), Value::List(list))
    })))
}

fn cookies(request: &Request) -> Value {
    let cookies = request.cookies();
    let cookies = cookies.map(|(name, value)| (name.into(), value.into()));
    Value::Map(Map::new(cookies, Style::Plain))
}

fn borrowed(pairs: &[(String, String)]) -> impl Iterator<Item = (&str, &str)> {
    pairs
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
}

/// A list of values for each name.
fn several<'a>(pairs: impl Iterator<Item = (&'a str, &'a str)>) -> Value {
    let mut map = Map::new([], Style::Plain);
    for (name, value) in pairs {
        let added = map.change(name, |list| {
            if let Value::List(list) = list {
                list.push(value.into());
            }
        });
        if added.is_none() {
            let list = List::new(vec![value.into()], Style::Plain);
            map.put(name.into(), Value::List(list));
        }
    }
    Value::Map(map)
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::header::COOKIE;

    #[test]
    fn a_request_becomes_a_map() {
        let mut request = Request::get("/a");
        request.query = vec![
            ("n".to_owned(), "1".to_owned()),
            ("m".to_owned(), "2".to_owned()),
            ("n".to_owned(), "3".to_owned()),
        ];
        request.headers.append(COOKIE, "s=1; s=2".parse().unwrap());
        request.body = vec![0xff, 0xfe].into();
        let context = Context {
            request: &request,
            path_parameters: &[("id".to_owned(), "7".to_owned())],
            now: jiff::Timestamp::UNIX_EPOCH,
            random: 0,
        };
        let expected = "{method=GET, path=/a, pathParameters={id=[7]}, \
            queryStringParameters={n=[1, 3], m=[2]}, headers={cookie=[s=1; s=2]}, \
            cookies={s=2}, body=//4=, secure=false, keepAlive=true, remoteAddress=null, \
            protocol=HTTP_1_1}";
        assert_eq!(super::request(&context).to_string(), expected);
    }
}
