//! The dashboard in a real browser.
#![allow(clippy::unwrap_used, reason = "a test fails with it")]

mod chromium;
#[path = "../common/mod.rs"]
mod common;
mod devtools;
mod tab;

use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use common::{Running, agent, serve};
use percent_encoding::NON_ALPHANUMERIC;
use tab::{DESKTOP, PHONE, Screen, Tab};

/// A folder for pictures of the page, for people who change it.
const PICTURES: &str = "AUTOMOCK_DASHBOARD_PICTURES";

const EXPECTATIONS: &str = r#"[
    {"id":"list-pets","httpRequest":{"method":"GET","path":"/pets"},
     "httpResponse":{"headers":{"content-type":["application/json"]},"body":"[{\"name\":\"Tom\"}]"}},
    {"id":"add-pet","priority":10,
     "httpRequest":{"method":"POST","path":"/pets","headers":{"x-tenant":["acme"]},"body":{"name":"Tom"}},
     "httpResponse":{"statusCode":201}},
    {"id":"one-time","httpRequest":{"path":"/login"},"httpResponse":{"statusCode":204},"times":{"remainingTimes":1}},
    {"id":"break","httpRequest":{"path":"/broken"},"httpError":{"dropConnection":true}}
]"#;

/// Would say so if it ever ran.
const INJECTION: &str =
    "<img src=x onerror=\"window.injected=1\"><script>window.injected=1</script>";

fn loaded() -> Running {
    let server = serve(|_| {});
    let node = automock_server::node::Node::parse(EXPECTATIONS).unwrap();
    let expectations = automock_server::definition::read_expectations(node).unwrap();
    server
        .engine
        .load("9aafe351bdd49b3a", expectations)
        .unwrap();
    server
}

fn send_traffic(server: &Running) {
    let agent = agent();
    assert_eq!(server.get("/pets?kind=cat&limit=20").0, 200);
    assert_eq!(server.get("/login").0, 204);
    assert_eq!(server.get("/login").0, 404, "its times are over");
    assert!(agent.get(server.url("/broken")).call().is_err());
    let miss = agent.post(server.url("/pets"));
    let miss = miss.header("x-tenant", "globex").send(r#"{"name":"Tom"}"#);
    assert_eq!(miss.unwrap().status(), 404);
    assert_eq!(server.get("/dogs/7").0, 404);
}

fn open(server: &Running, screen: Screen) -> Tab {
    let mut tab = Tab::open(&server.url("/mockserver/dashboard"), screen);
    tab.wait_for("document.getElementById('state').textContent === 'live'");
    tab
}

fn count_of(tab: &mut Tab, outcome: &str) -> u64 {
    let lines = format!("#list > li{outcome}:not([hidden])");
    tab.value(&format!("document.querySelectorAll({lines:?}).length"))
        .as_u64()
        .unwrap()
}

#[track_caller]
fn assert_nothing_is_wrong(tab: &mut Tab, server: &Running) {
    assert_eq!(tab.complaints(), Vec::<String>::new());
    let origin = server.url("/");
    for url in tab.requests() {
        let is_own = url.starts_with(&origin) || url.starts_with("data:") || url == "about:blank";
        assert!(is_own, "{url} is asked for");
    }
}

#[test]
fn a_miss_is_found_with_the_filter_and_explained() {
    let server = loaded();
    send_traffic(&server);
    let mut tab = open(&server, DESKTOP);
    assert_eq!(count_of(&mut tab, ""), 6);
    assert_eq!(tab.text("#matched"), "3");
    assert_eq!(tab.text("#missed"), "3");
    assert_eq!(tab.text("#revision"), "9aafe351bdd49b3a");

    tab.click("[data-show='missed']");
    assert_eq!(count_of(&mut tab, ""), 3);
    assert_eq!(count_of(&mut tab, ".missed"), 3);
    tab.click("#filter");
    tab.write("POST");
    assert_eq!(count_of(&mut tab, ""), 1);
    assert_eq!(tab.text("#shown"), "1 of the latest 6 requests");
    let line = tab.text("#list > li:not([hidden])");
    assert!(
        line.contains("closest is add-pet; headers: expected"),
        "{line}"
    );

    tab.click("#list > li:not([hidden]) button");
    tab.wait_for("document.querySelector('#details .why')");
    assert_eq!(tab.text("#details-title"), "POST /pets");
    let why = tab.text("#details .why");
    assert!(
        why.contains("Closest of the present expectations is add-pet"),
        "{why}"
    );
    assert_eq!(tab.text("#details .difference .property"), "headers");
    assert!(why.contains("acme") && why.contains("globex"), "{why}");
    let body = tab.text("#details-body");
    assert!(
        body.contains(r#"{"name":"Tom"}"#) && body.contains("x-tenant"),
        "{body}"
    );

    tab.press("Escape", 27, None);
    tab.wait_for("!document.getElementById('details').open");
    tab.click("[data-show='matched']");
    assert_eq!(count_of(&mut tab, ""), 0, "the text is still POST");
    tab.click("[data-show='all']");
    tab.value("(() => { const filter = document.getElementById('filter'); filter.value = ''; filter.dispatchEvent(new Event('input')); })()");
    assert_eq!(count_of(&mut tab, ""), 6);
    assert_nothing_is_wrong(&mut tab, &server);
}

#[test]
fn expectations_are_counted_and_refused_reloads_are_told() {
    let server = loaded();
    send_traffic(&server);
    server
        .engine
        .refuse_reload("[2].httpRequest.pth: unknown field (did you mean \"path\"?)");
    let mut tab = open(&server, DESKTOP);
    let rows = tab.value(
        "[...document.querySelectorAll('#counted tr')].map((row) => [...row.children].map((cell) => cell.innerText))",
    );
    let rows = rows.as_array().unwrap();
    assert_eq!(rows.len(), 4);
    assert!(
        rows[0][0].as_str().unwrap().starts_with("POST /pets"),
        "priority goes first: {rows:?}"
    );
    assert_eq!((&rows[0][1], &rows[0][2]), (&"0".into(), &"∞".into()));
    assert_eq!(
        (&rows[1][1], &rows[2][1], &rows[2][2]),
        (&"1".into(), &"1".into(), &"0".into())
    );
    let reloads = tab.text("#reloads");
    assert!(reloads.contains("did you mean \"path\"?"), "{reloads}");
    assert!(
        reloads.contains("9aafe351bdd49b3a") && reloads.contains("4 expectations"),
        "{reloads}"
    );
    for _ in 0..3 {
        server.get("/pets");
    }
    tab.wait_for("document.querySelectorAll('#counted tr')[1].children[1].textContent === '4'");
    assert_nothing_is_wrong(&mut tab, &server);
}

#[test]
fn what_comes_from_traffic_stays_text() {
    let server = serve(|_| {});
    server.create(&format!(
        r#"{{"id":{id},"httpRequest":{{"path":"/closest"}},"httpResponse":{{"body":{id}}}}}"#,
        id = serde_json::Value::from(INJECTION)
    ));
    let encoded = percent_encoding::percent_encode(INJECTION.as_bytes(), NON_ALPHANUMERIC);
    let request = agent().post(server.url(&format!("/{encoded}?{encoded}={encoded}")));
    let request = request.header("x-attack", INJECTION);
    assert_eq!(request.send(INJECTION).unwrap().status(), 404);
    assert_eq!(server.get("/closest").0, 200);
    server.engine.refuse_reload(INJECTION);

    let mut tab = open(&server, DESKTOP);
    assert!(tab.text("#list").contains(INJECTION));
    assert!(tab.text("#counted").contains(INJECTION));
    assert!(tab.text("#reloads").contains(INJECTION));
    for line in [".missed", ".answered"] {
        tab.click(&format!("#list {line} button"));
        tab.wait_for("document.querySelector('#details .facts')");
        let details = tab.text("#details");
        let count = details.matches(INJECTION).count();
        let expected = if line == ".missed" { 6 } else { 2 };
        assert!(count >= expected, "{count} of {expected}: {details}");
        tab.press("Escape", 27, None);
        tab.wait_for("!document.getElementById('details').open");
    }
    let elements = tab.value("document.querySelectorAll('body img, body script').length");
    assert_eq!(elements, 1, "only the page's own script");
    assert_eq!(tab.value("typeof window.injected"), "undefined");
    assert_nothing_is_wrong(&mut tab, &server);
}

#[test]
fn a_script_that_got_into_the_page_would_not_run() {
    let server = loaded();
    let mut tab = open(&server, DESKTOP);
    tab.value(
        "(() => { const script = document.createElement('script'); script.textContent = 'window.injected = 1';
           document.body.append(script); })()",
    );
    assert_eq!(tab.value("typeof window.injected"), "undefined");
    let complaints = tab.complaints();
    assert!(
        complaints
            .iter()
            .any(|text| text.contains("Content Security Policy")),
        "{complaints:?}"
    );
}

#[test]
fn a_pause_stops_the_list_and_a_flood_is_sampled() {
    let server = loaded();
    send_traffic(&server);
    let mut tab = open(&server, DESKTOP);
    tab.click("#pause");
    assert_eq!(tab.text("#state"), "paused");
    for _ in 0..350 {
        server.get("/pets");
    }
    std::thread::sleep(std::time::Duration::from_millis(1500));
    assert_eq!(count_of(&mut tab, ""), 6);
    tab.click("#pause");
    tab.wait_for("document.querySelectorAll('#list > li').length > 6");
    assert_eq!(
        tab.text("#list .gap"),
        "250 more between these are not shown"
    );
    assert_eq!(count_of(&mut tab, ""), 6 + 100 + 1);
    assert_eq!(tab.text("#matched"), "353");
    assert_nothing_is_wrong(&mut tab, &server);
}

#[test]
fn a_phone_shows_all_without_scrolling_sideways() {
    let server = loaded();
    send_traffic(&server);
    let long = "segment-without-a-break".repeat(30);
    server.get(&format!("/{long}?{long}={long}"));
    let mut tab = open(&server, PHONE);
    for view in ["expectations", "revisions", "requests"] {
        tab.click(&format!("nav [data-view='{view}']"));
        assert_eq!(
            tab.value(&format!(
                "getComputedStyle(document.getElementById('{view}')).display"
            )),
            "block"
        );
        assert_fits(&mut tab, view);
    }
    tab.click("#list > li.missed button");
    tab.wait_for("document.querySelector('#details .why')");
    assert_fits(&mut tab, "details");
    let dialog = tab.value("(() => { const details = document.getElementById('details'); return details.scrollWidth - details.clientWidth; })()");
    assert_eq!(dialog, 0, "the details are as wide as the screen");
    assert_nothing_is_wrong(&mut tab, &server);
}

#[test]
fn it_is_used_with_the_keyboard_alone() {
    let server = loaded();
    send_traffic(&server);
    let mut tab = open(&server, DESKTOP);
    tab.value("document.querySelector('#list button').focus()");
    tab.press("Enter", 13, Some("\r"));
    tab.wait_for("document.getElementById('details').open");
    assert_eq!(
        tab.value("document.getElementById('details').contains(document.activeElement)"),
        true
    );
    tab.press("Escape", 27, None);
    tab.wait_for("!document.getElementById('details').open");
    assert_eq!(
        tab.value("document.activeElement === document.querySelector('#list button')"),
        true
    );
    let named = "[...document.querySelectorAll('button, input')].every((found) => found.innerText || found.ariaLabel)";
    assert_eq!(tab.value(named), true, "everything has a name");
}

#[test]
fn it_has_the_colours_of_the_system_and_they_can_be_read() {
    let server = loaded();
    send_traffic(&server);
    let reason = "[2].httpRequest.pth: unknown field (did you mean \"path\"?)";
    server.engine.refuse_reload(reason);
    let mut tab = open(&server, DESKTOP);
    for (name, screen) in [("desktop", DESKTOP), ("phone", PHONE)] {
        let mut pages = Vec::new();
        for scheme in ["light", "dark"] {
            tab.look_with(Screen { scheme, ..screen });
            tab.click("#list > li.missed:nth-child(2) button");
            tab.wait_for("document.querySelector('#details .why')");
            keep(&mut tab, &format!("{name}-{scheme}-details"));
            for text in [".why", ".property", "dt", "dd", "h3", "#close"] {
                assert_readable(&mut tab, &format!("#details {text}"), scheme);
            }
            tab.press("Escape", 27, None);
            tab.wait_for("!document.getElementById('details').open");
            keep(&mut tab, &format!("{name}-{scheme}"));
            // A request that has just come fades in.
            tab.wait_for("document.getAnimations().length === 0");
            for text in [
                ".time",
                ".method",
                ".target",
                ".missed .note",
                ".missed .outcome",
                ".answered .outcome",
                ".broken .outcome",
            ] {
                assert_readable(&mut tab, &format!("#list {text}"), scheme);
            }
            pages.push(tab.value("getComputedStyle(document.body).backgroundColor"));
        }
        assert_ne!(pages[0], pages[1]);
    }
    for view in ["expectations", "revisions"] {
        tab.click(&format!("nav [data-view='{view}']"));
        keep(&mut tab, &format!("phone-{view}"));
    }
}

/// The contrast that WCAG 2.2 asks for at level AA: <https://www.w3.org/TR/WCAG22/#contrast-minimum>.
#[track_caller]
fn assert_readable(tab: &mut Tab, selector: &str, scheme: &str) {
    let contrast = tab.value(&format!(
        "(() => {{
            const parts = (colour) => colour.match(/[\\d.]+/g).map(Number);
            const light = (colour) => {{
                const [r, g, b] = parts(colour).map((part) => part / 255)
                    .map((part) => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
                return 0.2126 * r + 0.7152 * g + 0.0722 * b;
            }};
            const found = document.querySelector({selector:?});
            let behind = found;
            while (parts(getComputedStyle(behind).backgroundColor)[3] === 0) behind = behind.parentElement;
            const pair = [getComputedStyle(found).color, getComputedStyle(behind).backgroundColor].map(light);
            return (Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05);
        }})()"
    ));
    let contrast = contrast.as_f64().unwrap();
    assert!(contrast >= 4.5, "{selector} in {scheme}: {contrast}");
}

fn keep(tab: &mut Tab, name: &str) {
    let picture = STANDARD.decode(tab.picture()).unwrap();
    assert!(picture.starts_with(b"\x89PNG"));
    if let Some(folder) = std::env::var_os(PICTURES) {
        let path = PathBuf::from(folder).join(format!("{name}.png"));
        std::fs::write(path, picture).unwrap();
    }
}

#[track_caller]
fn assert_fits(tab: &mut Tab, what: &str) {
    let width = tab.value("document.documentElement.scrollWidth");
    assert_eq!(width, 360, "{what} is wider than the screen");
    let wide = tab.value(
        "[...document.querySelectorAll('body *')].filter((found) => found.getBoundingClientRect().right > innerWidth + 0.5)
           .map((found) => `${found.tagName} ${found.className}`)",
    );
    assert_eq!(wide, serde_json::json!([]), "{what} sticks out");
}
