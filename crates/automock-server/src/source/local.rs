//! Files, folders and standard input.

use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use super::content::{ContentKind, is_yaml};
use super::{Content, Loaded, SourceError};

/// A source on this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Local {
    /// A file: an array of expectations, a single one, or an `OpenAPI` document.
    File(PathBuf),
    /// All files of a folder that end with `.json`, and those that end with `.yaml` or `.yml` and
    /// are `OpenAPI` documents, in the order of their names.
    Folder(PathBuf),
    /// Standard input, which is read once and does not change.
    StandardInput,
}

impl Local {
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
        self.content()?.load()
    }

    /// Reads everything.
    ///
    /// # Errors
    /// When a file cannot be read, or a folder has none.
    pub fn content(&self) -> Result<Content, SourceError> {
        match self {
            Self::File(path) => Ok(Content::named(path, read_file(path)?)),
            Self::Folder(path) => {
                let files = files_of(path)?;
                if files.is_empty() {
                    return Err(SourceError::Empty { path: path.clone() });
                }
                let parts = files.into_iter().map(|file| {
                    let bytes = read_file(&file)?;
                    Ok((file, bytes))
                });
                let parts: Result<_, SourceError> = parts.collect();
                Ok(Content::new(parts?, ContentKind::Folder))
            }
            Self::StandardInput => {
                let path = PathBuf::from("standard input");
                let mut bytes = Vec::new();
                let read = io::stdin().read_to_end(&mut bytes);
                read.map_err(cannot_read(&path))?;
                Ok(Content::new(vec![(path, bytes)], ContentKind::Nameless))
            }
        }
    }
}

fn read_file(path: &Path) -> Result<Vec<u8>, SourceError> {
    fs::read(path).map_err(cannot_read(path))
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
        let source = Local::named(folder.path()).unwrap();
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
            let error = Local::named(&path).unwrap().read().unwrap_err();
            error
                .to_string()
                .replace(&path.display().to_string(), "mock.json")
        };
        assert!(told("[{").starts_with("mock.json: line 1, column 2"));
        let words = told(r#"{"swagger":"2.0","paths":{}}"#);
        assert!(words.contains("convert it to OpenAPI 3"), "{words}");
        let words = told(r#"[{"httpRequest":{"pth":"/"},"httpResponse":{}}]"#);
        assert!(words.starts_with("mock.json: [0].httpRequest"), "{words}");
        assert!(Local::named(&folder.path().join("absent")).is_err());
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
        let source = Local::named(folder.path()).unwrap();
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
        let alone = Local::named(path).unwrap().read().unwrap();
        assert_eq!(alone.expectations.len(), 1);
        write("pets.yaml", "openapi: 3.0.3\npaths: [\n");
        let error = source.read().unwrap_err().to_string();
        assert!(error.contains("pets.yaml: line "), "{error}");
    }
}
