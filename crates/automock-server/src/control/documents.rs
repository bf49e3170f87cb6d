//! `OpenAPI` documents in the control API.

use std::fs;
use std::io::Read as _;
use std::path::Path;

use http::StatusCode;

use super::handler::Response;
use super::reply::{bad, in_lines, text};
use super::{Control, ControlRequest};
use crate::node::Node;
use crate::openapi::{Wanted, inline, read_imports, wanted};

/// A file has so many bytes at most.
const MOST_BYTES: u64 = 64 << 20;

const NO_CLASS_PATH: &str = "there is no class path here; give the document itself";

impl Control {
    /// `PUT openapi`: creates an expectation for each operation.
    pub(super) fn import(&self, request: &ControlRequest) -> Response {
        if let Err(large) = self.engine.has_room(&request.body) {
            return text(StatusCode::PAYLOAD_TOO_LARGE, large.to_string());
        }
        let node = request.node().and_then(|node| self.with_files(node));
        let read = |node: &Node| read_imports(node).map_err(|refusals| in_lines(&refusals));
        let imports = match node.and_then(|node| read(&node)) {
            Ok(imports) => imports,
            Err(reason) => return bad(reason),
        };
        for imported in &imports {
            tracing::info!(report = %imported.report, "an OpenAPI document was imported");
        }
        let expectations = imports.into_iter().flat_map(|it| it.expectations);
        self.upsert(expectations.collect())
    }

    /// Puts files in the place of their names.
    pub(super) fn with_files(&self, mut node: Node) -> Result<Node, String> {
        inline(&mut node, &mut |wanted| match wanted {
            Wanted::File(path) => self.read_file(path).map(Some),
            Wanted::ClassPath => Err(NO_CLASS_PATH.to_owned()),
            Wanted::Url(url) => Err(format!(
                "{url} is not asked from here; give the document itself"
            )),
        })?;
        Ok(node)
    }

    fn read_file(&self, path: &Path) -> Result<String, String> {
        let name = path.display();
        let Some(folder) = &self.options.files else {
            return Err(format!(
                "{name}: files are not read for clients, who could read any file of this machine \
                 like that; give the document itself, or start the server with a folder for them"
            ));
        };
        // What is not there and what may not be read sound alike.
        let outside = || format!("{name}: there is no such file in the folder for documents");
        let folder = folder.canonicalize().map_err(|_| outside())?;
        let file = folder.join(path).canonicalize().map_err(|_| outside())?;
        if !file.starts_with(&folder) || !file.is_file() {
            return Err(outside());
        }
        let mut text = String::new();
        let opened = fs::File::open(&file);
        let read = opened.and_then(|file| file.take(MOST_BYTES + 1).read_to_string(&mut text));
        match read {
            Ok(bytes) if bytes as u64 > MOST_BYTES => Err(format!("{name}: the file is too large")),
            Ok(_) => Ok(text),
            Err(error) => Err(format!("{name}: {error}")),
        }
    }
}

/// The URLs of documents that a call names, each once.
pub(crate) fn named_urls(body: &[u8]) -> Vec<String> {
    let field = b"specUrlOrPayload";
    let names_any = body.windows(field.len()).any(|window| window == field);
    let text = std::str::from_utf8(body).ok().filter(|_| names_any);
    let Some(node) = text.and_then(|text| Node::parse(text).ok()) else {
        return Vec::new();
    };
    let mut urls = Vec::new();
    for wanted in wanted(&node) {
        if let Wanted::Url(url) = wanted
            && !urls.contains(&url)
        {
            urls.push(url);
        }
    }
    urls
}

/// The body of a call with documents in the place of their URLs.
pub(crate) fn with_documents(body: &[u8], documents: &[(String, String)]) -> Option<Vec<u8>> {
    let mut node = Node::parse(std::str::from_utf8(body).ok()?).ok()?;
    let found = inline(&mut node, &mut |wanted| {
        let document = documents
            .iter()
            .find(|(url, _)| *wanted == Wanted::Url(url.clone()));
        Ok(document.map(|(_, text)| text.clone()))
    });
    found.ok()?;
    serde_json::to_vec(&node).ok()
}

/// The answer to a call that names a document which cannot be had.
pub(crate) fn no_document(reason: String) -> Response {
    bad(reason)
}
