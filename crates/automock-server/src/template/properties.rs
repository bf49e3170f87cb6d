//! No text makes a template panic.

use proptest::prelude::*;

use crate::definition::TemplateKind;
use crate::request::Request;

use super::{Context, Template};

/// What templates are made of, so that more than noise comes together.
const PIECES: &[&str] = &[
    "{{",
    "}}",
    "{{{",
    "}}}",
    "{{#a}}",
    "{{/a}}",
    "{{^request.body}}",
    "{{/request.body}}",
    "{{=<% %>=}}",
    "{{#jsonPath}}",
    "{{/jsonPath}}",
    "{{#xPath}}",
    "{{/xPath}}",
    "{{jsonPathResult}}",
    "{{!",
    "{{this}}",
    "{{-index}}",
    "{{request.headers.host.0}}",
    "$.a[0]",
    "$..b",
    "//a[1]/@b",
    "text()",
    "$",
    "${",
    "$!{",
    "$request",
    ".headers",
    ".body",
    "['",
    "']",
    "[0]",
    ".get(",
    ".substring(",
    ".split(",
    ".replaceAll(",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "#",
    "##",
    "#*",
    "*#",
    "#[[",
    "]]#",
    "#if(",
    "#elseif(",
    "#else",
    "#end",
    "#foreach(",
    "$x",
    " in ",
    "#set(",
    "=",
    "==",
    "'",
    "\"",
    "''",
    "1",
    "2.5",
    "..",
    "1..3",
    "+",
    "-",
    "*",
    "/",
    "%",
    "!",
    "&&",
    "or",
    "not ",
    ",",
    ":",
    "true",
    "null",
    "\\",
    "|",
    "$math.add(",
    "$json.parse(",
    "$xml.parse(",
    "$esc.url(",
    "$foreach.parent.count",
    "#break",
    "#stop",
    "ä",
    "😀",
    "\n",
    "\r\n",
    " ",
    "\t",
    "a",
    "$list.add(",
    "$uuid",
];

fn pieces() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        8 => prop::sample::select(PIECES).prop_map(str::to_owned),
        1 => any::<String>(),
    ];
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

fn survive(text: &str, body: &str) {
    let mut request = Request::get("/a");
    request.body = body.to_owned().into();
    for kind in [TemplateKind::Mustache, TemplateKind::Velocity] {
        if let Ok(template) = Template::compile(kind, text) {
            let _ = template.render(&Context {
                request: &request,
                path_parameters: &[],
                now: jiff::Timestamp::UNIX_EPOCH,
                random: 1,
            });
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn no_text_panics(text in pieces(), body in pieces()) {
        survive(&text, &body);
    }

    #[test]
    fn no_expression_panics(text in pieces()) {
        survive(&format!("#set($x = {text})$x"), "<a><b c='1'>x</b></a>");
        survive(&format!("$request.body.split({text})"), r#"{"a":[1,{"b":2}]}"#);
        survive(&format!("{{{{#jsonPath}}}}{text}{{{{/jsonPath}}}}"), r#"{"a":[1,{"b":2}]}"#);
        survive(&format!("{{{{#xPath}}}}{text}{{{{/xPath}}}}"), "<a><b c='1'>x</b></a>");
    }
}

#[test]
fn deep_texts_do_not_exhaust_the_stack() {
    let pieces = [
        "(",
        "[",
        "{'a':",
        "!",
        "-",
        "not ",
        "#if(",
        "#if(1)",
        "#foreach($a in [1])",
        "{{#a}}",
        "$a[",
        "$a.get(",
        "\"",
        "$x[\"",
        "${a|",
        "#set($a = ",
        "{{#jsonPath}}",
        "$a.b",
        "1+",
        "$a.get(1)",
        "[$a,",
    ];
    for piece in pieces {
        let deep = piece.repeat(20_000);
        survive(&deep, &deep);
        survive(&format!("#set($x = {deep}"), &deep);
        survive(
            &format!("$json.parse($request.body)$xml.parse($request.body) {deep}"),
            &deep,
        );
    }
    let row = format!("#set($x = 1{})$x", "+1".repeat(100_000));
    survive(&row, "");
    let nested = "#if(1)".repeat(99) + "x" + &"#end".repeat(99);
    survive(&nested, "");
    let parentheses = format!("#set($x = {}1{})$x", "(".repeat(98), ")".repeat(98));
    survive(&parentheses, "");
}
