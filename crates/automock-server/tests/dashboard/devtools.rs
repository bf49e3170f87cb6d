//! The `DevTools` protocol over a pipe: JSON, and a zero byte after each message.
//! <https://chromedevtools.github.io/devtools-protocol/>

use std::io::{BufRead, BufReader, Write};
use std::process::{ChildStdin, ChildStdout};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

/// How long an answer may take on a machine with much to do.
const PATIENCE: Duration = Duration::from_mins(1);

/// A connection to a browser.
pub(crate) struct DevTools {
    input: ChildStdin,
    messages: Receiver<Value>,
    sent: u64,
    /// What was told without being asked for.
    pub(crate) events: Vec<Value>,
}

impl DevTools {
    pub(crate) fn new(input: ChildStdin, output: ChildStdout) -> Self {
        let (sender, messages) = channel();
        thread::spawn(move || {
            let pieces = BufReader::new(output).split(0);
            for piece in pieces.map_while(Result::ok) {
                let Ok(message) = serde_json::from_slice(&piece) else {
                    return;
                };
                if sender.send(message).is_err() {
                    return;
                }
            }
        });
        Self {
            input,
            messages,
            sent: 0,
            events: Vec::new(),
        }
    }

    /// Calls a method and gives its result.
    pub(crate) fn call(
        &mut self,
        session: Option<&str>,
        method: &str,
        parameters: &Value,
    ) -> Value {
        self.sent += 1;
        let id = self.sent;
        let mut message = json!({ "id": id, "method": method, "params": parameters });
        if let Some(session) = session {
            message["sessionId"] = session.into();
        }
        let mut bytes = message.to_string().into_bytes();
        bytes.push(0);
        self.input
            .write_all(&bytes)
            .and_then(|()| self.input.flush())
            .unwrap_or_else(|error| panic!("the browser takes no {method}: {error}"));
        loop {
            let answer = self.messages.recv_timeout(PATIENCE);
            let mut answer =
                answer.unwrap_or_else(|error| panic!("no answer to {method}: {error}"));
            if answer["id"] != id {
                self.events.push(answer);
                continue;
            }
            assert!(answer["error"].is_null(), "{method}: {}", answer["error"]);
            return answer["result"].take();
        }
    }

    /// Tells the browser to end; it may have done so already.
    pub(crate) fn close(&mut self) {
        let message = json!({ "id": 0, "method": "Browser.close" });
        let _ = self.input.write_all(format!("{message}\0").as_bytes());
        let _ = self.input.flush();
    }
}
