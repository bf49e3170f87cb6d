//! Templates as people write them, in both languages.

use http::HeaderMap;
use http::header::{COOKIE, HOST, HeaderName};

use crate::definition::TemplateKind;
use crate::request::{Protocol, Request, parse_parameters};

use super::{Context, RenderError, Template};

const STORE: &str = r#"{"store":{"book":[{"title":"Sayings of the Century","price":18.95},
    {"title":"Moby Dick","isbn":"0-553-21311-3","price":8.99}],
    "bicycle":{"color":"red","price":19.95}},"expensive":10}"#;
const XML: &str = "<store><book id='1'><title>A</title></book><book id='2'><title>B</title></book>\
    <bike>red</bike></store>";

fn request(body: &str) -> Request {
    let mut headers = HeaderMap::new();
    headers.append(HOST, "mock-server.com".parse().unwrap());
    headers.append(HeaderName::from_static("x-tag"), "one".parse().unwrap());
    headers.append(HeaderName::from_static("x-tag"), "two".parse().unwrap());
    headers.append(COOKIE, "session=some_session_id".parse().unwrap());
    Request {
        method: http::Method::POST,
        path: "/somePath".to_owned(),
        query: parse_parameters("nameOne=queryValueOne&nameTwo=a&nameTwo=b&n=7"),
        headers,
        body: body.to_owned().into(),
        secure: false,
        keep_alive: true,
        protocol: Protocol::Http1,
        remote: "127.0.0.1:4000".parse().ok(),
    }
}

fn render(kind: TemplateKind, template: &str, body: &str) -> Result<String, RenderError> {
    let parameters = [("id", "7"), ("pair", "x"), ("pair", "y")];
    let parameters = parameters.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let template = Template::compile(kind, template).unwrap();
    template.render(&Context {
        request: &request(body),
        path_parameters: &parameters,
        now: "2008-06-03T11:05:30Z".parse().unwrap(),
        random: 1,
    })
}

#[track_caller]
fn check(kind: TemplateKind, template: &str, body: &str, expected: &str) {
    assert_eq!(
        render(kind, template, body).as_deref(),
        Ok(expected),
        "{template}"
    );
}

#[track_caller]
fn mustache(template: &str, expected: &str) {
    check(TemplateKind::Mustache, template, "some_body", expected);
}

#[track_caller]
fn velocity(template: &str, expected: &str) {
    check(TemplateKind::Velocity, template, "some_body", expected);
}

#[track_caller]
fn refused(kind: TemplateKind, template: &str, expected: &str) {
    let error = Template::compile(kind, template).unwrap_err();
    assert_eq!(error.to_string(), expected, "{template}");
}

#[test]
fn mustache_shows_the_request() {
    mustache(
        "{'statusCode': 200, 'body': '{{ request.method }} {{ request.path }} \
         {{ request.headers.host.0 }}'}",
        "{'statusCode': 200, 'body': 'POST /somePath mock-server.com'}",
    );
    mustache("{{request.headers.X-Tag.1}}", "two");
    mustache("{{request.queryStringParameters.nameTwo.1}}", "b");
    mustache("{{request.pathParameters.pair.1}}", "y");
    mustache("{{request.cookies.session}}", "some_session_id");
    mustache(
        "{{request.body}} {{request.secure}} {{request.keepAlive}}",
        "some_body false true",
    );
    mustache("{{request.remoteAddress}}", "127.0.0.1:4000");
    mustache("[{{request.nothing.more}}{{nothing}}]", "[]");
}

#[test]
fn mustache_goes_through_maps() {
    mustache(
        "{{#request.pathParameters.entrySet}}{{^-first}}, {{/-first}}{{ key }}={{ value.0 }}\
         {{/request.pathParameters.entrySet}}",
        "id=7, pair=x",
    );
    mustache(
        "{{#request.pathParameters.values}}{{ this.0 }}{{/request.pathParameters.values}}",
        "7x",
    );
    mustache(
        "{{#request.pathParameters.keySet}}{{-index}}:{{this}}{{^-last}},{{/-last}}\
         {{/request.pathParameters.keySet}}",
        "1:id,2:pair",
    );
}

#[test]
fn mustache_has_conditions() {
    mustache(
        "{{#request.body}}inside_if_{{ this }}{{/request.body}}",
        "inside_if_some_body",
    );
    mustache(
        "{{#request.secure}}tls{{/request.secure}}{{^request.secure}}plain{{/request.secure}}",
        "plain",
    );
    mustache(
        "{{#request}}{{method}} {{#headers}}{{host.0}}{{/headers}}{{/request}}",
        "POST mock-server.com",
    );
    let empty = "{{#request.body}}a{{/request.body}}{{^request.body}}b{{/request.body}}";
    check(TemplateKind::Mustache, empty, "", "b");
}

#[test]
fn mustache_escapes() {
    let template = "{{request.body}}|{{{request.body}}}|{{& request.body}}";
    let expected = "&lt;a b&#x3D;&#39;&amp;&#39;&gt;&quot;&#x60;|<a b='&'>\"`|<a b='&'>\"`";
    check(TemplateKind::Mustache, template, "<a b='&'>\"`", expected);
}

#[test]
fn mustache_tells_time() {
    mustache(
        "{{ now }} {{ now_epoch }} {{ now_iso_8601 }} {{ now_rfc_1123 }}",
        "2008-06-03T11:05:30Z 1212491130 2008-06-03T11:05:30Z Tue, 3 Jun 2008 11:05:30 GMT",
    );
}

#[test]
fn both_languages_have_random_values() {
    let lengths = [
        ("uuid", 36..=36),
        ("rand_int", 1..=1),
        ("rand_int_10", 1..=1),
        ("rand_int_100", 1..=2),
        ("rand_bytes", 24..=24),
        ("rand_bytes_16", 24..=24),
        ("rand_bytes_32", 44..=44),
        ("rand_bytes_64", 88..=88),
        ("rand_bytes_128", 172..=172),
    ];
    for (name, lengths) in lengths {
        let text = render(TemplateKind::Mustache, &format!("{{{{{{{name}}}}}}}"), "").unwrap();
        assert!(lengths.contains(&text.len()), "{name}: {text}");
        assert_eq!(
            render(TemplateKind::Velocity, &format!("${name}"), ""),
            Ok(text)
        );
    }
}

#[test]
fn mustache_picks_from_json() {
    let template = "{{#jsonPath}}$.store.book{{/jsonPath}}\
        [{{#jsonPathResult}}{{^-first}}, {{/-first}}'{{title}}'{{/jsonPathResult}}] \
        {{#jsonPath}}$.store.bicycle.color{{/jsonPath}}{{jsonPathResult}}";
    check(
        TemplateKind::Mustache,
        template,
        STORE,
        "['Sayings of the Century', 'Moby Dick'] red",
    );
    check(TemplateKind::Mustache, template, XML, "[] ");
    let rendered = "{{#jsonPath}}$.store.book[{{#jsonPath}}$.i{{/jsonPath}}0].title{{/jsonPath}}\
        {{jsonPathResult}}";
    check(
        TemplateKind::Mustache,
        rendered,
        STORE,
        "Sayings of the Century",
    );
    let object = "{{#jsonPath}}$.store.bicycle{{/jsonPath}}{{{jsonPathResult}}}";
    check(
        TemplateKind::Mustache,
        object,
        STORE,
        r#"{"color":"red","price":19.95}"#,
    );
}

#[test]
fn mustache_picks_from_xml() {
    let template = "{{#xPath}}/store/book/title{{/xPath}} {{#xPath}}//book[2]/title{{/xPath}} \
        {{#xPath}}//bike{{/xPath}}";
    check(TemplateKind::Mustache, template, XML, "A B red");
    check(TemplateKind::Mustache, template, STORE, "  ");
    check(TemplateKind::Mustache, template, "some_string_body", "  ");
}

#[test]
fn mustache_changes_delimiters_and_removes_lines() {
    mustache("{{=<% %>=}}<% request.path %>{{x}}", "/somePath{{x}}");
    mustache(
        "[\n  {{#request.body}}\n  1\n  {{/request.body}}\n]\n",
        "[\n  1\n]\n",
    );
    mustache("a\n{{! comment }}\nb", "a\nb");
}

#[test]
fn mustache_errors_are_placed() {
    let kind = TemplateKind::Mustache;
    refused(
        kind,
        "a\n {{#b}}",
        "line 2, column 2: the section `b` is not closed",
    );
    refused(
        kind,
        "{{> header}}",
        "line 1, column 1: partials are not supported",
    );
    refused(kind, "ä {{x", "line 1, column 3: the tag is not closed");
}

#[test]
fn velocity_shows_the_request() {
    velocity(
        "{'body': '$request.method $request.path $request.headers.host[0]'}",
        "{'body': 'POST /somePath mock-server.com'}",
    );
    velocity("$request.headers.get('X-Tag')", "[one, two]");
    velocity(
        "$request.headers['X-Tag'][1] $!request.headers['Missing'][0].",
        "two .",
    );
    velocity("$request.headers.X-Tag.get(0)", "one");
    velocity("$request.queryStringParameters['nameTwo'].get(0)", "a");
    velocity(
        "$request.pathParameters['id'][0]$request.pathParameters.pair[1]",
        "7y",
    );
    velocity(
        "$request.cookies.session $request.cookies['session']",
        "some_session_id some_session_id",
    );
    velocity(
        "${request.body}x $request.secure $request.keepAlive",
        "some_bodyx false true",
    );
    velocity(
        "$request.getMethod() $request.getHeaders().get('host').get(0)",
        "POST mock-server.com",
    );
    velocity(
        "$now_epoch $now_rfc_1123",
        "1212491130 Tue, 3 Jun 2008 11:05:30 GMT",
    );
}

#[test]
fn velocity_shows_what_is_missing_as_it_is_written() {
    velocity(
        "'$!request.method.invalid' '$request.invalid'",
        "'' '$request.invalid'",
    );
    velocity(
        "$nothing ${nothing} $!nothing $!{nothing} ${nothing|'x'}",
        "$nothing ${nothing}   x",
    );
    velocity("$nothing.get('a')[0].", "$nothing.get('a')[0].");
    velocity(
        "$ 5$ $$request.path $1 #1 #unknown #foo(1)",
        "$ 5$ $/somePath $1 #1 #unknown #foo(1)",
    );
    velocity("${json-unit.any-string}", "${json-unit.any-string}");
    velocity(
        "\\$request.path \\\\$request.path \\$nothing \\#if \\\\n",
        "$request.path \\/somePath \\$nothing #if \\\\n",
    );
    velocity("$request.path.", "/somePath.");
    velocity("a@b.c costs $5", "a@b.c costs $5");
}

#[test]
fn velocity_has_conditions() {
    velocity(
        "#if ( $request.method == 'POST' && $request.path == '/somePath' )\n  yes\n#else\n  no\n#end",
        "  yes\n",
    );
    velocity(
        "#if($request.queryStringParameters['n'][0] == 7)a#{else}b#end",
        "a",
    );
    velocity(
        "#if($request.queryStringParameters['n'] == ['7'])a#else b#end",
        "a",
    );
    velocity("#if($nothing)a#elseif($request.body)b#else c#end", "b");
    velocity("#if(!$nothing && (1 < 2 or false))a#end", "a");
    velocity(
        "#if(not $nothing and 2 ge 2 and 1 ne 2 and 1 lt 2 and 3 gt 2 and 1 le 1 and 1 eq 1)a#end",
        "a",
    );
    velocity("#if($request.body.contains('body'))a#end", "a");
    velocity(
        "#if($request.headers.containsKey('x-tag'))a#end#if('')b#end#if([])c#end",
        "a",
    );
    velocity("#ifnull($nothing)a#end#ifnull($request)b#end", "a");
}

#[test]
fn velocity_has_loops() {
    velocity(
        "#foreach($t in $request.headers['x-tag'])$foreach.count:$t#if($foreach.hasNext), #end#end",
        "1:one, 2:two",
    );
    velocity(
        "#foreach($i in [1..3])$i$foreach.index$foreach.first$foreach.last #end",
        "10truefalse 21falsefalse 32falsetrue ",
    );
    velocity(
        "#foreach($i in [3..1])$i#if($i == 2)#break#end#end$i",
        "32$i",
    );
    velocity("#foreach($i in [])x#else none#end", " none");
    velocity(
        "#foreach($i in [1,2])#foreach($j in ['a','b'])$foreach.parent.count$j#end#end",
        "1a1b2a2b",
    );
    velocity(
        "#foreach($v in {'a': 1, 'b': 2})$v#end#foreach($k in $request.pathParameters.keySet())$k#end",
        "12idpair",
    );
    velocity(
        "#foreach($e in $request.pathParameters.entrySet())$e.key=$e.value[0];#end",
        "id=7;pair=x;",
    );
    velocity("a#stop b", "a");
}

#[test]
fn velocity_computes() {
    velocity("#set($a = 1 + 2 * 3)$a #set($a = ($a + 1) / 3)$a", "7 2");
    velocity("#set($a = 7 % 4 - -1)$a#set($b = 2.5 * 2)$b", "45.0");
    velocity("#set($a = 'x' + 1 + $nothing)$a", "x1$nothing");
    velocity(
        "#set($a = \"$request.method-${request.path}!\")$a",
        "POST-/somePath!",
    );
    velocity(
        "#set($a = \"#if(true)yes#end\")$a #set($b = '$x')$b #set($c = 'it''s')$c",
        "yes $x it's",
    );
    velocity(
        "#set($a = {'k': [1, 2], 'l': \"v\"})$a.k[1] $a['l'] $a.get('k').size() $a",
        "2 v 2 {k=[1, 2], l=v}",
    );
    velocity("#set($a = 1/0)$a", "$a");
    velocity(
        "#set($Integer = 0)#set($n = $Integer.parseInt('41') + 1)$n",
        "42",
    );
}

#[test]
fn velocity_changes_lists_and_maps() {
    velocity(
        "#set($l = [])#foreach($i in [1..3])#set($x = $l.add($i))#end$l",
        "[1, 2, 3]",
    );
    velocity(
        "#set($m = {'a': []})$!m.put('b', 2)#set($m.c = 3)#set($m['d'] = 4)#set($x = $m.a.add(5))$m",
        "{a=[5], b=2, c=3, d=4}",
    );
    velocity(
        "#set($l = [1, 2, 3])$l.remove(0) $l.set(0, 9) #set($l[1] = 8)$l",
        "1 2 [9, 8]",
    );
}

#[test]
fn velocity_has_methods() {
    velocity(
        "$request.path.substring(1).toUpperCase().replace('P', 'p') $request.path.length()",
        "SOMEpATH 9",
    );
    velocity(
        "$request.path.split('/')[1] $request.path.replaceAll('[aeiou]', '') $request.path.indexOf('P')",
        "somePath /smPth 5",
    );
    velocity("#set($parts = $request.path.split('/'))$parts.size()", "2");
}

#[test]
fn velocity_has_tools() {
    let titles = "#set($jsonBody = $json.parse($!request.body))\n\
        [#foreach( $book in $jsonBody.store.book )'$book.title'#if( $foreach.hasNext ), #end#end] \
        $jsonBody.store.bicycle.color $jsonBody.store.book[0].price $jsonBody.store.bicycle";
    let expected =
        "['Sayings of the Century', 'Moby Dick'] red 18.95 {\"color\":\"red\",\"price\":19.95}";
    check(TemplateKind::Velocity, titles, STORE, expected);
    let xml = "#set($xmlBody = $xml.parse($!request.body))$xml.find('/store/bike/text()') \
        #foreach($b in $xmlBody.find('//book'))$b.attr('id')$b.find('title').text#end";
    check(TemplateKind::Velocity, xml, XML, "red 1A2B");
    check(
        TemplateKind::Velocity,
        "$jsonPath.find(\"$.expensive\")",
        STORE,
        "10",
    );
    check(
        TemplateKind::Velocity,
        "$xPath.find('//book[2]/title')",
        XML,
        "B",
    );
    velocity(
        "$math.sub('5', '3') $math.add(1, 2.5) $math.div(5, 2) $math.div(4, 2)",
        "2 3.5 2.5 2",
    );
    velocity(
        "$math.max(1, 3) $math.round(2.5) $math.roundTo(2, 3.14159) $math.mod(7, 4)",
        "3 3 3.14 3",
    );
    velocity(
        "$math.abs(-2) $math.idiv(7, 2) $math.pow(2, 3) $math.average([1, 2]) $math.div(1, 0)",
        "2 3 8 1.5 $math.div(1, 0)",
    );
    velocity("#if($math.random(5, 7) >= 5 && $math.random < 1)a#end", "a");
    velocity("$esc.json('a\"b') ${esc.d}x", "a\\\"b $x");
}

#[test]
fn velocity_has_comments_and_literals() {
    velocity(
        "a ## b\nc#* d\n *#e#[[ $request.path #if ]]#f",
        "a ce $request.path #if f",
    );
    velocity(
        "## only\n#set($a = 1)\n  #if($a)\n  x\n  #end\ny\n",
        "  x\ny\n",
    );
    velocity("#set($a = 1) ## why\n$a", "1");
    velocity("#set($a = 1)\n#set($b = 2)\n  #set($c = 3)\n$a$b$c", "123");
}

#[test]
fn velocity_errors_are_placed() {
    let kind = TemplateKind::Velocity;
    refused(
        kind,
        "#if {\n",
        "line 1, column 5: `(` is expected, not `{`",
    );
    refused(
        kind,
        "a\n#if(true)",
        "line 2, column 1: the block has no `#end`",
    );
    refused(
        kind,
        "#end",
        "line 1, column 1: there is no block for this `#end`",
    );
    refused(
        kind,
        "#set($a = )",
        "line 1, column 11: a value is expected, not `)`",
    );
    refused(
        kind,
        "#set($a = 'x",
        "line 1, column 11: the string is not closed",
    );
    refused(
        kind,
        "#macro(x)#end",
        "line 1, column 1: the directive `#macro` is not supported",
    );
    refused(
        kind,
        "$request.class.forName('x')",
        "line 1, column 16: the method `forName` is not supported",
    );
    refused(
        kind,
        "$x.foo()",
        "line 1, column 1: the method `foo` is not supported",
    );
    refused(
        kind,
        "\n $date",
        "line 2, column 2: the tool `$date` is not supported",
    );
    refused(
        kind,
        "$math.sin(1)",
        "line 1, column 1: `$math.sin` is not supported",
    );
    refused(kind, "#* x", "line 1, column 1: `#*` is not closed by `*#`");
}

#[test]
fn errors_of_a_render_are_placed() {
    let kind = TemplateKind::Velocity;
    let error = render(kind, "a\n $request.path.matches('(')", "").unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("line 2, column 2: no regular expression: "),
        "{error}"
    );
    let error = render(kind, "$xPath.find('count(//a)')", "").unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("line 1, column 1: `(` is unexpected: of XPath"),
        "{error}"
    );
    let error = render(kind, "#set($request.path = 1)", "").unwrap_err();
    assert_eq!(
        error.to_string(),
        "line 1, column 6: `$request.path` is no place for a value"
    );
}

#[test]
fn a_template_is_shared() {
    let template = Template::compile(TemplateKind::Mustache, "{{now}}").unwrap();
    let copy = template.clone();
    assert_eq!(
        (copy.kind(), copy.source()),
        (TemplateKind::Mustache, "{{now}}")
    );
}

#[test]
fn no_template_runs_without_end() {
    let nest = |inner: &str| {
        let head: String = ["a", "b", "c"]
            .map(|name| format!("#foreach(${name} in [1..1000])"))
            .concat();
        format!("{head}{inner}#end#end#end")
    };
    let cases = [
        nest(""),
        format!(
            "#set($s = 'xxxxxxxxxxxxxxxx'){}",
            nest("#set($s = \"$s$s\")")
        ),
        format!("#set($l = [1]){}", nest("#set($l = [$l])")),
        format!("#set($l = [1]){}$l", nest("#set($l = [$l, $l])")),
        format!("#set($l = [1]){}", nest("#set($x = $l.add($l))")),
        format!("#set($m = {{}}){}", nest("#set($m.a = {'b': $m})")),
        nest("#set($t = 'aaaaaaaa')#set($x = $t.replaceAll('[x]', 'y'))"),
        nest("#set($t = 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa')$t.matches('(a|a)*(?=b)c')"),
        "#set($x = [1..1000000000])".to_owned(),
        nest("#set($x = [1..10000])"),
    ];
    for template in cases {
        let rendered = render(TemplateKind::Velocity, &template, "");
        assert!(rendered.is_err(), "{template}");
    }
}
