//! Lease, journal and receipts of stacks with local state, in a folder.

use std::fmt::Write as _;
use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use automock_ttl::CloudFailure;
use automock_ttl::reaper::{Condition, Object, ObjectVersion, Objects, Written};
use sha2::{Digest, Sha256};

/// Serialises the writers of one folder; the operating system lifts it when a process dies.
const LOCK_FILE: &str = ".objects.lock";

/// One file per key; the version of an object is the hash of its bytes.
///
/// The files are small, which is why the calls block.
#[derive(Clone, Debug)]
pub(crate) struct LocalObjects {
    folder: PathBuf,
}

impl LocalObjects {
    /// Objects in a folder, which is made with the first of them.
    pub(crate) fn new(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
        }
    }

    fn lock(&self) -> std::io::Result<File> {
        fs::create_dir_all(&self.folder)?;
        let path = self.folder.join(LOCK_FILE);
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(path)?;
        file.lock()?;
        Ok(file)
    }

    fn read(&self, key: &str) -> std::io::Result<Option<Object>> {
        match fs::read(self.folder.join(key)) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            read => read.map(|bytes| {
                let version = version_of(&bytes);
                Some(Object { bytes, version })
            }),
        }
    }

    fn write(&self, key: &str, bytes: &[u8], condition: &Condition) -> std::io::Result<Written> {
        let _lock = self.lock()?;
        let present = self.read(key)?.map(|object| object.version);
        let holds = match condition {
            Condition::Absent => present.is_none(),
            Condition::Unchanged(version) => present.as_ref() == Some(version),
        };
        if !holds {
            return Ok(Written::Refused);
        }
        replace(&self.folder.join(key), bytes)?;
        Ok(Written::Stored(version_of(bytes)))
    }

    fn remove(&self, key: &str) -> std::io::Result<()> {
        let _lock = self.lock()?;
        match fs::remove_file(self.folder.join(key)) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}

/// Readers see the old file or the new one, and never half of it.
fn replace(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let temporary = path.with_extension("tmp");
    let mut file = File::create(&temporary)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&temporary, path)
}

#[async_trait]
impl Objects for LocalObjects {
    async fn get(&self, key: &str) -> Result<Option<Object>, CloudFailure> {
        self.read(key).map_err(|error| failure(key, &error))
    }

    async fn put(
        &self,
        key: &str,
        bytes: Vec<u8>,
        condition: Condition,
    ) -> Result<Written, CloudFailure> {
        let written = self.write(key, &bytes, &condition);
        written.map_err(|error| failure(key, &error))
    }

    async fn purge(&self, key: &str) -> Result<(), CloudFailure> {
        self.remove(key).map_err(|error| failure(key, &error))
    }
}

fn failure(key: &str, error: &std::io::Error) -> CloudFailure {
    CloudFailure::Other {
        code: error.kind().to_string(),
        message: format!("{key}: {error}"),
    }
}

fn version_of(bytes: &[u8]) -> ObjectVersion {
    let mut hex = String::with_capacity(64);
    for byte in Sha256::digest(bytes) {
        let _ = write!(hex, "{byte:02x}");
    }
    ObjectVersion(hex)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "journals/shop-dev/lease.json";

    #[tokio::test]
    async fn of_two_writers_one_wins() {
        let folder = tempfile::tempdir().unwrap();
        let objects = LocalObjects::new(folder.path());
        assert_eq!(objects.get(KEY).await.unwrap(), None);
        let first = objects.put(KEY, b"a".into(), Condition::Absent).await;
        let Written::Stored(version) = first.unwrap() else {
            panic!("nothing was there");
        };
        let absent = objects.put(KEY, b"b".into(), Condition::Absent).await;
        assert_eq!(absent.unwrap(), Written::Refused);
        let same = Condition::Unchanged(version.clone());
        let newer = objects.put(KEY, b"b".into(), same.clone()).await.unwrap();
        assert_ne!(newer, Written::Stored(version));
        let stale = objects.put(KEY, b"c".into(), same).await.unwrap();
        assert_eq!(stale, Written::Refused);
        assert_eq!(objects.get(KEY).await.unwrap().unwrap().bytes, b"b");
    }

    #[tokio::test]
    async fn what_is_gone_can_be_purged_again() {
        let folder = tempfile::tempdir().unwrap();
        let objects = LocalObjects::new(folder.path());
        let put = objects.put(KEY, b"a".into(), Condition::Absent).await;
        put.unwrap();
        for _ in 0..2 {
            objects.purge(KEY).await.unwrap();
        }
        assert_eq!(objects.get(KEY).await.unwrap(), None);
    }
}
