//! Reading a source as a whole.

use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use automock_model::Revision;

use super::SourceError;
use crate::definition::{Expectation, read_expectations};
use crate::node::Node;
use crate::openapi::{self, Report};

/// Where expectations come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// A file: an array of expectations, a single one, or an `OpenAPI` document.
    File(PathBuf),
    /// All files of a folder that end with `.json`, and those that end with `.yaml` or `.yml` and
    /// are `OpenAPI` documents, in the order of their names.
    Folder(PathBuf),
    /// Standard input, which is read once and does not change.
    StandardInput,
}

/// What a source held at a moment.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// Identifies the content: equal content has an equal revision.
    pub revision: String,
    /// All of it, in order.
    pub expectations: Vec<Expectation>,
    /// What became of each `OpenAPI` document among the files.
    pub reports: Vec<(PathBuf, Report)>,
}

impl Loaded {
    /// Reads and checks a text that lies elsewhere than in a file, such as in an object of S3. How its
    /// name ends tells whether it may be YAML.
    ///
    /// # Errors
    /// What is wrong, with the name and its place.
    pub fn parse(name: &Path, text: &str) -> Result<Self, SourceError> {
        let source = Source::File(name.to_owned());
        Self::of(vec![(name.to_owned(), text.to_owned())], &source)
    }

    fn of(texts: Vec<(PathBuf, String)>, source: &Source) -> Result<Self, SourceError> {
        let revision = Revision::of_all(texts.iter().map(|(_, text)| text.as_bytes()));
        let mut expectations = Vec::new();
        let mut reports = Vec::new();
        for (path, text) in texts {
            let (found, report) = parse(&path, &text, source)?;
            expectations.extend(found);
            reports.extend(report.map(|report| (path, report)));
        }
        Ok(Self {
            revision: revision.to_string(),
            expectations,
            reports,
        })
    }
}

impl Source {
    /// The source with a name: `-` is standard input.
    ///
    /// # Errors
    /// When there is nothing with this name.
    pub fn named(path: &Path) -> Result<Self, SourceError> {
        if path == Path::new("-") {
            return Ok(Self::StandardInput);
        }
        let found = fs::metadata(path).map_err(cannot_read(path))?;
        Ok(if found.is_dir() {
            Self::Folder(path.to_owned())
        } else {
            Self::File(path.to_owned())
        })
    }

    /// Reads and checks everything. One bad expectation refuses all.
    ///
    /// # Errors
    /// What is wrong, with its file and its place.
    pub fn read(&self) -> Result<Loaded, SourceError> {
        Loaded::of(self.texts()?, self)
    }

    /// Whether it can change while it is served.
    #[must_use]
    pub fn is_watchable(&self) -> bool {
        *self != Self::StandardInput
    }

    fn texts(&self) -> Result<Vec<(PathBuf, String)>, SourceError> {
        match self {
            Self::File(path) => Ok(vec![(path.clone(), read_file(path)?)]),
            Self::Folder(path) => {
                let files = files_of(path)?;
                if files.is_empty() {
                    return Err(SourceError::Empty { path: path.clone() });
                }
                let texts = files.into_iter().map(|file| {
                    let text = read_file(&file)?;
                    Ok((file, text))
                });
                texts.collect()
            }
            Self::StandardInput => {
                let path = PathBuf::from("standard input");
                let mut text = String::new();
                let read = io::stdin().read_to_string(&mut text);
                read.map_err(cannot_read(&path))?;
                Ok(vec![(path, text)])
            }
        }
    }
}

type Parsed = (Vec<Expectation>, Option<Report>);

fn parse(path: &Path, text: &str, source: &Source) -> Result<Parsed, SourceError> {
    let of_a_folder = matches!(source, Source::Folder(_));
    let may_be_yaml = is_yaml(path) || *source == Source::StandardInput;
    let document = if may_be_yaml {
        openapi::parse_document(text)
    } else {
        Node::parse(text)
    };
    let document = document.map_err(|error| SourceError::Syntax {
        path: path.to_owned(),
        error,
    })?;
    let refused = |refusals| SourceError::Refused {
        path: path.to_owned(),
        refusals,
    };
    if openapi::is_openapi(&document) {
        let imported = openapi::import(&document, &openapi::Choice::default());
        let imported = imported.map_err(refused)?;
        return Ok((imported.expectations, Some(imported.report)));
    }
    // Folders hold other files in YAML as well, such as those of a pipeline.
    if of_a_folder && is_yaml(path) {
        return Ok((Vec::new(), None));
    }
    let expectations = read_expectations(document).map_err(refused)?;
    Ok((expectations, None))
}

fn is_yaml(path: &Path) -> bool {
    let extension = path.extension().and_then(|it| it.to_str());
    extension.is_some_and(|it| matches!(it, "yaml" | "yml"))
}

fn read_file(path: &Path) -> Result<String, SourceError> {
    fs::read_to_string(path).map_err(cannot_read(path))
}

fn files_of(folder: &Path) -> Result<Vec<PathBuf>, SourceError> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(cannot_read(folder))? {
        let path = entry.map_err(cannot_read(folder))?.path();
        let is_json = path.extension().is_some_and(|it| it == "json");
        if (is_json || is_yaml(&path)) && path.is_file() {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

fn cannot_read(path: &Path) -> impl Fn(io::Error) -> SourceError {
    let path = path.to_owned();
    move |source| SourceError::Read {
        path: path.clone(),
        source,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PET: &str = r#"{"httpRequest":{"path":"/pet"},"httpResponse":{"body":"cat"}}"#;

    #[test]
    fn a_folder_is_read_in_the_order_of_names() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
        let source = Source::named(folder.path()).unwrap();
        let empty = source.read().unwrap_err();
        assert!(matches!(empty, SourceError::Empty { .. }), "{empty}");
        write("b.json", &PET.replace("/pet", "/b"));
        write("a.json", &format!("[{PET}, {PET}]"));
        write("notes.txt", "no JSON");
        let loaded = source.read().unwrap();
        assert_eq!(loaded.expectations.len(), 3);
        assert_eq!(source.read().unwrap().revision, loaded.revision);
        write("b.json", PET);
        assert_ne!(source.read().unwrap().revision, loaded.revision);
    }

    #[test]
    fn what_is_wrong_is_told_with_file_and_place() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mock.json");
        let told = |text: &str| {
            fs::write(&path, text).unwrap();
            let error = Source::named(&path).unwrap().read().unwrap_err();
            error
                .to_string()
                .replace(&path.display().to_string(), "mock.json")
        };
        assert!(told("[{").starts_with("mock.json: line 1, column 2"));
        let words = told(r#"{"swagger":"2.0","paths":{}}"#);
        assert!(words.contains("convert it to OpenAPI 3"), "{words}");
        let words = told(r#"[{"httpRequest":{"pth":"/"},"httpResponse":{}}]"#);
        assert!(words.starts_with("mock.json: [0].httpRequest"), "{words}");
        assert!(Source::named(&folder.path().join("absent")).is_err());
    }

    #[test]
    fn openapi_documents_are_read_beside_expectations() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
        let yaml = "openapi: 3.0.3\ninfo: {title: Pets, version: 1.0.0}\npaths:\n  /pets:\n    get:\n      \
                    security: [{key: []}]\n      responses: {204: {description: none}}\n";
        write("pets.yaml", yaml);
        write("a.json", PET);
        write(
            "b.json",
            r#"{"openapi":"3.1.0","paths":{"/b":{"get":{"operationId":"b"}}}}"#,
        );
        write("pipeline.yml", "jobs: [build]\n");
        let source = Source::named(folder.path()).unwrap();
        let loaded = source.read().unwrap();
        let ids: Vec<_> = loaded
            .expectations
            .iter()
            .map(|it| it.id.as_deref())
            .collect();
        assert_eq!(ids, [None, Some("b"), Some("GET /pets")]);
        let (path, report) = &loaded.reports[1];
        assert_eq!(path, &folder.path().join("pets.yaml"));
        assert_eq!(
            report.to_string(),
            "Pets 1.0.0: 1 of 1 operations\n  /paths/~1pets/get/security: \
             requests are matched whether they authenticate or not"
        );
        let alone = Source::named(path).unwrap().read().unwrap();
        assert_eq!(alone.expectations.len(), 1);
        write("pets.yaml", "openapi: 3.0.3\npaths: [\n");
        let error = source.read().unwrap_err().to_string();
        assert!(error.contains("pets.yaml: line "), "{error}");
    }
}
