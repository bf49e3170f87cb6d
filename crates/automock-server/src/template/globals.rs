//! The names that every template knows: the request, the time and what is random.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;

use super::budget::Budget;
use super::compiled::Context;
use super::error::RenderError;
use super::json_path::{Document, Path};
use super::model;
use super::value::Value;

/// The values of those names during one render.
#[derive(Debug)]
pub(super) struct Globals<'a> {
    context: &'a Context<'a>,
    random: fastrand::Rng,
    request: Option<Value>,
    json: Json,
}

/// The body as JSON.
#[derive(Debug)]
enum Json {
    Unread,
    No,
    Document(Document),
}

impl<'a> Globals<'a> {
    /// The values for a context.
    pub(super) fn new(context: &'a Context<'a>) -> Self {
        Self {
            context,
            random: fastrand::Rng::with_seed(context.random),
            request: None,
            json: Json::Unread,
        }
    }

    /// The value of a name. What is random differs each time.
    pub(super) fn get(&mut self, name: &str) -> Option<Value> {
        let text = match name {
            "request" => return Some(self.request()),
            "now" | "now_iso_8601" => iso_8601(self.context.now),
            "now_epoch" => self.context.now.as_second().to_string(),
            "now_rfc_1123" => rfc_1123(self.context.now),
            "uuid" => self.uuid(),
            "rand_int" | "rand_int_10" => self.random.u8(..10).to_string(),
            "rand_int_100" => self.random.u8(..100).to_string(),
            "rand_bytes" | "rand_bytes_16" => self.bytes::<16>(),
            "rand_bytes_32" => self.bytes::<32>(),
            "rand_bytes_64" => self.bytes::<64>(),
            "rand_bytes_128" => self.bytes::<128>(),
            _ => return None,
        };
        Some(text.into())
    }

    /// The text of the request's body.
    pub(super) fn body(&mut self) -> Value {
        match self.request() {
            Value::Map(request) => request.get("body").cloned().unwrap_or(Value::Null),
            _ => Value::Null,
        }
    }

    /// What a path picks from the body, which is read once; nothing if it is no JSON.
    pub(super) fn pick(&mut self, path: &Path, budget: &mut Budget) -> Result<Value, RenderError> {
        if matches!(self.json, Json::Unread) {
            let body = self.body();
            let text = body.as_text().map_or("", |text| text);
            self.json = Document::parse(text, budget)?.map_or(Json::No, Json::Document);
        }
        match &self.json {
            Json::Document(document) => path.pick(document, budget),
            Json::Unread | Json::No => Ok(Value::Null),
        }
    }

    /// A random number from 0 up to, not including, 1.
    pub(super) fn fraction(&mut self) -> f64 {
        self.random.f64()
    }

    fn request(&mut self) -> Value {
        let context = self.context;
        let request = self.request.get_or_insert_with(|| model::request(context));
        request.clone()
    }

    fn uuid(&mut self) -> String {
        let mut bytes = [0; 16];
        self.random.fill(&mut bytes);
        let uuid = uuid::Builder::from_random_bytes(bytes).into_uuid();
        uuid.to_string()
    }

    fn bytes<const LENGTH: usize>(&mut self) -> String {
        let mut bytes = [0; LENGTH];
        self.random.fill(&mut bytes);
        STANDARD.encode(bytes)
    }
}

/// With as many groups of three digits after the second as it takes, as Java's `ISO_INSTANT`.
fn iso_8601(now: Timestamp) -> String {
    match now.subsec_nanosecond() {
        0 => format!("{now:.0}"),
        nanos if nanos % 1_000_000 == 0 => format!("{now:.3}"),
        nanos if nanos % 1_000 == 0 => format!("{now:.6}"),
        _ => format!("{now:.9}"),
    }
}

/// With a day of one or two digits, as Java's `RFC_1123_DATE_TIME`.
fn rfc_1123(now: Timestamp) -> String {
    now.strftime("%a, %-d %b %Y %H:%M:%S GMT").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::Request;

    fn globals(test: impl FnOnce(Globals<'_>)) {
        let request = Request::get("/");
        test(Globals::new(&Context {
            request: &request,
            path_parameters: &[],
            now: "2008-06-03T11:05:30.12Z".parse().unwrap(),
            random: 7,
        }));
    }

    #[test]
    fn times_look_as_in_java() {
        globals(|mut globals| {
            let mut text = |name| globals.get(name).unwrap().to_string();
            assert_eq!(text("now"), "2008-06-03T11:05:30.120Z");
            assert_eq!(text("now_epoch"), "1212491130");
            assert_eq!(text("now_rfc_1123"), "Tue, 3 Jun 2008 11:05:30 GMT");
        });
        assert_eq!(
            iso_8601("2008-06-03T11:05:30Z".parse().unwrap()),
            "2008-06-03T11:05:30Z"
        );
    }

    #[test]
    fn the_same_seed_gives_the_same() {
        let mut seen = Vec::new();
        for _ in 0..2 {
            globals(|mut globals| {
                let names = ["uuid", "uuid", "rand_int", "rand_bytes_16"];
                seen.push(names.map(|name| globals.get(name).unwrap().to_string()));
            });
        }
        assert_eq!(seen[0], seen[1]);
        assert_ne!(seen[0][0], seen[0][1]);
        assert_eq!(seen[0][0].len(), 36);
        assert_eq!(seen[0][2].len(), 1);
        assert_eq!(seen[0][3].len(), 24);
    }
}
