//! One page in a browser, used as a person uses it.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::chromium::Chromium;

/// How long something may take to appear.
const PATIENCE: Duration = Duration::from_secs(30);

/// How a page is looked at.
#[derive(Clone, Copy)]
pub(crate) struct Screen {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) is_phone: bool,
    pub(crate) scheme: &'static str,
}

pub(crate) const DESKTOP: Screen = Screen {
    width: 1280,
    height: 860,
    is_phone: false,
    scheme: "light",
};

pub(crate) const PHONE: Screen = Screen {
    width: 360,
    height: 740,
    is_phone: true,
    scheme: "light",
};

/// A page.
pub(crate) struct Tab {
    chromium: Chromium,
    session: String,
}

impl Tab {
    /// Opens a page and hears of all that goes wrong in it.
    pub(crate) fn open(url: &str, screen: Screen) -> Self {
        let mut chromium = Chromium::start();
        let tools = &mut chromium.tools;
        let target = tools.call(
            None,
            "Target.createTarget",
            &json!({ "url": "about:blank" }),
        );
        let attach = json!({ "targetId": target["targetId"], "flatten": true });
        let session = tools.call(None, "Target.attachToTarget", &attach);
        let session = session["sessionId"].as_str().expect("a session").to_owned();
        let mut tab = Self { chromium, session };
        for domain in ["Page", "Runtime", "Log", "Network"] {
            tab.call(&format!("{domain}.enable"), &json!({}));
        }
        tab.look_with(screen);
        tab.call("Page.navigate", &json!({ "url": url }));
        tab.wait_for("document.readyState === 'complete'");
        tab
    }

    pub(crate) fn look_with(&mut self, screen: Screen) {
        let Screen {
            width,
            height,
            is_phone,
            scheme,
        } = screen;
        let scale = if is_phone { 2 } else { 1 };
        self.call(
            "Emulation.setDeviceMetricsOverride",
            &json!({ "width": width, "height": height, "deviceScaleFactor": scale, "mobile": is_phone }),
        );
        let features = json!([{ "name": "prefers-color-scheme", "value": scheme }]);
        self.call(
            "Emulation.setEmulatedMedia",
            &json!({ "features": features }),
        );
    }

    /// The value of an expression.
    pub(crate) fn value(&mut self, expression: &str) -> Value {
        let result = self.call(
            "Runtime.evaluate",
            &json!({ "expression": expression, "returnByValue": true, "awaitPromise": true }),
        );
        let exception = &result["exceptionDetails"];
        assert!(exception.is_null(), "{expression}: {exception}");
        result["result"]["value"].clone()
    }

    /// The text of an element as it is seen.
    pub(crate) fn text(&mut self, selector: &str) -> String {
        let text = self.value(&format!("document.querySelector({selector:?}).innerText"));
        text.as_str().unwrap_or_default().to_owned()
    }

    /// Waits until an expression is true.
    #[track_caller]
    pub(crate) fn wait_for(&mut self, expression: &str) {
        let start = Instant::now();
        while self.value(&format!("Boolean({expression})")) != true {
            let page = "document.body ? document.body.innerText : ''";
            assert!(
                start.elapsed() < PATIENCE,
                "still not: {expression}\n{}",
                self.value(page)
            );
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Clicks with the mouse in the middle of an element; what covers it gets the click.
    #[track_caller]
    pub(crate) fn click(&mut self, selector: &str) {
        let middle = self.value(&format!(
            "(() => {{ const found = document.querySelector({selector:?}); if (!found) return null;
               found.scrollIntoView({{ block: 'nearest' }}); const box = found.getBoundingClientRect();
               return [box.x + box.width / 2, box.y + box.height / 2]; }})()"
        ));
        assert!(middle.is_array(), "nothing is {selector}");
        for kind in ["mousePressed", "mouseReleased"] {
            let event = json!({ "type": kind, "x": middle[0], "y": middle[1], "button": "left", "clickCount": 1 });
            self.call("Input.dispatchMouseEvent", &event);
        }
    }

    /// Writes where the focus is.
    pub(crate) fn write(&mut self, text: &str) {
        self.call("Input.insertText", &json!({ "text": text }));
    }

    /// Presses a key that has a text, if it has one.
    pub(crate) fn press(&mut self, key: &str, code: u32, text: Option<&str>) {
        for kind in ["keyDown", "keyUp"] {
            let mut event =
                json!({ "type": kind, "key": key, "code": key, "windowsVirtualKeyCode": code });
            if let Some(text) = text.filter(|_| kind == "keyDown") {
                event["text"] = text.into();
            }
            self.call("Input.dispatchKeyEvent", &event);
        }
    }

    /// What is seen, as a PNG in base64.
    pub(crate) fn picture(&mut self) -> String {
        let picture = self.call("Page.captureScreenshot", &json!({ "format": "png" }));
        picture["data"].as_str().expect("a picture").to_owned()
    }

    /// Messages of the console, exceptions and refusals of the policy.
    pub(crate) fn complaints(&self) -> Vec<String> {
        let events = self.chromium.tools.events.iter();
        let wrong = events.filter(|event| {
            let method = event["method"].as_str().unwrap_or_default();
            let is_told = [
                "Runtime.exceptionThrown",
                "Runtime.consoleAPICalled",
                "Log.entryAdded",
            ];
            is_told.contains(&method)
        });
        wrong.map(ToString::to_string).collect()
    }

    /// Everything that was asked for over the network.
    pub(crate) fn requests(&self) -> Vec<String> {
        let events = self.chromium.tools.events.iter();
        let asked = events.filter(|event| event["method"] == "Network.requestWillBeSent");
        asked
            .filter_map(|event| event["params"]["request"]["url"].as_str())
            .map(str::to_owned)
            .collect()
    }

    fn call(&mut self, method: &str, parameters: &Value) -> Value {
        let session = self.session.clone();
        self.chromium.tools.call(Some(&session), method, parameters)
    }
}
