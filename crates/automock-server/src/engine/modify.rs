//! Changes of messages that are forwarded.

use http::header::{COOKIE, SET_COOKIE};
use http::{HeaderMap, HeaderName, HeaderValue};

use crate::definition::{HttpResponse, Modifier, PairsModifier};
use crate::request::Request;

/// Names and values, in their order.
pub(super) type Pairs = Vec<(String, String)>;

/// Changes a request on its way.
pub(super) fn modify_request(
    request: &mut Request,
    modifier: Option<&Modifier>,
) -> Result<(), String> {
    let Some(modifier) = modifier else {
        return Ok(());
    };
    if let Some(path) = &modifier.path {
        request.path = path
            .regex
            .replace_all(&request.path, &path.substitution)
            .into_owned();
    }
    apply(&mut request.query, &modifier.query, str::eq);
    let mut headers = to_pairs(&request.headers);
    apply(&mut headers, &modifier.headers, str::eq_ignore_ascii_case);
    let cookies = request
        .cookies()
        .map(|(name, value)| (name.to_owned(), value.to_owned()));
    let mut cookies: Pairs = cookies.collect();
    apply(&mut cookies, &modifier.cookies, str::eq);
    request.headers = to_headers(&headers)?;
    set_cookies(request, &cookies)
}

/// Changes a response on its way.
pub(super) fn modify_response(
    response: &mut HttpResponse,
    modifier: Option<&Modifier>,
) -> Result<(), String> {
    let Some(modifier) = modifier else {
        return Ok(());
    };
    let pairs = response
        .headers
        .iter()
        .map(|(name, value)| (name.to_string(), text(value)));
    let (cookies, mut headers): (Pairs, Pairs) =
        pairs.partition(|(name, _)| name == SET_COOKIE.as_str());
    apply(&mut headers, &modifier.headers, str::eq_ignore_ascii_case);
    let cookies = cookies
        .into_iter()
        .map(|(_, cookie)| match cookie.split_once('=') {
            Some((name, rest)) => (name.to_owned(), rest.to_owned()),
            None => (cookie, String::new()),
        });
    let mut cookies: Pairs = cookies.collect();
    apply(&mut cookies, &modifier.cookies, str::eq);
    let cookies = cookies
        .iter()
        .map(|(name, rest)| (SET_COOKIE.to_string(), format!("{name}={rest}")));
    headers.extend(cookies);
    let headers = headers.iter().map(|(name, value)| to_header(name, value));
    response.headers = headers.collect::<Result<_, _>>()?;
    Ok(())
}

/// Adds, then replaces what is there, then removes.
fn apply(pairs: &mut Pairs, modifier: &PairsModifier, same: fn(&str, &str) -> bool) {
    for (name, values) in &modifier.add {
        pairs.extend(values.iter().map(|value| (name.clone(), value.clone())));
    }
    for (name, values) in &modifier.replace {
        if pairs.iter().any(|(known, _)| same(known, name)) {
            replace(pairs, name, values, same);
        }
    }
    pairs.retain(|(known, _)| !modifier.remove.iter().any(|name| same(known, name)));
}

/// Puts values in place of all that have the name.
pub(super) fn replace(
    pairs: &mut Pairs,
    name: &str,
    values: &[String],
    same: fn(&str, &str) -> bool,
) {
    pairs.retain(|(known, _)| !same(known, name));
    pairs.extend(values.iter().map(|value| (name.to_owned(), value.clone())));
}

/// Headers as text.
pub(super) fn to_pairs(headers: &HeaderMap) -> Pairs {
    headers
        .iter()
        .map(|(name, value)| (name.to_string(), text(value)))
        .collect()
}

/// Text as headers.
pub(super) fn to_headers(pairs: &Pairs) -> Result<HeaderMap, String> {
    let mut headers = HeaderMap::new();
    for (name, value) in pairs {
        let (name, value) = to_header(name, value)?;
        headers.append(name, value);
    }
    Ok(headers)
}

/// Text as a header.
pub(super) fn to_header(name: &str, value: &str) -> Result<(HeaderName, HeaderValue), String> {
    let header = HeaderName::try_from(name).map_err(|error| format!("header {name}: {error}"))?;
    let value = HeaderValue::from_str(value).map_err(|error| format!("header {name}: {error}"))?;
    Ok((header, value))
}

/// Sends these cookies and no others.
pub(super) fn set_cookies(request: &mut Request, cookies: &Pairs) -> Result<(), String> {
    request.headers.remove(COOKIE);
    if cookies.is_empty() {
        return Ok(());
    }
    let pairs = cookies
        .iter()
        .map(|(name, value)| format!("{name}={value}"));
    let line = pairs.collect::<Vec<_>>().join("; ");
    let (name, value) = to_header(COOKIE.as_str(), &line)?;
    request.headers.insert(name, value);
    Ok(())
}

fn text(value: &HeaderValue) -> String {
    String::from_utf8_lossy(value.as_bytes()).into_owned()
}
