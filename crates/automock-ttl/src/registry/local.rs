//! A registry in a directory, for stacks whose state is local.

use std::fmt::Write as _;
use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use automock_model::StackId;
use sha2::{Digest, Sha256};

use super::store::file_name;
use super::{Listing, Registry, RegistryError, UnreadableRecord, Version, Versioned};
use crate::record::{RecordError, StackRecord};

/// Serialises the writers of one directory; the operating system lifts it when a process dies.
const LOCK_FILE: &str = ".lock";

/// One JSON file per stack in a directory; the version of a record is the hash of its bytes.
///
/// A write goes to a temporary file that is then renamed, so a reader sees the old record or
/// the new one. The files are a few kilobytes, which is why the calls block.
#[derive(Clone, Debug)]
pub struct LocalRegistry {
    directory: PathBuf,
}

impl LocalRegistry {
    /// A registry in the directory, which is created with the first record.
    #[must_use]
    pub fn new(directory: impl Into<PathBuf>) -> Self {
        Self {
            directory: directory.into(),
        }
    }

    /// Where the record of a stack is kept.
    #[must_use]
    pub fn path(&self, stack: &StackId) -> PathBuf {
        self.directory.join(file_name(stack))
    }

    fn lock(&self) -> Result<File, RegistryError> {
        fs::create_dir_all(&self.directory).map_err(io("create", &self.directory))?;
        let path = self.directory.join(LOCK_FILE);
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(io("open", &path))?;
        file.lock().map_err(io("lock", &path))?;
        Ok(file)
    }

    fn write(&self, record: &StackRecord) -> Result<Version, RegistryError> {
        let path = self.path(&record.stack_id);
        let bytes = record.to_json().map_err(unreadable(&path))?;
        // The lock makes the fixed temporary name safe; a leftover of a crash is overwritten.
        let temporary = path.with_extension("json.tmp");
        let mut file = File::create(&temporary).map_err(io("create", &temporary))?;
        file.write_all(&bytes).map_err(io("write", &temporary))?;
        file.sync_all().map_err(io("write", &temporary))?;
        fs::rename(&temporary, &path).map_err(io("replace", &path))?;
        Ok(version_of(&bytes))
    }

    fn current(&self, stack: &StackId) -> Result<Option<Version>, RegistryError> {
        Ok(read(&self.path(stack))?.map(|bytes| version_of(&bytes)))
    }

    fn record_files(&self) -> Result<Vec<PathBuf>, RegistryError> {
        let entries = match fs::read_dir(&self.directory) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            other => other.map_err(io("list", &self.directory))?,
        };
        let mut files = Vec::new();
        for entry in entries {
            let path = entry.map_err(io("list", &self.directory))?.path();
            if path
                .extension()
                .is_some_and(|extension| extension == "json")
            {
                files.push(path);
            }
        }
        Ok(files)
    }
}

#[async_trait]
impl Registry for LocalRegistry {
    async fn get(&self, stack: &StackId) -> Result<Option<Versioned>, RegistryError> {
        let path = self.path(stack);
        let Some(bytes) = read(&path)? else {
            return Ok(None);
        };
        parse(&bytes).map(Some).map_err(unreadable(&path))
    }

    async fn list(&self) -> Result<Listing, RegistryError> {
        let mut listing = Listing::default();
        for path in self.record_files()? {
            // A record may be deleted between listing and reading.
            let Some(bytes) = read(&path)? else { continue };
            match parse(&bytes) {
                Ok(stack) => listing.stacks.push(stack),
                Err(error) => listing.unreadable.push(UnreadableRecord {
                    key: path.display().to_string(),
                    error,
                }),
            }
        }
        Ok(listing.sorted())
    }

    async fn create(&self, record: &StackRecord) -> Result<Version, RegistryError> {
        let _lock = self.lock()?;
        match self.current(&record.stack_id)? {
            Some(_) => Err(RegistryError::AlreadyExists {
                stack: record.stack_id.clone(),
            }),
            None => self.write(record),
        }
    }

    async fn update(
        &self,
        record: &StackRecord,
        expected: &Version,
    ) -> Result<Version, RegistryError> {
        let _lock = self.lock()?;
        if self.current(&record.stack_id)?.as_ref() == Some(expected) {
            self.write(record)
        } else {
            Err(RegistryError::Conflict {
                stack: record.stack_id.clone(),
            })
        }
    }

    async fn delete(&self, stack: &StackId, expected: &Version) -> Result<(), RegistryError> {
        let _lock = self.lock()?;
        let path = self.path(stack);
        match self.current(stack)? {
            None => Ok(()),
            Some(version) if version == *expected => {
                fs::remove_file(&path).map_err(io("delete", &path))
            }
            Some(_) => Err(RegistryError::Conflict {
                stack: stack.clone(),
            }),
        }
    }
}

fn parse(bytes: &[u8]) -> Result<Versioned, RecordError> {
    Ok(Versioned {
        record: StackRecord::from_json(bytes)?,
        version: version_of(bytes),
    })
}

fn read(path: &Path) -> Result<Option<Vec<u8>>, RegistryError> {
    match fs::read(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        other => other.map(Some).map_err(io("read", path)),
    }
}

fn version_of(bytes: &[u8]) -> Version {
    let mut hex = String::with_capacity(64);
    for byte in Sha256::digest(bytes) {
        let _ = write!(hex, "{byte:02x}");
    }
    Version::new(hex)
}

fn io(action: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> RegistryError {
    let path = path.display().to_string();
    move |source| RegistryError::Io {
        action,
        path,
        source,
    }
}

fn unreadable(path: &Path) -> impl FnOnce(RecordError) -> RegistryError {
    let key = path.display().to_string();
    move |source| RegistryError::Unreadable { key, source }
}
